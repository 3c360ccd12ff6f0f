"""Stories of a host that is killed before and after every call it makes."""
