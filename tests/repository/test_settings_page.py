"""docs/settings.md and local.settings.example.json against the settings that the app reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import pytest

from shared_code.settings import Settings, SettingsError, poll_schedule
from tests.repository.pages import Row, page, plain, table

PAGE = page("docs/settings.md")
ROWS = {plain(row["Name"]): row for row in table(PAGE, "Name", "Required", "Default")}
STORAGE = "AzureWebJobsStorage"
BY_NAME = {f"{STORAGE}__accountName"}
BY_ADDRESS = {f"{STORAGE}__tableServiceUri", f"{STORAGE}__queueServiceUri"}
READ_AT_IMPORT = "POLL_SCHEDULE"


class EmptyEnvironment(Mapping[str, str]):
    """Has nothing, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def read_nothing() -> tuple[set[str], set[str]]:
    """Return the names that are read, and those that are missed, where there is no setting at all."""
    environment = EmptyEnvironment()
    with pytest.raises(SettingsError) as missing:
        Settings.from_environment(environment)
    return environment.asked, {problem.split()[0] for problem in missing.value.problems}


def example(row: Row) -> str:
    return plain(row["Example"])


def minimal() -> dict[str, str]:
    """Return an environment of the required settings only, with the page's examples."""
    required = {name: example(row) for name, row in ROWS.items() if row["Required"] == "yes"}
    return {STORAGE: example(ROWS[STORAGE]), **required}


def test_the_page_names_every_setting_that_is_read_and_no_other() -> None:
    read, _ = read_nothing()

    assert set(ROWS) == read | {READ_AT_IMPORT}


def test_the_page_says_which_settings_are_required() -> None:
    _, missed = read_nothing()

    assert {name for name, row in ROWS.items() if row["Required"] == "yes"} == missed - {STORAGE}
    assert {name for name, row in ROWS.items() if row["Required"] == "storage"} == {STORAGE} | BY_NAME | BY_ADDRESS


@pytest.mark.parametrize("ways", [{STORAGE}, BY_NAME, BY_ADDRESS], ids=["string", "name", "addresses"])
def test_each_way_to_storage_is_enough_with_the_page_s_examples(ways: set[str]) -> None:
    environment = minimal()
    del environment[STORAGE]
    environment |= {name: example(ROWS[name]) for name in ways}

    settings = Settings.from_environment(environment)

    assert settings.storage.connection_string or settings.storage.table_service_uri


def test_every_example_of_the_page_can_be_used() -> None:
    environment = {name: example(row) for name, row in ROWS.items()}

    Settings.from_environment(environment)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row["Default"] and name != READ_AT_IMPORT])
def test_the_page_s_default_is_what_an_absent_setting_means(name: str) -> None:
    stated = minimal() | {name: plain(ROWS[name]["Default"])}

    assert Settings.from_environment(stated) == Settings.from_environment(minimal())


def test_the_poll_schedule_s_default_is_the_page_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(READ_AT_IMPORT, raising=False)

    assert poll_schedule() == plain(ROWS[READ_AT_IMPORT]["Default"])


def test_the_example_file_names_every_setting() -> None:
    values = json.loads(page("local.settings.example.json"))["Values"]

    assert set(values) == set(ROWS) | {"FUNCTIONS_WORKER_RUNTIME"}


def test_the_example_file_shows_the_defaults() -> None:
    values = json.loads(page("local.settings.example.json"))["Values"]

    defaults = {name: plain(row["Default"]) for name, row in ROWS.items() if row["Default"]}
    assert {name: values[name] for name in defaults} == defaults


def test_what_the_platform_reads_is_not_listed_as_the_app_s() -> None:
    platform = {plain(row["Name"]) for row in table(PAGE, "Name", "Value", "Why")}

    assert not platform & set(ROWS)
