"""How a public payload is described: each field once, with its schema, an example and where it comes from. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from doorstep.base.money import Money
from doorstep.base.outbox import Event
from doorstep.channels.values import message_id

DIALECT = "https://json-schema.org/draft/2020-12/schema"
VERSION = 1
Schema = dict[str, Any]
INTEGER: Schema = {"type": "integer"}
TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "array", "items": TEXT}
MAP: Schema = {"type": "object"}
MONEY: Schema = {
    "type": "object",
    "properties": {"amount": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}, "currency": {"type": "string"}},
    "required": ["amount", "currency"],
}
_EXAMPLE_AT = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a payload."""

    name: str
    schema: Schema
    example: Any
    take: Callable[[Event], Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One public type of event.  `source`: what the outbox calls it; `says`: when it happens, in a sentence."""

    type: str
    source: str
    says: str
    parts: tuple[Part, ...]
    version: int = VERSION

    def schema(self) -> Schema:
        """The JSON Schema of the whole body."""
        return {
            "$schema": DIALECT, "title": self.type, "description": self.says, "type": "object",
            "properties": {
                "id": {"type": "string", "pattern": r"^evt_\d+$"}, "type": {"const": self.type},
                "version": {"const": self.version}, "timestamp": {"type": "string", "format": "date-time"},
                "data": {
                    "type": "object", "properties": {part.name: part.schema for part in self.parts},
                    "required": [part.name for part in self.parts],
                },
            },
            "required": ["id", "type", "version", "timestamp", "data"],
        }  # fmt: skip

    def example(self) -> dict[str, Any]:
        """A body as it could come."""
        return self._body(4711, _EXAMPLE_AT, {part.name: part.example for part in self.parts})

    def body(self, event: Event) -> dict[str, Any]:
        """What a subscriber is told of an event.  Source: Standard Webhooks, "Payload structure"."""
        return self._body(event.id, event.at, {part.name: part.take(event) for part in self.parts})

    def _body(self, id: int, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": self.type, "timestamp": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "id": message_id(id), "version": self.version, "data": dict(data),
        }  # fmt: skip


def said(name: str, schema: Schema, example: Any, *, key: str = "") -> Part:
    """A field that the event says itself, under the same name or `key`; null where it says nothing."""
    return Part(name, _or_null(schema), example, lambda event: event.data.get(key or name))


def money(name: str, minor: str) -> Part:
    """An amount of the event, whose currency stands beside it."""

    def take(event: Event) -> dict[str, str] | None:
        if event.data.get(minor) is None or not event.data.get("currency"):
            return None
        currency = str(event.data["currency"])
        return {"amount": f"{Money(int(event.data[minor]), currency).decimal:f}", "currency": currency}

    return Part(name, _or_null(MONEY), {"amount": "29.50", "currency": "EUR"}, take)


def id_of(kind: str) -> Part:
    """The id of what it happened to, or on whose page it stands; null where it is neither."""

    def take(event: Event) -> int | None:
        for about in (event.subject, event.timeline):
            if about.startswith(f"{kind}:"):
                return int(about.partition(":")[2])
        return None

    return Part(f"{kind}_id", _or_null(INTEGER), 1042, take)


def kind(source: str, says: str, *parts: Part) -> Kind:
    """A public type that is called as the outbox calls it."""
    return Kind(source, source, says, parts)


def by_source(kinds: Sequence[Kind]) -> dict[str, Kind]:
    """Kinds by what the outbox calls them."""
    return {one.source: one for one in kinds}


def _or_null(schema: Schema) -> Schema:
    return schema | {"type": [schema["type"], "null"]}
