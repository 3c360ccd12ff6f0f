"""The side-by-side page: SalesExec's calendar and Outlook's, the faults, the story and the journal."""
