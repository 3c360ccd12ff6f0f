"""SalesExec pushes an appointment, takes it back, or asks why it is where it is."""
