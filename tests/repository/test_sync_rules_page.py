"""docs/sync-rules.md, docs/salesexec.md and docs/operations.md against the rules and words of the code."""

from __future__ import annotations

import json

from functions.connection.wire import PREFERENCES, preferences_body
from shared_code.adapters.salesexec.appointment_json import AppointmentBody
from shared_code.domain.decisions import DECISIONS
from shared_code.domain.fields import ONE_WAY_FIELDS, Field
from shared_code.domain.ownership import LeftReason
from shared_code.domain.preferences import ConflictWinner, Preferences
from shared_code.domain.receipts import Outcome, SkipReason
from shared_code.use_cases.moving import PreviousRep
from shared_code.use_cases.postponing import RECONNECT_NEEDED, THROTTLED, UNAVAILABLE
from tests.repository.pages import named, page, plain, table

RULES = page("docs/sync-rules.md")
FOR_SALESEXEC = page("docs/salesexec.md")
FOR_OPERATORS = page("docs/operations.md")
# What only receipts say, and what moving never answers.
NEVER_ANSWERED = {Outcome.REJECTED, Outcome.FORGOTTEN, Outcome.HELD, PreviousRep.BACK_AGAIN}


def test_the_decision_table_is_the_code_s() -> None:
    shown = [
        (row["SalesExec"], row["Outlook"], row["What happens"])
        for row in table(RULES, "SalesExec", "Outlook", "What happens")
    ]

    assert shown == [(crm.value, calendar.value, action.value) for (crm, calendar), action in DECISIONS.items()]


def test_the_fields_and_their_directions_are_the_code_s() -> None:
    shown = {plain(row["Field"]): row["Goes to SalesExec"] for row in table(RULES, "Field", "Goes to Outlook")}

    assert shown == {name.value: "no" if name in ONE_WAY_FIELDS else "yes" for name in Field}


def test_the_preferences_and_their_defaults_are_the_code_s() -> None:
    rows = table(RULES, "Preference", "Default")

    defaults = preferences_body(Preferences())
    assert [plain(row["Preference"]) for row in rows] == list(PREFERENCES)
    for row in rows:
        value = defaults[plain(row["Preference"])]
        assert plain(row["Default"]) == (value if isinstance(value, str) else json.dumps(value)), row


def test_every_winner_of_conflicts_is_explained() -> None:
    shown = [named(row["`ConflictWinner`"])[0] for row in table(RULES, "`ConflictWinner`", "Who wins")]

    assert shown == [winner.value for winner in ConflictWinner]


def test_the_fields_of_a_push_are_the_code_s() -> None:
    shown = {name for row in table(FOR_SALESEXEC, "Field", "Rule") for name in named(row["Field"])}

    assert shown == {field.alias for field in AppointmentBody.model_fields.values()}


def test_every_outcome_of_a_push_is_explained() -> None:
    shown = [name for row in table(FOR_SALESEXEC, "Outcome", "Status", "Means") for name in named(row["Outcome"])]

    assert set(shown) == {outcome.value for outcome in Outcome if outcome not in NEVER_ANSWERED}
    assert len(shown) == len(set(shown))


def test_every_reason_is_explained_with_its_outcome() -> None:
    rows = table(FOR_SALESEXEC, "`Reason`", "With", "Means")

    shown = {(plain(row["With"]), plain(row["`Reason`"])) for row in rows}
    queued = (THROTTLED, UNAVAILABLE, RECONNECT_NEEDED)
    assert shown == {("Skipped", reason.value) for reason in SkipReason} | {("Queued", reason) for reason in queued}


def test_every_answer_about_the_previous_rep_is_explained() -> None:
    shown = {plain(row["`PreviousRep`"]) for row in table(FOR_SALESEXEC, "`PreviousRep`", "Means")}

    assert shown == {each.value for each in PreviousRep if each not in NEVER_ANSWERED}


def test_every_reason_for_leaving_an_event_in_a_clean_up_is_explained() -> None:
    shown = {plain(row["`Reason`"]) for row in table(FOR_OPERATORS, "`Reason`", "Means", "Do")}

    assert shown == {reason.value for reason in LeftReason}
