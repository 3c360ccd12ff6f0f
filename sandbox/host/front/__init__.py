"""The HTTP side of the host: routes, keys, and the way between an HTTP request and a function."""
