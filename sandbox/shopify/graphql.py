"""As much of GraphQL as a client of the Admin API needs: a text is parsed, weighed, and answered from plain values.

Source: https://spec.graphql.org/October2021/ (fields, arguments, variables, directives, inline fragments; no named fragments, which
nobody sends here), https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits (what it costs),
https://shopify.dev/docs/api/usage/pagination-graphql (pages of at most 250)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MOST_ON_A_PAGE = 250
MUTATION_COST = 10
PAGE_COST = 2
_TOKEN = re.compile(r'(?:[\s,]|#[^\n]*)*(\.\.\.|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|\$?\w+|[{}()\[\]:!=@])')


class Trouble(Exception):
    """A request that is answered with an error at the top, and no data."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.message, self.code = message, code


@dataclass(frozen=True)
class Field:
    """One field of a selection.  `on`: the type that an inline fragment asks for, "" for any."""

    name: str
    alias: str
    arguments: Mapping[str, Any]
    directives: Mapping[str, Mapping[str, Any]]
    selected: Sequence[Field] | None
    on: str = ""


@dataclass(frozen=True)
class Operation:
    """A parsed text with its variables put in."""

    kind: str
    name: str
    fields: Sequence[Field]


@dataclass(frozen=True)
class Pages:
    """A list that is read page by page.  `rows`: (place, value), by place ascending; a place is the cursor."""

    rows: Sequence[tuple[str, Any]]


@dataclass
class _Reader:
    tokens: list[str]
    variables: Mapping[str, Any]
    at: int = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise Trouble(f"syntax error, unexpected {token or 'end of file'}, expecting {wanted or 'more'}")
        self.at += 1
        return token

    def operation(self) -> Operation:
        kind = self.take()
        if kind not in ("query", "mutation"):
            raise Trouble(f"syntax error, unexpected {kind}, expecting query or mutation")
        name = self.take()
        if self.peek() == "(":
            self._variables()
        return Operation(kind, name, self.selection())

    def _variables(self) -> None:
        while self.take() != ")":
            pass

    def selection(self, on: str = "") -> list[Field]:
        self.take("{")
        found: list[Field] = []
        while self.peek() != "}":
            if self.peek() == "...":
                self.take()
                self.take("on")
                found += self.selection(self.take())
            else:
                found.append(self._field(on))
        self.take("}")
        return found

    def _field(self, on: str) -> Field:
        name = alias = self.take()
        if self.peek() == ":":
            self.take()
            name = self.take()
        arguments = self._arguments() if self.peek() == "(" else {}
        directives = {}
        while self.peek() == "@":
            self.take()
            directive = self.take()
            directives[directive] = self._arguments() if self.peek() == "(" else {}
        return Field(name, alias, arguments, directives, self.selection() if self.peek() == "{" else None, on)

    def _arguments(self) -> dict[str, Any]:
        self.take("(")
        found = {}
        while self.peek() != ")":
            name = self.take()
            self.take(":")
            found[name] = self._value()
        self.take(")")
        return found

    def _value(self) -> Any:
        word = self.take()
        if word.startswith("$"):
            return self.variables.get(word[1:])
        if word == "[":
            values = []
            while self.peek() != "]":
                values.append(self._value())
            self.take("]")
            return values
        if word == "{":
            self.at -= 1
            return self._object()
        if word.startswith('"'):
            return word[1:-1].encode().decode("unicode_escape")
        if re.fullmatch(r"-?\d+", word):
            return int(word)
        return {"true": True, "false": False, "null": None}.get(word, word)

    def _object(self) -> dict[str, Any]:
        self.take("{")
        found = {}
        while self.peek() != "}":
            name = self.take()
            self.take(":")
            found[name] = self._value()
        self.take("}")
        return found


def parse(text: str, variables: Mapping[str, Any]) -> Operation:
    """One operation.  Raises: Trouble on what is no such text."""
    tokens, at = [], 0
    while found := _TOKEN.match(text, at):
        tokens.append(found[1])
        at = found.end()
    if text[at:].strip():
        raise Trouble(f"syntax error, unexpected {text[at:].strip()[:20]}")
    return _Reader(tokens, variables).operation()


def requested_cost(operation: Operation) -> int:
    """What a text may cost at most: an object 1, a page 2 and all that may be on it, a mutation 10 more."""
    return sum(_cost(one) for one in operation.fields) + (MUTATION_COST if operation.kind == "mutation" else 0)


def _cost(one: Field) -> int:
    if one.selected is None:
        return 0
    nodes = next((inner for inner in one.selected if inner.name == "nodes"), None)
    size = _size(one)
    if nodes is not None and nodes.selected is not None:
        return PAGE_COST + size * (1 + sum(_cost(inner) for inner in nodes.selected))
    return size * (1 + sum(_cost(inner) for inner in one.selected))


def _size(one: Field) -> int:
    first, ids = one.arguments.get("first"), one.arguments.get("ids")
    if isinstance(first, int):
        if not 1 <= first <= MOST_ON_A_PAGE:
            raise Trouble(f"first must be from 1 to {MOST_ON_A_PAGE}")
        return first
    return len(ids) if isinstance(ids, list) else 1


@dataclass
class Answer:
    """Shows values as a selection asks for them, and counts what they cost."""

    cost: int = 0
    resolve: Mapping[str, Callable[[Field], Any]] = field(default_factory=dict)

    def data(self, operation: Operation) -> dict[str, Any]:
        """Answers every field at the top."""
        self.cost = MUTATION_COST if operation.kind == "mutation" else 0
        found = {}
        for one in operation.fields:
            if one.name not in self.resolve:
                raise Trouble(f"Field '{one.name}' doesn't exist on type '{operation.kind}' of this sandbox")
            found[one.alias] = self._show(self.resolve[one.name](one), one)
        return found

    def _show(self, value: Any, asked: Field) -> Any:
        if callable(value):
            value = value(asked.arguments)
        if isinstance(value, Pages):
            return self._page(value, asked)
        if isinstance(value, list) and asked.selected is not None:
            first = asked.arguments.get("first")
            return [self._show(one, asked) for one in (value[:first] if isinstance(first, int) else value)]
        if not isinstance(value, dict) or asked.selected is None:
            if isinstance(value, dict):
                raise Trouble(f"Field must have selections (field '{asked.name}' returns an object)")
            return value
        self.cost += 1
        return self._object(value, asked.selected)

    def _object(self, value: Mapping[str, Any], selected: Sequence[Field]) -> dict[str, Any]:
        found = {}
        for one in selected:
            if one.on and one.on != value.get("__typename"):
                continue
            if one.name not in value:
                raise Trouble(f"Field '{one.name}' doesn't exist on this object of the sandbox")
            found[one.alias] = self._show(value[one.name], one)
        return found

    def _page(self, pages: Pages, asked: Field) -> dict[str, Any]:
        first, after = asked.arguments.get("first"), asked.arguments.get("after")
        if not isinstance(first, int):
            raise Trouble(f"you must provide one of first or last (field '{asked.name}')")
        self.cost += PAGE_COST
        rows = [row for row in pages.rows if after is None or row[0] > after]
        shown = rows[:first]
        found: dict[str, Any] = {}
        for one in asked.selected or ():
            if one.name == "nodes":
                found[one.alias] = [self._show(value, one) for _, value in shown]
            elif one.name == "pageInfo":
                end = shown[-1][0] if shown else None
                info = {"hasNextPage": len(rows) > len(shown), "endCursor": end}
                found[one.alias] = self._object(info, one.selected or ())
            else:
                raise Trouble(f"Field '{one.name}' doesn't exist on a page of the sandbox")
        return found
