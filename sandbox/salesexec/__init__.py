"""A small SalesExec: reps, leads, appointments, and the API that the calendar sync calls."""
