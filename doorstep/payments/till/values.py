"""The words of the till."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from doorstep.base.money import Money
from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop


class TillKind(StrEnum):
    """How money crosses the counter."""

    CASH = "cash"
    CARD = "card"  # asked for by us, of a payment provider
    OWN_TERMINAL = "own_terminal"  # taken on a terminal that we know nothing of, and noted by hand
    VOUCHER = "voucher"  # store credit that whoever has its code may spend


SHIFT_OPEN = Refusal(
    "till_shift_open",
    gettext_noop("The till of %(shop)s was opened already."),
    gettext_noop("Go on with that shift, or close it first."),
)
NO_SHIFT = Refusal(
    "till_closed",
    gettext_noop("The till of %(shop)s is closed."),
    gettext_noop("Open it with the cash that is in the drawer; sales that wait are booked then."),
)
NOT_A_SHOP = Refusal(
    "not_a_shop",
    gettext_noop("%(shop)s is not a shop that is open."),
    gettext_noop("Choose a shop; what is one is said under Locations."),
    status=422,
)
WHY_DIFFERENT = Refusal(
    "till_difference_unexplained",
    gettext_noop("%(counted)s were counted, and %(expected)s should be there."),
    gettext_noop("Count again, or say why it differs."),
    status=422,
)
NOT_PAID = Refusal(
    "till_not_paid",
    gettext_noop("The sale comes to %(total)s, and %(given)s were paid."),
    gettext_noop("Take the rest, or give the change back."),
    status=422,
)
BAD_CHARGE = Refusal(
    "till_bad_charge",
    gettext_noop("This card payment is not one that was taken for this sale."),
    gettext_noop("Take the card once more."),
    status=422,
)
CHARGE_KEY_REUSED = Refusal(
    "till_charge_reused",
    gettext_noop("This card payment was asked for before with another amount."),
    gettext_noop("Take the card once more."),
)
NO_VOUCHER = Refusal(
    "till_no_voucher",
    gettext_noop("No store credit is known by the code %(code)s."),
    gettext_noop("Scan it again, or type what stands on the receipt."),
    status=422,
)
VOUCHER_SPENT = Refusal(
    "till_voucher_spent",
    gettext_noop("The store credit %(code)s has %(balance)s left."),
    gettext_noop("Take no more than that from it, and the rest in another way."),
)
VOUCHER_EXPIRED = Refusal(
    "till_voucher_expired",
    gettext_noop("The store credit %(code)s could be spent until %(day)s."),
    gettext_noop("Take the money in another way."),
)
NO_CARDS = Refusal(
    "till_no_cards",
    gettext_noop("No payment provider takes cards here."),
    gettext_noop("Connect one under Settings, Payments; cash works without."),
    status=422,
)


@dataclass(frozen=True, slots=True)
class Given:
    """Money of one kind.  `amount_minor`: what of the sale it pays, negative where it is given back; `handed_minor`: the cash
    that the customer gave, 0 for just that; `charge_id`: the card payment that was taken before; `code`: of the store
    credit that pays."""

    kind: TillKind
    amount_minor: int
    handed_minor: int = 0
    charge_id: int | None = None
    call_id: int | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class VoucherRow:
    """Store credit.  `balance_minor`: what is left of it."""

    id: int
    code: str
    currency: str
    amount_minor: int
    balance_minor: int
    order_id: int
    call_id: int
    expires_on: date | None
    by: str
    at: datetime

    @property
    def called(self) -> str:
        """Its code as it is printed."""
        return "-".join(self.code[n : n + 4] for n in range(0, len(self.code), 4))


@dataclass(frozen=True, slots=True)
class ShiftRow:
    id: int
    location_id: int
    currency: str
    opening_minor: int
    opened_by: str
    opened_at: datetime
    expected_minor: int | None
    counted_minor: int | None
    reason: str
    closed_by: str
    closed_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def difference_minor(self) -> int:
        """What was counted too much, or too little; 0 while nobody has counted."""
        return (self.counted_minor or 0) - (self.expected_minor or 0)


@dataclass(frozen=True, slots=True)
class TakingRow:
    id: int
    shift_id: int
    order_id: int
    kind: str
    amount_minor: int
    handed_minor: int
    charge_id: int | None
    call_id: int | None
    by: str
    at: datetime

    @property
    def change_minor(self) -> int:
        return self.handed_minor - self.amount_minor if self.amount_minor > 0 else 0


@dataclass(frozen=True, slots=True)
class ChargeRow:
    id: int
    shift_id: int
    account_id: int
    kind: str
    key: str
    vendor_key: str
    method: str
    amount_minor: int
    currency: str
    state: str
    vendor_id: str
    payment: str
    problem: str
    by: str
    wanted_at: datetime
    settled_at: datetime | None

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


@dataclass(frozen=True, slots=True)
class Drawer:
    """What a shift took so far.  `sales`: how many orders were paid; `idle`: card payments that no sale was made of."""

    shift: ShiftRow
    sales: int
    taken_minor: dict[str, int]
    given_back_minor: dict[str, int]
    idle: Sequence[ChargeRow] = ()

    @property
    def expected_minor(self) -> int:
        """The cash that is in the drawer by the books."""
        cash = TillKind.CASH.value
        return self.shift.opening_minor + self.taken_minor.get(cash, 0) - self.given_back_minor.get(cash, 0)
