"""What channels need of a shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from doorstep.base.money import Money
from doorstep.base.registry import Registry
from doorstep.orders.values import OrderDraft


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook whose signature fits.  `id`: the sender's own, the same at every attempt."""

    id: str
    topic: str


@dataclass(frozen=True, slots=True)
class OrderTold:
    """The shop has this order, as it is now; whether it is new is for us to find out."""

    draft: OrderDraft


@dataclass(frozen=True, slots=True)
class OrderCalledOff:
    external_id: str
    reason: str


ShopFact = OrderTold | OrderCalledOff


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order as the shop lists it.  `body`: as a webhook would have told it.  `updated_at`: the shop's own clock."""

    external_id: str
    updated_at: datetime
    called_off: bool
    paid: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class OrderPage:
    orders: Sequence[ListedOrder]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class Shipped:
    """A parcel that left.  `lines`: (SKU, units) in it."""

    external_id: str
    tracking_number: str
    carrier: str
    tracking_url: str
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Returned:
    """Goods that came back.  `key`: one per return.  `lines`: (SKU, units)."""

    external_id: str
    key: str
    lines: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Refunded:
    """Money that was given back.  `key`: one per refund."""

    external_id: str
    key: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Declined:
    """The shop understood and said no; asking again will not help."""

    reason: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a shop can do."""

    lists_orders: bool
    takes_shipments: bool
    takes_stock: bool
    takes_returns: bool


class ShopPort(Protocol):
    """A shop. Calls over the network may raise httpx errors: nothing is known then, and they may be repeated."""

    can: Capabilities

    def open_webhook(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Checks who sent it.  Refuses: a signature that does not fit (`BAD_SIGNATURE`)."""

    def read_webhook(self, body: bytes) -> list[ShopFact]:
        """What a delivery says, in our words.  Refuses: a body of another shape (`UNREADABLE`)."""

    def introduce(self, webhook_url: str, secret: str) -> None:
        """Tells the shop where its webhooks go; saying it twice changes nothing."""

    def list_orders(self, *, since: datetime | None, after: str) -> OrderPage:
        """Orders that changed since a moment of the shop's clock, in an order in which paging skips none."""

    def tell_shipped(self, shipped: Shipped) -> Declined | None:
        """Tells of a parcel; the shop knows it by its tracking number, so saying it twice changes nothing."""

    def tell_returned(self, returned: Returned) -> Declined | None:
        """Tells of goods that came back; the shop knows them by their key, so saying it twice changes nothing."""

    def tell_refunded(self, refunded: Refunded) -> Declined | None:
        """Tells of money that was given back; the shop knows it by its key, so saying it twice changes nothing."""

    def tell_stock(self, sku: str, available: int) -> None:
        """Tells how many units may be sold; the last number stays."""


shops: Registry[ShopPort] = Registry("shop")


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
