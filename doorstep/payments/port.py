"""What payments needs of a payment provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from doorstep.base.money import Money
from doorstep.base.needs import TOKEN, URL
from doorstep.base.registry import Registry
from doorstep.payments.values import CallKind, CallState


@dataclass(frozen=True, slots=True)
class Ask:
    """One wish.  `method`: the token to authorise with; `payment`: the provider's id of what was authorised."""

    kind: CallKind
    key: str
    amount: Money
    reference: str
    method: str = ""
    payment: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a wish: succeeded, failed (the provider understood and said no), or pending."""

    key: str
    state: CallState
    vendor_id: str
    payment: str
    amount_minor: int
    reason: str = ""
    capture_before: datetime | None = None


class PaymentPort(Protocol):
    """A payment provider. Calls may raise httpx errors: the wish stays open, and is looked up before it is asked again."""

    def ask(self, ask: Ask) -> Told:
        """Does what is wished; the same key never does it twice."""

    def find(self, key: str) -> Told | None:
        """What became of an earlier wish with this key as it stands now, if it ever arrived."""

    def subscribe(self, url: str, secret: str) -> None:
        """Asks for a webhook per change.  Shapes: `secret` is `whsec_` and base64 of 24 to 64 bytes."""

    def open_webhook(self, headers: Mapping[str, str], body: bytes) -> str:
        """Verifies a webhook and gives the sender's own id of it.  Refuses: a bad signature (`BAD_SIGNATURE`)."""

    def read_webhook(self, body: bytes) -> list[Told]:
        """What a webhook that was verified when it came tells.  Refuses: a body of another shape (`UNREADABLE`)."""


payments: Registry[PaymentPort] = Registry("payment provider", needs=(URL, TOKEN))
