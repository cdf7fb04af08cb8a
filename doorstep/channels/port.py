"""What channels need of a shop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from doorstep.base.money import Money
from doorstep.base.registry import Registry
from doorstep.base.words import gettext_noop
from doorstep.orders.values import OrderDraft, Recipient


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook whose signature fits.  `id`: the sender's own, the same at every attempt."""

    id: str
    topic: str


ADDRESS_WITHHELD = "address-withheld"  # the tag of an order whose address the shop does not tell: nothing can be sent there


CANCEL_WISHED = "buyer-wishes-to-cancel"  # the tag of an order whose buyer asked the shop to cancel it, which the shop leaves to us


@dataclass(frozen=True, slots=True)
class OrderTold:
    """The shop has this order, as it is now; whether it is new is for us to find out.

    `items`: what each line is of, as `ListedItem.item` names it, line by line; "" where the shop does not say.
    `changed_at`: by the shop's clock, so that an older state that comes later is known as such.
    `done`: the shop has nothing left to send of it, whoever sent it.
    `unsent`: units of each line that the shop still waits for, line by line; none where it does not say.
    """

    draft: OrderDraft
    items: tuple[str, ...] = ()
    changed_at: datetime | None = None
    done: bool = False
    unsent: tuple[int, ...] = ()

    @property
    def is_history(self) -> bool:
        """Whether nothing of it is left to send."""
        return self.done or (bool(self.unsent) and not any(self.unsent))

    def is_begun(self, refunded: Sequence[RefundTold] = ()) -> bool:
        """Whether some of it was sent and some was not; units that were refunded are not waited for, whoever refunded them."""
        if not self.unsent or self.is_history:
            return False
        waited: Counter[str] = Counter()
        items = self.items or ("",) * len(self.unsent)
        for line, item, unsent in zip(self.draft.lines, items, self.unsent, strict=True):
            waited[item or line.sku] += line.qty - unsent
        for refund in refunded:
            waited.subtract({item or sku: qty for item, sku, qty in refund.lines})
        return any(qty > 0 for qty in waited.values())


@dataclass(frozen=True, slots=True)
class OrderCalledOff:
    external_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class OrderNamed:
    """Something happened to an order, which is to be read: the shop did not say what, or not all of it."""

    external_id: str


@dataclass(frozen=True, slots=True)
class RefundTold:
    """The shop gave money back.  `lines`: (item, SKU, units) that the customer does not keep or does not get.

    `key`: as `Refunded.key`, where we told the shop of it; "" where the shop's own people gave it back, None where the shop does
    not say which.
    """

    external_id: str
    refund_id: str
    amount: Money
    lines: tuple[tuple[str, str, int], ...] = ()
    reason: str = ""
    key: str | None = None


