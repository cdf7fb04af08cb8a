"""What a shop can do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from doorstep.base.registry import Registry
from doorstep.channels.port.facts import Delivery, ReturnStep, ShopFact
from doorstep.channels.port.listed import ListedOrder, ListingPage, OrderPage, RefundPage
from doorstep.channels.port.needs import URL
from doorstep.channels.port.telling import (
    Declined,
    Number,
    NumberAnswer,
    Opened,
    OpenedThere,
    Refunded,
    Returned,
    Shipped,
)
from doorstep.orders.values import Recipient


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a shop can do.  `numbers_at_once`: how many listings one call tells; none where it takes no numbers.

    `compares`: it takes a number only while the listing shows what `Number.shows` says.  `takes_own_returns`: where it takes no
    returns of ours, what came back of those that it opened itself.

    `keep_days`: who gets its orders may be kept, sealed, for so many days after delivery: its drafts say nothing of whom, and it is
    a `RestrictedShop`; 0 where nothing is restricted.  `relays`: the mail domains by which its buyers write, each under a name that
    the shop gave them.
    """

    lists_orders: bool
    takes_shipments: bool
    takes_returns: bool
    reads_listings: bool = False
    numbers_at_once: int = 0
    compares: bool = False
    cancels: bool = False
    keep_days: int = 0
    relays: tuple[str, ...] = ()
    takes_own_returns: bool = False

    @property
    def takes_stock(self) -> bool:
        return self.numbers_at_once > 0


class ShopPort(Protocol):
    """A shop. Calls over the network may raise httpx errors: nothing is known then, and they may be repeated; `Throttled`:
    nothing was sent. No transaction is open meanwhile."""

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

    def read_order(self, external_id: str) -> ListedOrder | None:
        """One order as it is now; None where the shop knows no such order."""

    def list_listings(self, *, after: str) -> ListingPage:
        """What the shop offers, page by page; "" begins."""

    def tell_numbers(self, numbers: Sequence[Number], *, key: str) -> Sequence[NumberAnswer]:
        """Tells how many units may be sold; the last number stays.

        Shapes: an answer per number, in order; at most `can.numbers_at_once`.  `key`: the same for a repeat.
        """

    def ask_numbers(self, ids: Sequence[str], *, handle: str) -> Sequence[NumberAnswer]:
        """What became of numbers that were told with `Later`; `Later` again while the shop does not know."""

    def tell_cancelled(self, external_id: str, *, reason: str) -> Declined | None:
        """Calls an order off in the shop; one that is called off already stays so."""


@runtime_checkable
class RestrictedShop(Protocol):
    """What a shop can do besides that tells who gets an order only when it is to be shipped (docs/adr/0034)."""

    def read_recipient(self, external_id: str) -> Recipient | Declined:
        """Who gets an order, and who bought it; declined, where the shop does not say it to us.  Raises: as calls of `ShopPort`."""


@runtime_checkable
class ListsRefunds(Protocol):
    """What a shop can do besides whose orders say nothing of what was given back for them: it is asked now and then.

    `refunds_late`: how much later than the moment written on it a refund may be listed for the first time.  `refunds_kept`: from
    how long ago it lists them at most.
    """

    refunds_late: timedelta
    refunds_kept: timedelta

    def list_refunds(self, *, since: datetime, after: str) -> RefundPage:
        """Refunds of orders that were given since a moment, page by page; "" begins.  Raises: as calls of `ShopPort`."""


@runtime_checkable
class FollowsReturns(Protocol):
    """What a shop can do besides that opens returns itself: it says how far they are.  `returns_at_once`: for how many at once."""

    returns_at_once: int

    def return_steps(self, return_ids: Sequence[str]) -> Mapping[str, ReturnStep]:
        """Where returns stand now, those that the shop does not know left out.  Raises: as calls of `ShopPort`."""


@runtime_checkable
class OpensReturns(Protocol):
    """What a shop can do besides that takes returns which are opened here."""

    def open_return(self, opened: Opened) -> OpenedThere | Declined:
        """Opens a return in the shop, approved; the shop knows it by its key, so saying it twice opens one.

        Raises: as calls of `ShopPort`.
        """

    def call_off_return(self, return_id: str) -> Declined | None:
        """Calls a return off in the shop; one that is over there stays so.  Raises: as calls of `ShopPort`."""


class About(StrEnum):
    """What a message to a buyer is about, where a shop carries messages for some purposes only."""

    ORDER = "order"
    DELIVERY = "delivery"
    PROBLEM = "problem"
    CUSTOMISATION = "customisation"


@runtime_checkable
class WritesBuyers(Protocol):
    """What a shop can do besides that carries our messages to its buyers, and hands us none of theirs."""

    longest_message: int

    def may_write(self, external_id: str) -> Collection[About] | Declined:
        """What the buyer of an order may be written about now.  Raises: as calls of `ShopPort`."""

    def write_buyer(self, external_id: str, *, about: About, text: str) -> Declined | None:
        """Sends a message.  It is sent again where this is called again, and nobody can look whether it was: so once only.

        Raises: Throttled and httpx.ConnectError where nothing was sent; other httpx errors, where nobody knows.
        """


shops: Registry[ShopPort] = Registry("shop", needs=(URL,))
