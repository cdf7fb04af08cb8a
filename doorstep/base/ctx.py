"""Who acts, for whom, when: the first argument of every action and query."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

ActorKind = Literal["staff", "api_key", "channel", "carrier", "payment", "warehouse", "customer", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    kind: ActorKind
    id: int
    name: str


SYSTEM = Actor("system", 0, "Doorstep")


@dataclass(frozen=True, slots=True)
class Ctx:
    """Units: `now` is aware UTC, read once by the face or the worker that made this ctx."""

    organisation_id: int
    actor: Actor
    now: datetime
    trace: str

    def as_actor(self, actor: Actor) -> Ctx:
        """The same request, done in another's name."""
        return replace(self, actor=actor)


def new_trace() -> str:
    """A fresh id that ties together everything one request caused."""
    return secrets.token_hex(8)