class ReturnStep(StrEnum):
    """Where a return stands in the shop that opened it; who asked there waits for a decision, what is open was approved."""

    REQUESTED = "requested"
    OPEN = "open"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class BackLine:
    """Units that shall come back.  `reason`: as returns call it, "other" where the shop names none of these.  `note`: in words."""

    item: str
    sku: str
    qty: int
    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReturnTold:
    """The shop opened a return of an order, and where it stands now.  `return_id`: as the shop names it."""

    external_id: str
    return_id: str
    step: ReturnStep
    lines: tuple[BackLine, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberTold:
    """How many units the shop shows of a listing, as `ListedItem.id` names it.  `at`: since when, by the shop's clock."""

    id: str
    number: int
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListingsChanged:
    """What the shop offers is otherwise than it was, and is to be read again."""


@dataclass(frozen=True, slots=True)
class UnitsPending:
    """The shop holds units for an order that is not paid for yet, of which it says no more; when it is, it tells the order.

    `lines`: (item, SKU, units).  `at`: when it was placed, `changed_at`: when it last changed, both by the shop's clock.
    """

    external_id: str
    lines: tuple[tuple[str, str, int], ...]
    at: datetime
    changed_at: datetime


ShopFact = OrderTold | OrderCalledOff | OrderNamed | RefundTold | ReturnTold | NumberTold | ListingsChanged | UnitsPending


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order as the shop lists it.  `body`: as a webhook would have told it.  `updated_at`: the shop's own clock.

    `pending`: the shop only holds units for it (`UnitsPending`).
    """

    external_id: str
    updated_at: datetime
    called_off: bool
    paid: bool
    body: bytes
    pending: bool = False


@dataclass(frozen=True, slots=True)
class OrderPage:
    orders: Sequence[ListedOrder]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class ListedItem:
    """Something that the shop offers, where it has a number of its own.

    `id`: where its number goes, as the adapter names it, once in a connection.  `item`: how the lines of orders name it; several
    places of one item share it.  `number`: what the shop shows now, None where it does not say.
    """

    id: str
    item: str
    sku: str
    barcode: str
    title: str
    number: int | None


@dataclass(frozen=True, slots=True)
class ListingPage:
    """`asked_at`: when the shop said so, where that was before it was asked for this page."""

    items: Sequence[ListedItem]
    next_after: str | None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """What a listing shall show.  `shows`: what it shows, as far as we know: a shop that can compares with it."""

    id: str
    number: int
    shows: int | None


@dataclass(frozen=True, slots=True)
class Taken:
    """The shop shows the number."""


@dataclass(frozen=True, slots=True)
class Stale:
    """The listing shows another number than we knew, and keeps it.  `shows`: which, where the shop says."""

    shows: int | None


@dataclass(frozen=True, slots=True)
class Later:
    """The shop has the number and says later what became of it.  `handle`: what to ask with."""

    handle: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The shop knows no such listing, or has no number for it."""

    reason: str


class Throttled(Exception):
    """No call is free before `wait_s`; nothing was sent."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"no call is free for {wait_s:.1f} s")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Shipped:
    """A parcel that left.  `lines`: (SKU, units) in it.

    `items`: what each line is of, as `ListedItem.item` names it, line by line; its SKU counts where that is "" or nothing is said.
    """

    external_id: str
    tracking_number: str
    carrier: str
    tracking_url: str
    lines: tuple[tuple[str, int], ...]
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """Goods that came back.  `key`: one per return.  `lines`: (SKU, units).

    `items`: as `Shipped.items`.  `return_id`: as `ReturnTold.return_id`, "" for a return that the shop did not open.
    """

    external_id: str
    key: str
    lines: tuple[tuple[str, int], ...]
    items: tuple[str, ...] = ()
    return_id: str = ""


@dataclass(frozen=True, slots=True)
class Refunded:
    """Money that was given back.  `key`: one per refund."""

    external_id: str
    key: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Declined:
    """The shop understood and said no; asking again will not help.

    `is_broken_off`: of a number, that some of what was told with it may have been taken: what the listing shows is not known.
    """

    reason: str
    is_broken_off: bool = False


NumberAnswer = Taken | Stale | Later | Gone | Declined


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


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a person gives to connect a shop.  `name`: of the setting; a secret is never shown again.

    `hidden`: nobody is asked for it; it comes with a token that the shop gave to who signed in there.
    """

    name: str
    label: str
    help: str = ""
    secret: bool = False
    optional: bool = False
    hidden: bool = False


URL = Need("url", gettext_noop("Address of the shop"), gettext_noop("Such as https://shop.example.com"))


@dataclass(frozen=True, slots=True)
class Scope:
    """Something that an app may be allowed in a shop.  `without`: what does not work while it is not, in a sentence."""

    name: str
    without: str


class SignInPort(Protocol):
    """How a shop lets us in because a person signs in there, or because it knows our app: nobody carries a token.

    A kind of shop that can has one as `sign_in`.  `settings` are those of a connection, as far as they are known.
    """

    needs: tuple[Need, ...]
    scopes: tuple[Scope, ...]

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """What a person gave, as it is kept.  Refuses: what is no shop of this kind."""

    def page_of(self, settings: Mapping[str, str], *, back_url: str, state: str) -> str:
        """The page of the shop on which a person lets us in; it sends them back with `state`."""

    def redeem(self, settings: Mapping[str, str], *, query: str, state: str, now: datetime) -> dict[str, str]:
        """Settings with a token, for what the shop sent a person back with.

        Raises: httpx errors.  Refuses: what the shop did not send, another shop, and what the shop refuses.
        """

    def ask(self, settings: Mapping[str, str], *, now: datetime) -> dict[str, str]:
        """Settings with a token, for an app that is installed in the shop.  Raises, Refuses: as `redeem`."""

    def lacks(self, settings: Mapping[str, str]) -> list[Scope]:
        """What the shop did not allow; nothing where it is not known."""


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
