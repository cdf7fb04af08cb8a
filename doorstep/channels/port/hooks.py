"""The way out for webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from doorstep.base.registry import Registry


@dataclass(frozen=True, slots=True)
class Answered:
    """What a receiver said to a webhook.  `text`: the beginning of its answer."""

    status: int
    text: str


class Unheard(Exception):
    """Nobody answered in time, or nobody may be asked there; whether the webhook was read is not known."""


class HookPort(Protocol):
    """The way out for webhooks."""

    def post(self, url: str, *, id: str, secrets: Sequence[str], body: str) -> Answered:
        """Sends one webhook, signed with each secret.  Raises: Unheard."""


senders: Registry[HookPort] = Registry("webhook sender")
