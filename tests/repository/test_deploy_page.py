"""docs/deploy.md against the settings, queues and functions that it sets up."""

from __future__ import annotations

import re

from shared_code.adapters.queues import names
from shared_code.settings import Settings
from tests.repository.pages import code, named, page, plain, table

PAGE = page("docs/deploy.md")
COMMANDS = code(PAGE, "bash")
QUEUES = {value for name, value in vars(names).items() if name.endswith("_QUEUE")}
TEXT_OF_A_REFERENCE = "0123456789abcdef" * 4


def settings_set() -> dict[str, str]:
    """Return the app settings that the page sets, with something in the place of the shell's variables."""
    [command] = [line for line in COMMANDS.splitlines() if "appsettings set" in line]
    settings = dict(re.findall(r'"([A-Za-z_]+)=([^"]*)"', command))
    words = {"$AUTHORITY": "https://login.microsoftonline.com/organizations", "$HOST": "app.example.com"}
    filled = {}
    for name, value in settings.items():
        text = re.sub(r"\$\(reference [a-z-]+\)", TEXT_OF_A_REFERENCE, value)
        for variable, word in words.items():
            text = text.replace(variable, word)
        filled[name] = re.sub(r"\$[A-Z_]+", "name", text)
    return filled


def test_the_settings_that_the_page_sets_are_enough_to_run() -> None:
    settings = Settings.from_environment(settings_set())

    assert settings.storage.connection_string is None
    assert settings.redirect_uri == "https://app.example.com/api/oauth/callback"


def test_every_setting_that_the_page_sets_is_on_the_settings_page() -> None:
    known = {name for row in _first_columns(page("docs/settings.md")) for name in named(row)}

    assert set(settings_set()) <= known


def test_every_queue_is_made_with_its_poison_queue() -> None:
    loops = re.findall(r"for QUEUE in ([^;]+);", COMMANDS)

    assert loops
    for loop in loops:
        assert set(loop.split()) == QUEUES
    assert "$QUEUE-poison" in COMMANDS


def test_every_permission_of_the_table_is_asked_for() -> None:
    permissions = table(PAGE, "Permission", "Id")

    for row in permissions:
        assert f"{plain(row['Id'])}=Scope" in COMMANDS, row["Permission"]


def test_every_role_of_the_table_is_assigned() -> None:
    roles = table(PAGE, "Role on the storage account", "Id")

    for row in roles:
        assert plain(row["Id"]) in COMMANDS, row


def test_the_redirect_address_is_the_app_s() -> None:
    assert '"https://$HOST/api/oauth/callback"' in COMMANDS


def _first_columns(text: str) -> list[str]:
    return [row["Name"] for columns in (("Name", "Required"), ("Name", "Value")) for row in table(text, *columns)]
