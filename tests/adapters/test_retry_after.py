"""How long systems ask to wait."""

from datetime import timedelta

import pytest

from shared_code.adapters.retry_after import asked_wait
from tests.builders import NOW


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "12"}, 12),
        ({"Retry-After": "2.128"}, 2.128),
        ({"Retry-After": " 7 "}, 7),
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "-5"}, 1),
        ({"Retry-After": "1e12"}, 86_400),
        ({"Retry-After": "inf"}, 86_400),
        ({"Retry-After": "Mon, 23 Nov 2026 09:00:30 GMT"}, 30),
        ({"Retry-After": "Mon, 23 Nov 2026 08:00:00 GMT"}, 1),
        ({"Retry-After": "Mon, 23 Nov 2026 10:00:30 GMT", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"}, 30),
    ],
)
def test_a_wait_is_read_in_every_form_it_comes_in(headers: dict[str, str], seconds: float) -> None:
    assert asked_wait(headers, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("headers", [{}, {"Retry-After": ""}, {"Retry-After": "soon"}, {"Retry-After": "nan"}])
def test_no_readable_wait_is_none(headers: dict[str, str]) -> None:
    assert asked_wait(headers, NOW) is None
