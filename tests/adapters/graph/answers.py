"""What Graph answers, as prepared replies, and the tokens that it is asked with."""

from typing import Any

from tests.adapters.scripted_server import Reply


class TwoTokens:
    """A first token, and a second one once the first was refused."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    def current(self) -> str:
        return "second" if self.refused else "first"

    def after(self, refused: str) -> str:
        self.refused.append(refused)
        return "second"


def error(code: str, **more: Any) -> dict[str, Any]:
    """Return the body of a refusal."""
    return {"error": {"code": code, "message": "words", **more}}


def part(number: int | str, status: int = 200, body: object = None, headers: object = None) -> dict[str, Any]:
    """Return the answer to one part of a batch."""
    return {"id": str(number), "status": status, "headers": headers or {}, "body": body}


def batch_of(*parts: object) -> Reply:
    """Return the answer to a batch."""
    return Reply(body={"responses": list(parts)})
