"""Timer and queues: tick, shard, batch, calendar, and the reading of SalesExec's appointments."""

from dataclasses import replace

import azure.functions as func

from functions.queue_runs import CONNECTION, come_back, running_work, text_of, waiting
from shared_code.adapters.queues import names, wire
from shared_code.settings import poll_schedule
from shared_code.wiring import services

blueprint = func.Blueprint()


@blueprint.function_name("poll_timer")
@blueprint.timer_trigger(arg_name="tick", schedule=poll_schedule(), run_on_startup=False, use_monitor=True)
def poll_timer(tick: func.TimerRequest) -> None:
    """Have every rep's calendar read."""
    with running_work("poll_timer") as run:
        run.note(shards=services().poll_all(), late=tick.past_due)


@blueprint.function_name("poll_shard")
@blueprint.queue_trigger(arg_name="message", queue_name=names.POLL_SHARDS_QUEUE, connection=CONNECTION)
def poll_shard(message: func.QueueMessage) -> None:
    """Send the reps of one shard on in batches."""
    with running_work("poll_shard", message) as run:
        work = wire.parse_poll_shard(text_of(message))
        with waiting(work, run):
            run.note(shard=work.shard)
            run.count(services().poll_shard(work.shard))


@blueprint.function_name("poll_batch")
@blueprint.queue_trigger(arg_name="message", queue_name=names.POLL_BATCHES_QUEUE, connection=CONNECTION)
def poll_batch(message: func.QueueMessage) -> None:
    """Have each calendar of a batch read."""
    with running_work("poll_batch", message) as run:
        work = wire.parse_poll_batch(text_of(message))
        with waiting(work, run):
            run.count(services().poll_batch(work.users))


@blueprint.function_name("poll_calendar")
@blueprint.queue_trigger(arg_name="message", queue_name=names.POLL_CALENDARS_QUEUE, connection=CONNECTION)
def poll_calendar(message: func.QueueMessage) -> None:
    """Read one rep's calendar and bring what happened there to SalesExec."""
    with running_work("poll_calendar", message) as run:
        work = wire.parse_poll(text_of(message))
        run.note(user=work.user)
        with waiting(replace(work, waited=True), run):
            report = services().poll_calendar(work, run.correlation_id)
            run.count(report.counts)
            come_back(work, report.wait, run)


@blueprint.function_name("reconcile_appointments")
@blueprint.queue_trigger(arg_name="message", queue_name=names.RECONCILE_QUEUE, connection=CONNECTION)
def reconcile_appointments(message: func.QueueMessage) -> None:
    """Push whatever of a rep's appointments Outlook lacks."""
    with running_work("reconcile_appointments", message) as run:
        work = wire.parse_reconcile(text_of(message))
        run.note(user=work.user)
        with waiting(work, run):
            run.count(services().reconcile(work.user, run.correlation_id))


@blueprint.function_name("tell_rep")
@blueprint.queue_trigger(arg_name="message", queue_name=names.NOTICES_QUEUE, connection=CONNECTION)
def tell_rep(message: func.QueueMessage) -> None:
    """Have SalesExec tell a rep that her sign-in died, or lives again."""
    with running_work("tell_rep", message) as run:
        work = wire.parse_tell_rep(text_of(message))
        run.note(user=work.user)
        with waiting(work, run):
            run.note(told=services().tell_rep(work.user))
