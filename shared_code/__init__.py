"""The calendar sync itself: rules (domain), what it does (use_cases), and the outside systems (adapters)."""
