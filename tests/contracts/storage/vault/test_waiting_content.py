"""Waiting content at rest: every field comes back, nothing can be read, moved to another push, or found afterwards."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from azure.data.tables import TableServiceClient
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.adapters.tables.names import WAITING, shard_key
from shared_code.adapters.tables.table import Tables
from shared_code.adapters.tables.waiting import TableWaiting
from shared_code.adapters.tables.waiting.content import opened, sealed
from shared_code.domain.appointments import Appointment, Lead, MailboxDefault, ShowAs, Status
from shared_code.domain.identifiers import AppointmentGuid, UserGuid
from shared_code.domain.schedules import AllDay, Timed
from shared_code.use_cases.errors import TryAgainLater
from shared_code.use_cases.ports import WaitingPush
from tests.builders import NOW, a_user, a_waiting_push, an_appointment, an_appointment_guid
from tests.fakes.data_keys import FakeDataKeys

SECRET = "Merger with Wingtip, 4.2 million"

texts = st.text(st.characters(exclude_categories=["Cs"]))
instants = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds have none
days = st.dates(date(1990, 1, 1), date(2200, 1, 1))
schedules = st.one_of(
    st.builds(Timed, start_at=instants, end_at=instants, zone=st.none() | texts),
    st.builds(AllDay, first_day=days, day_after=days),
)
appointments = st.builds(
    Appointment,
    guid=st.uuids().map(lambda guid: AppointmentGuid(str(guid))),
    user=st.uuids().map(lambda guid: UserGuid(str(guid))),
    subject=texts,
    body_html=texts,
    schedule=schedules,
    modified_at=instants,
    location=texts,
    show_as=st.sampled_from(ShowAs),
    is_private=st.booleans(),
    reminder=st.none() | st.just(MailboxDefault.REMINDER) | st.integers(0, 40_320),
    status=st.sampled_from(Status),
    lead=st.builds(Lead, guid=st.none() | texts, url=st.none() | texts),
)


def a_new_push() -> WaitingPush:
    return a_waiting_push(user=a_user(), appointment=an_appointment_guid())


@pytest.fixture(name="keys")
def keys_fixture() -> FakeDataKeys:
    return FakeDataKeys()


@pytest.fixture(name="waiting")
def waiting_fixture(tables: Tables, keys: FakeDataKeys) -> TableWaiting:
    return TableWaiting(tables, keys)


def row_of(storage: str, push: WaitingPush) -> dict[str, Any] | None:
    """Return everything the table holds of a push, read by another client."""
    with TableServiceClient.from_connection_string(storage) as service:
        client = service.get_table_client(WAITING)
        condition = "PartitionKey eq @shard and AppointmentGuid eq @appointment"
        named = {"shard": shard_key(push.user), "appointment": push.appointment}
        rows = list(client.query_entities(condition, parameters=named))
    return dict(rows[0]) if rows else None


@given(appointments)
@settings(max_examples=150)
def test_every_field_of_every_appointment_comes_back(appointment: Appointment) -> None:
    keys, push = FakeDataKeys(), a_waiting_push()

    back = opened(push, sealed(push, appointment, keys), keys)

    assert back == appointment
    assert [type(getattr(back, name)) for name in ("reminder", "show_as", "status", "schedule")] == [
        type(getattr(appointment, name)) for name in ("reminder", "show_as", "status", "schedule")
    ]


@pytest.mark.parametrize("character", ["x", "é", "🌲", "<"])
def test_the_largest_body_comes_back_whole(waiting: TableWaiting, character: str) -> None:
    body = "".join(f"{character}{number:x}" for number in range(64 * 1024))[: 64 * 1024]
    content = an_appointment(body_html=body)

    stored = waiting.put(a_new_push(), content)

    assert waiting.content(stored) == content


def test_content_that_cannot_be_compressed_takes_several_columns(
    waiting: TableWaiting, storage: str, keys: FakeDataKeys
) -> None:
    body = "".join(keys.rotate().secret.hex() for _ in range(4_000))
    content = an_appointment(body_html=body)

    stored = waiting.put(a_new_push(), content)

    row = row_of(storage, stored)
    assert row is not None
    assert row["ContentParts"] > 1
    assert max(len(row[f"Content{index}"]) for index in range(row["ContentParts"])) == 64 * 1024
    assert waiting.content(stored) == content


def test_nothing_of_the_content_can_be_read_in_the_table(waiting: TableWaiting, storage: str) -> None:
    stored = waiting.put(a_new_push(), an_appointment(subject=SECRET, body_html=f"<p>{SECRET}</p>", location=SECRET))

    row = row_of(storage, stored)

    assert row is not None
    assert not any(word in str(row) for word in ("Merger", "Wingtip", "million"))


def test_the_same_content_never_looks_the_same(keys: FakeDataKeys) -> None:
    push, content = a_waiting_push(), an_appointment()

    assert sealed(push, content, keys)["Content0"] != sealed(push, content, keys)["Content0"]


def test_nothing_is_left_of_what_was_erased(waiting: TableWaiting, storage: str) -> None:
    stored = waiting.put(a_new_push(), an_appointment())

    waiting.forget(stored.user, stored.appointment, up_to=NOW)

    assert row_of(storage, stored) is None


def test_a_removal_leaves_nothing_of_the_content_before_it(waiting: TableWaiting, storage: str) -> None:
    stored = waiting.put(a_new_push(), an_appointment(body_html="x" * 10_000))

    waiting.put(a_waiting_push(user=stored.user, appointment=stored.appointment, modified_at=NOW), None)

    row = row_of(storage, stored)
    assert row is not None
    assert not any(name.startswith("Content") for name in row)


@pytest.mark.parametrize("field", ["user", "appointment", "modified_at"])
def test_content_copied_to_another_push_cannot_be_read(keys: FakeDataKeys, field: str) -> None:
    other = {
        "user": a_user(),
        "appointment": an_appointment_guid(),
        "modified_at": NOW + timedelta(microseconds=1),
    }[field]
    columns = sealed(a_waiting_push(), an_appointment(), keys)

    assert opened(a_waiting_push(**{field: other}), columns, keys) is None


@pytest.mark.parametrize("change", [{"Content0": b""}, {"Content0": b"x" * 500}, {"ContentParts": 0}])
def test_content_that_was_tampered_with_cannot_be_read(keys: FakeDataKeys, change: dict[str, object]) -> None:
    columns = sealed(a_waiting_push(), an_appointment(), keys)

    assert opened(a_waiting_push(), {**columns, **change}, keys) is None


def test_content_is_read_with_the_key_it_was_encrypted_with(waiting: TableWaiting, keys: FakeDataKeys) -> None:
    stored = waiting.put(a_new_push(), an_appointment())

    keys.rotate()

    assert waiting.content(stored) == an_appointment()


def test_content_whose_key_is_gone_is_gone(waiting: TableWaiting, keys: FakeDataKeys) -> None:
    stored = waiting.put(a_new_push(), an_appointment())

    keys.lost.add(keys.current().id)

    assert waiting.content(stored) is None


def test_without_a_key_nothing_is_stored_and_the_push_can_be_tried_again(
    waiting: TableWaiting, keys: FakeDataKeys
) -> None:
    push = a_new_push()
    keys.faults.before("current", TryAgainLater("the vault is down", retry_after=timedelta(seconds=9)))

    with pytest.raises(TryAgainLater) as caught:
        waiting.put(push, an_appointment())

    assert caught.value.retry_after == timedelta(seconds=9)
    assert waiting.of(push.user) == []


def test_a_removal_needs_no_key(waiting: TableWaiting, keys: FakeDataKeys) -> None:
    keys.faults.before("current", TryAgainLater("the vault is down", retry_after=timedelta(seconds=9)))

    stored = waiting.put(a_new_push(), None)

    assert waiting.of(stored.user) == [stored]


def test_content_that_this_version_does_not_understand_is_gone(keys: FakeDataKeys) -> None:
    push = a_waiting_push()
    columns = sealed(push, an_appointment(modified_at=None), keys)

    assert opened(push, columns, keys) is None
