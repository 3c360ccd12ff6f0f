"""Stories of series over HTTP: each ends with both calendars showing the same, occurrence by occurrence."""
