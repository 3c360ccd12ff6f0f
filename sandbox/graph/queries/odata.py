"""The expression language of `$filter`: text to a tree, without knowing what the names mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.graph.errors import GraphError, bad_request

TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|([(),:])|([^\s'(),:]+(?:(?<=T\d\d):[^\s'(),]+)?))")
COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
FUNCTIONS = ("startswith", "endswith", "contains")


@dataclass(frozen=True, slots=True)
class Literal:
    """A value, and whether it stood in quotes."""

    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """`path op value`; a function of two arguments is one too."""

    path: str
    operator: str
    value: Literal


@dataclass(frozen=True, slots=True)
class AnyMember:
    """`path/any(variable: inner)`."""

    path: str
    variable: str
    inner: Expression


@dataclass(frozen=True, slots=True)
class Joined:
    """Several expressions joined by `and` or by `or`."""

    word: str
    members: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """An expression denied."""

    inner: Expression


type Expression = Comparison | AnyMember | Joined | Not


def parse(text: str) -> Expression:
    """Read a filter, or refuse it."""
    reader = _Reader(_tokens(text), text)
    expression = reader.either()
    reader.expect_end()
    return expression


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    position = 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = TOKEN.match(stripped, position)
        if match is None:
            raise syntax_error(text)
        tokens.append(match.group(match.lastindex or 0))
        position = match.end()
    return tokens


def syntax_error(text: str) -> GraphError:
    """Return the refusal of a filter that cannot be read."""
    return bad_request(f"Invalid filter clause: There is a syntax error in '{text}'.")


class _Reader:
    def __init__(self, tokens: list[str], text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._next = 0

    def either(self) -> Expression:
        return self._joined("or", self._both)

    def expect_end(self) -> None:
        if self._next != len(self._tokens):
            raise syntax_error(self._text)

    def _both(self) -> Expression:
        return self._joined("and", self._one)

    def _joined(self, word: str, part: Callable[[], Expression]) -> Expression:
        members = [part()]
        while self._peek().lower() == word:
            self._take()
            members.append(part())
        return members[0] if len(members) == 1 else Joined(word, tuple(members))

    def _one(self) -> Expression:
        token = self._take()
        if token.lower() == "not":
            return Not(self._one())
        if token == "(":
            inner = self.either()
            self._take(")")
            return inner
        if self._peek() == "(":
            return self._call(token)
        return self._comparison(token)

    def _call(self, name: str) -> Expression:
        self._take("(")
        if name.lower().endswith("/any"):
            variable = self._take()
            self._take(":")
            inner = self.either()
            self._take(")")
            return AnyMember(name[: -len("/any")], variable, inner)
        if name.lower() not in FUNCTIONS:
            raise bad_request(f"Invalid filter clause: An unknown function with name '{name}' was found.")
        path = self._take()
        self._take(",")
        value = self._literal()
        self._take(")")
        if self._peek().lower() == "eq":
            self._take()
            return self._denied_if_false(Comparison(path, name.lower(), value))
        return Comparison(path, name.lower(), value)

    def _denied_if_false(self, comparison: Comparison) -> Expression:
        return comparison if self._take().lower() == "true" else Not(comparison)

    def _comparison(self, path: str) -> Expression:
        operator = self._take().lower()
        if operator not in COMPARISONS or path.startswith("'"):
            raise syntax_error(self._text)
        return Comparison(path, operator, self._literal())

    def _literal(self) -> Literal:
        token = self._take()
        if token.startswith("'"):
            return Literal(token[1:-1].replace("''", "'"), quoted=True)
        if token in "(),:":
            raise syntax_error(self._text)
        return Literal(token, quoted=False)

    def _peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def _take(self, wanted: str | None = None) -> str:
        token = self._peek()
        if not token or (wanted is not None and token != wanted):
            raise syntax_error(self._text)
        self._next += 1
        return token
