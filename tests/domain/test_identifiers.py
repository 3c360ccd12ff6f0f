"""What counts as a GUID."""

import pytest

from shared_code.domain.identifiers import parse_guid

GUID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"


@pytest.mark.parametrize("text", [GUID, GUID.upper(), f"{{{GUID}}}"])
def test_a_guid_is_read_in_any_case_and_in_braces(text: str) -> None:
    assert parse_guid(text) == GUID


@pytest.mark.parametrize(
    "text",
    [
        "",
        GUID[:-1],
        GUID + "0",
        GUID.replace("-", ""),
        "+" + GUID[1:],
        "0x" + GUID[2:],
        GUID.replace("b4", "b_"),
        "----" + GUID.replace("-", ""),
        "{" + GUID,
        GUID + "\n",
        "\uff11" + GUID[1:],
        "urn:" + GUID.replace("-", ""),
        GUID.replace("a", "g", 1),
    ],
)
def test_what_only_looks_like_a_guid_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="not a GUID"):
        parse_guid(text)
