"""Who bought an order, and who gets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

KEPT_LINE, ERASED_LINE = "(kept apart)", "(erased)"  # in place of the street of who gets an order, where that is restricted


@dataclass(frozen=True, slots=True)
class Address:
    name: str
    lines: tuple[str, ...]
    city: str
    country: str
    postal_code: str = ""
    region: str = ""
    company: str = ""
    phone: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The address as it is kept with the order."""
        return {
            "name": self.name, "company": self.company, "lines": list(self.lines), "city": self.city,
            "region": self.region, "postal_code": self.postal_code, "country": self.country, "phone": self.phone,
        }  # fmt: skip

    def about(self, *, name: str) -> Address:
        """What of it tells where about, and not who.  `name`: what stands for the recipient's."""
        return Address(name, (KEPT_LINE,), self.city, self.country, self.postal_code, self.region)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets an order and who bought it, where that is restricted.  `note`: what the buyer says to either."""

    ship_to: Address
    name: str = ""
    email: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """How far it is known who gets an order.  Columns as in `models.Recipient`, without what is sealed."""

    order_id: int
    keep_days: int
    wanted_at: datetime | None
    fetched_at: datetime | None
    erase_at: datetime | None
    erased_at: datetime | None
    problem: str

    @property
    def is_awaited(self) -> bool:
        return self.fetched_at is None and self.erased_at is None


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who bought, as the channel knows them. Identities are (kind, value), strongest first; `language` is "" where the
    channel names none."""

    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    accepts_marketing: bool = False
    identities: tuple[tuple[str, str], ...] = ()
