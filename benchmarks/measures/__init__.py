"""One module for each kind of work; each offers `measure`, which returns the section of the report about it."""
