"""What a shop says, in our words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from doorstep.base.money import Money
from doorstep.orders.values import OrderDraft


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook whose signature fits.  `id`: the sender's own, the same at every attempt.

    `is_signed`: False only for a greeting that its shop does not sign, which anybody may send: it proves nothing.
    """

    id: str
    topic: str
    is_signed: bool = True


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
    not say which.  `goods_minor`: where the shop does not say whether the customer keeps them, what it gave back for the goods of
    each line, line by line: so many units as that pays for whole are not kept.
    """

    external_id: str
    refund_id: str
    amount: Money
    lines: tuple[tuple[str, str, int], ...] = ()
    reason: str = ""
    key: str | None = None
    goods_minor: tuple[int, ...] = ()


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
    """The shop has a return of an order, and where it stands now.  `return_id`: as the shop names it.

    `key`: as `Opened.key`, where it was opened here; "" where the shop opened it itself, or does not say.
    """

    external_id: str
    return_id: str
    step: ReturnStep
    lines: tuple[BackLine, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class NumberTold:
    """How many units the shop shows of a listing, as `ListedItem.id` names it.  `at`: since when, by the shop's clock."""

    id: str
    number: int
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NumbersDone:
    """The shop worked through numbers that it took with `Later`; what became of each is to be asked.  `handle`: as there."""

    handle: str


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


ShopFact = (
    OrderTold | OrderCalledOff | OrderNamed | RefundTold | ReturnTold | NumberTold | NumbersDone | ListingsChanged | UnitsPending
)
