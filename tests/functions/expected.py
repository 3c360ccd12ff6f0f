"""The functions that the app has: what Azure, docs/keys.md and the callers rely on. One line each, by name."""

from __future__ import annotations

APPOINTMENT = "appointments/{appointment_guid}"
USER = "users/{user_guid}"

# The route, the methods and whether a key is needed.
HTTP = {
    "push_appointment": (APPOINTMENT, ("PUT",), "FUNCTION"),
    "delete_appointment": (APPOINTMENT, ("DELETE",), "FUNCTION"),
    "push_occurrence": (f"{APPOINTMENT}/occurrences/{{original_start}}", ("PUT",), "FUNCTION"),
    "delete_occurrence": (f"{APPOINTMENT}/occurrences/{{original_start}}", ("DELETE",), "FUNCTION"),
    "get_receipt": (f"{APPOINTMENT}/receipt", ("GET",), "FUNCTION"),
    "create_link": (f"{USER}/link", ("POST",), "FUNCTION"),
    "get_connection": (f"{USER}/connection", ("GET",), "FUNCTION"),
    "update_connection": (f"{USER}/connection", ("PATCH",), "FUNCTION"),
    "delete_connection": (f"{USER}/connection", ("DELETE",), "FUNCTION"),
    "decide_held_deletes": (f"{USER}/held-deletes", ("POST",), "FUNCTION"),
    "sync_now": (f"{USER}/sync", ("POST",), "FUNCTION"),
    "start_cleanup": ("cleanup", ("POST",), "FUNCTION"),
    "get_cleanup": ("cleanup/{job_id}", ("GET",), "FUNCTION"),
    "get_fleet": ("fleet", ("GET",), "FUNCTION"),
    "connect_page": ("connect", ("GET",), "ANONYMOUS"),
    "begin_connect": ("connect", ("POST",), "ANONYMOUS"),
    "oauth_callback": ("oauth/callback", ("GET",), "ANONYMOUS"),
    "confirm_connection": ("oauth/confirm", ("POST",), "ANONYMOUS"),
    "openapi": ("openapi.json", ("GET",), "ANONYMOUS"),
    "health": ("health", ("GET",), "ANONYMOUS"),
}

# The schedule when POLL_SCHEDULE is not set.
TIMERS = {"poll_timer": "0 */15 * * * *"}

# The queue that each of these functions listens to.
QUEUES = {
    "poll_shard": "poll-shards",
    "poll_batch": "poll-batches",
    "poll_calendar": "poll-calendars",
    "reconcile_appointments": "reconcile-appointments",
    "push_appointment_from_queue": "waiting-pushes",
    "tell_rep": "rep-notices",
    "clean_up_slice": "cleanup-slices",
    "forget_rep": "forget-reps",
}
