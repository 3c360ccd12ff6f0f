"""The ways in which the engine is broken: each a mechanism that keeps a promise, anchored on one line of it."""

from tests.engine.breaks.breaking import Break

USE_CASES, DOMAIN = "shared_code/use_cases", "shared_code/domain"

BREAKS = (
    Break(
        name="a decision of the table is dropped",
        promise="what the rep edits in Outlook reaches SalesExec",
        file=f"{DOMAIN}/decisions.py",
        old="(Change.NONE, Change.CHANGED): Action.CHANGE_IN_SALESEXEC,",
        new="(Change.NONE, Change.CHANGED): Action.NOTHING,",
    ),
    Break(
        name="the agreement hash is skipped",
        promise="a push of one field leaves the rep's edits of the others alone",
        file=f"{DOMAIN}/pairs.py",
        old="if said != known.crm and not known",
        new="if not known",
    ),
    Break(
        name="who changed a field last is ignored",
        promise="of two edits of the same field the later one stands",
        file=f"{DOMAIN}/decisions.py",
        old="return crm_modified_at >= outlook_modified_at",
        new="return False",
    ),
    Break(
        name="the transaction id is random",
        promise="the same push any number of times leaves one event",
        file=f"{DOMAIN}/identifiers.py",
        old='return str(uuid.uuid5(_NAMESPACE, f"create|{appointment}|{user}|{generation}"))',
        new="return str(uuid.uuid4())",
    ),
    Break(
        name="change ids are random",
        promise="SalesExec never makes two appointments of one event",
        file=f"{DOMAIN}/identifiers.py",
        old='return str(uuid.uuid5(_NAMESPACE, f"change|{joined}"))',
        new="return str(uuid.uuid4())",
    ),
    Break(
        name="meetings are not protected",
        promise="nobody ever receives mail because of us",
        file=f"{USE_CASES}/push_appointment.py",
        old="if event.has_attendees and self._connection.preferences.meetings is Meetings.PROTECT:",
        new="if False:",
    ),
    Break(
        name="stale pushes are accepted",
        promise="an older push never overwrites a newer one",
        file=f"{DOMAIN}/pairs.py",
        old="return self.accepted_at is None or modified_at >= self.accepted_at",
        new="return True",
    ),
    Break(
        name="Retry-After is ignored",
        promise="Graph is left alone for as long as it asked",
        file=f"{USE_CASES}/pushing.py",
        old="if connection.throttled_until is not None and connection.throttled_until > now:",
        new="if False:",
    ),
    Break(
        name="a move forgets the old rep",
        promise="a moved appointment leaves no ghost in the calendar it left",
        file=f"{USE_CASES}/moving.py",
        old="        calendar.remove(event.id, change_key=event.change_key)",
        new="        pass",
    ),
    Break(
        name="an edit does not beat a delete",
        promise="what the rep wrote in Outlook is not deleted before SalesExec has seen it",
        file=f"{USE_CASES}/remove_appointment.py",
        old="if _has_unseen_edit(pair, event, rules_of(connection, ports), ports) and",
        new="if False and",
    ),
)
