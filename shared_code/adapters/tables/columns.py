"""How values are written into columns and read back; None is an empty text, because a merge cannot remove a column."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from azure.data.tables import EdmType, EntityProperty

type Columns = Mapping[str, Any]

CHARACTERS_PER_COLUMN = 16_000
"""A text column holds 32 K UTF-16 units, and a character may need two.

Source: Microsoft docs, storage/tables/scalability-targets
"""


def or_empty[T](value: T | None) -> T | str:
    """Return the value, or the empty text that stands for None."""
    return "" if value is None else value


def whole(number: int) -> EntityProperty:
    """Return a number that may be larger than 32 bits; the client refuses such a plain one."""
    return EntityProperty(number, EdmType.INT64)


def text(columns: Columns, name: str) -> str:
    """Return a text column, empty when it is not there."""
    value = columns.get(name)
    return value if isinstance(value, str) else ""


def optional_text(columns: Columns, name: str) -> str | None:
    """Return a text column, None when it is empty or not there."""
    return text(columns, name) or None


def number(columns: Columns, name: str, default: int = 0) -> int:
    """Return a whole number, the default when it is not there."""
    value = columns.get(name, default)
    found = value.value if isinstance(value, EntityProperty) else value
    return found if isinstance(found, int) else default


def truth(columns: Columns, name: str, *, default: bool = False) -> bool:
    """Return a truth, the default when it is not there."""
    value = columns.get(name)
    return value if isinstance(value, bool) else default


def moment(columns: Columns, name: str) -> datetime | None:
    """Return an instant as aware UTC, None when it is empty or not there."""
    value = columns.get(name)
    if not isinstance(value, datetime):
        return None
    return datetime.combine(value.date(), value.time(), UTC)


def known_moment(columns: Columns, name: str) -> datetime:
    """Return an instant that every such row has; LookupError when this one does not."""
    value = moment(columns, name)
    if value is None:
        raise LookupError(f"a row without {name}")
    return value


def split_text(name: str, value: str) -> dict[str, Any]:
    """Return a long text as columns name0, name1 and so on, and their number in nameParts.

    The number is told, since a merge leaves the further columns of a longer text that was there before.
    """
    starts = range(0, max(len(value), 1), CHARACTERS_PER_COLUMN)
    parts = {f"{name}{index}": value[start : start + CHARACTERS_PER_COLUMN] for index, start in enumerate(starts)}
    return {f"{name}Parts": len(parts), **parts}


def joined_text(columns: Columns, name: str) -> str | None:
    """Return a long text from its columns, None when it is not there."""
    count = number(columns, f"{name}Parts")
    return "".join(text(columns, f"{name}{index}") for index in range(count)) if count else None
