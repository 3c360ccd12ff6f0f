"""Query options: how much, which, in which order, and the links between pages."""
