"""The queues, one for each kind of work. Imports nothing, since triggers name them when the app is indexed."""

POLL_SHARDS_QUEUE = "poll-shards"
POLL_BATCHES_QUEUE = "poll-batches"
POLL_CALENDARS_QUEUE = "poll-calendars"
RECONCILE_QUEUE = "reconcile-appointments"
WAITING_QUEUE = "waiting-pushes"
NOTICES_QUEUE = "rep-notices"
CLEANUP_QUEUE = "cleanup-slices"
