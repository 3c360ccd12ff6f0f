"""docs/architecture.md and docs/privacy.md against the tables, queues and figures of the code."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from shared_code.adapters.key_vault import data_keys
from shared_code.adapters.queues import names as queues
from shared_code.adapters.tables import names as tables
from shared_code.use_cases import fan_out, forget_rep, poll_calendar
from shared_code.use_cases.ports import BATCH_SIZE, SHARDS
from tests.repository.pages import named, page, plain, table

ARCHITECTURE = page("docs/architecture.md")
PRIVACY = page("docs/privacy.md")
TABLES = {value for name, value in vars(tables).items() if name.isupper() and name[0] != "_" and isinstance(value, str)}
# The pages that publish how long the trip-wire is trusted.
PUBLISHED = ("README.md", "docs/architecture.md", "docs/operations.md", "docs/salesexec.md", "docs/sync-rules.md")


def test_every_table_is_in_the_architecture() -> None:
    assert {plain(row["Table"]) for row in table(ARCHITECTURE, "Table", "Partition")} == TABLES


def test_every_table_is_explained_to_whoever_answers_for_data() -> None:
    places = [row["Where"] for row in table(PRIVACY, "Where", "What", "Kept")]

    assert {named(place)[0] for place in places if place.startswith("Table")} == TABLES


def test_every_queue_is_in_the_architecture() -> None:
    shown = {plain(row["Queue"]) for row in table(ARCHITECTURE, "Queue", "One message is")}

    assert shown == {value for name, value in vars(queues).items() if name.endswith("_QUEUE")}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_figure_of_the_full_read_is_the_codes(name: str) -> None:
    stated = re.findall(r"every (\d+) hours", page(name))

    assert stated
    assert {timedelta(hours=int(hours)) for hours in stated} == {poll_calendar.FULL_READ_EVERY}


def test_the_figures_of_polling_are_the_codes() -> None:
    minutes = int(fan_out.SPREAD_OVER.total_seconds() // 60)
    lease = int(poll_calendar.LEASE_LASTS.total_seconds() // 60)

    assert f"each of {SHARDS} shards, spread over {minutes} minutes" in ARCHITECTURE
    assert f"batches of up to {BATCH_SIZE}" in ARCHITECTURE
    assert f"leased for {lease} minutes" in ARCHITECTURE


def test_the_data_key_has_its_name_and_its_age_on_the_page() -> None:
    assert f"`{data_keys.SECRET_NAME}`" in PRIVACY
    assert f"older than {data_keys.ROTATED_AFTER.days} days" in PRIVACY


def test_how_long_a_disconnected_rep_is_remembered_is_the_codes() -> None:
    assert f"{forget_rep.KEPT_FOR.days} days after a disconnect" in PRIVACY
