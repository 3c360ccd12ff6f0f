"""A local Functions host: listening, timers and queue polling are ours, the worker that runs the app is Microsoft's."""
