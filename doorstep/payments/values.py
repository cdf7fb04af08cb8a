"""The words of payments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from doorstep.base.money import Money
from doorstep.base.refusals import Refusal
from doorstep.base.registry import VendorAccount
from doorstep.base.states import Machine
from doorstep.base.words import gettext_noop


class PayState(StrEnum):
    """Where the money of one order stands."""

    PENDING = "pending"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    VOIDED = "voided"
    DECLINED = "declined"


class CallKind(StrEnum):
    AUTHORISE = "authorise"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class CallState(StrEnum):
    """What became of a wish to a payment provider; a refund that is `wanted` is called granted."""

    WANTED = "wanted"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class EntryKind(StrEnum):
    AUTHORISATION = "authorisation"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    CREDIT = "credit"


CALLS = Machine(
    "payment call",
    {
        CallState.WANTED: frozenset({CallState.PENDING, CallState.SUCCEEDED, CallState.FAILED, CallState.UNKNOWN}),
        CallState.UNKNOWN: frozenset({CallState.PENDING, CallState.SUCCEEDED, CallState.FAILED}),
        CallState.PENDING: frozenset({CallState.SUCCEEDED, CallState.FAILED, CallState.UNKNOWN}),
    },
)
OPEN_CALLS = (CallState.WANTED, CallState.PENDING, CallState.UNKNOWN)
GRANTED = "granted"
ENTRY_OF = {
    CallKind.AUTHORISE: EntryKind.AUTHORISATION,
    CallKind.CAPTURE: EntryKind.CAPTURE,
    CallKind.VOID: EntryKind.VOID,
    CallKind.REFUND: EntryKind.REFUND,
}
OTHER_AMOUNT = "other_amount"
CALLED_OFF = gettext_noop("The order was cancelled before the provider was asked.")
TAKEN_BACK = gettext_noop("The refund was taken back before it was paid out.")

ABOVE_REFUNDABLE = Refusal(
    "above_refundable",
    gettext_noop("%(asked)s cannot be refunded: %(left)s of this order are left to refund."),
    gettext_noop("Refund less, or look at what was refunded before."),
    status=422,
)
NOTHING_TO_REFUND = Refusal(
    "nothing_to_refund",
    gettext_noop("A refund of %(asked)s is none."),
    gettext_noop("Give an amount above zero."),
    status=422,
)
KEY_REUSED = Refusal(
    "refund_key_reused",
    gettext_noop("This request was made before with another amount or for another order."),
    gettext_noop("Reload the page and look at what was refunded before you decide again."),
)
TOO_MANY_UNITS = Refusal(
    "too_many_units",
    gettext_noop("%(asked)s units of %(line)s cannot be refunded: %(left)s are left."),
    gettext_noop("Take fewer units, or look at what was refunded before."),
    status=422,
)
NO_SUCH_LINE = Refusal(
    "no_such_line",
    gettext_noop("Line %(line)s is not of this order."),
    gettext_noop("Reload the order and choose its lines again."),
    status=422,
)
SHIPPING_REFUNDED = Refusal(
    "shipping_refunded",
    gettext_noop("The shipping of this order was refunded before."),
    gettext_noop("Leave the shipping out; it is refunded once at most."),
    status=422,
)
NOT_BY_HAND = Refusal(
    "refund_not_by_hand",
    gettext_noop("This refund is the provider's to pay, or is over already."),
    gettext_noop("Look at its state in the order."),
)
NOTHING_TO_ASK = Refusal(
    "nothing_to_ask",
    gettext_noop("There is nothing left to ask the provider for."),
    gettext_noop("Look at the money of the order: it may have moved meanwhile."),
)
NOTHING_TO_RECORD = Refusal(
    "nothing_to_record",
    gettext_noop("Nothing of this order is open that somebody could have paid."),
    gettext_noop("Look at the money of the order: it may have moved meanwhile."),
)
ANOTHER_AMOUNT = Refusal(
    "another_amount",
    gettext_noop("%(asked)s cannot be recorded: %(left)s of this order are open."),
    gettext_noop("Record what is open, or edit the order first."),
    status=422,
)
ACCOUNT_CODE_TAKEN = Refusal(
    "payment_account_code_taken",
    gettext_noop("Another payment account has the code %(code)s."),
    gettext_noop("Choose another code."),
)


@dataclass(frozen=True, slots=True)
class AccountRow(VendorAccount):
    """An account with a payment provider."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The money of a new order.  `state`: pending, authorised or captured when it came; `refunded`: given back already."""

    order_id: int
    currency: str
    total_minor: int
    state: PayState
    method: str = ""
    refunded: bool = False


@dataclass(frozen=True, slots=True)
class PaymentRow:
    id: int
    order_id: int
    account_id: int | None
    method: str
    currency: str
    total_minor: int
    authorised_minor: int
    captured_minor: int
    refunded_minor: int
    refund_open_minor: int
    credited_minor: int
    capture_before: datetime | None
    vendor_id: str
    state: str

    @property
    def is_elsewhere(self) -> bool:
        """Whether somebody else took the money: a channel, or a person in cash."""
        return self.account_id is None

    @property
    def refundable_minor(self) -> int:
        """What may still be given back, as money or as store credit."""
        return self.captured_minor - self.refunded_minor - self.refund_open_minor - self.credited_minor

    @property
    def open_minor(self) -> int:
        """What nobody holds or has taken yet, so that a person may have collected it; 0 where an account takes the rest."""
        unpaid = self.state in (PayState.PENDING, PayState.DECLINED)
        more = self.account_id is None and self.state == PayState.CAPTURED
        return max(self.total_minor - self.captured_minor, 0) if unpaid or more else 0


@dataclass(frozen=True, slots=True)
class CallRow:
    id: int
    payment_id: int
    order_id: int
    account_id: int | None
    kind: str
    key: str
    vendor_key: str
    amount_minor: int
    currency: str
    subject: str
    reason: str
    shares: dict[str, Any]
    state: str
    vendor_id: str
    problem: str
    asked_times: int
    by: str
    wanted_at: datetime
    settled_at: datetime | None

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def word(self) -> str:
        """The state as people say it: a refund that nobody was asked for yet is granted."""
        return GRANTED if self.kind == CallKind.REFUND and self.state == CallState.WANTED else self.state

    @property
    def is_by_hand(self) -> bool:
        """Whether a person has to pay it out and say so."""
        return self.kind == CallKind.REFUND and self.account_id is None and self.state == CallState.WANTED


RefundRow = CallRow


@dataclass(frozen=True, slots=True)
class EntryRow:
    id: int
    order_id: int
    kind: str
    amount_minor: int
    currency: str
    call_id: int | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CreditRow:
    """Store credit granted.  Append-only: what is spent later is an entry of its own."""

    id: int
    customer_id: int
    order_id: int | None
    amount_minor: int
    currency: str
    key: str
    subject: str
    shares: dict[str, Any]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Given:
    """What was granted for one subject, newest first."""

    refunds: tuple[CallRow, ...]
    credits: tuple[CreditRow, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The money of one order.  `payment` None: no money is known of; else its figures are those of the entries."""

    payment: PaymentRow | None
    currency: str
    entries: tuple[EntryRow, ...]
    calls: tuple[CallRow, ...]
    account_name: str = ""


@dataclass(frozen=True, slots=True)
class RefundWish:
    """What a refund is asked for: units of lines and perhaps the shipping at what was paid for them, or an amount.

    Units: minor units.  Shapes: `back` is units by line id; where an amount is given the others count for nothing.
    """

    back: Mapping[int, int] = field(default_factory=dict)
    with_shipping: bool = False
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class BillLine:
    """A line of an order as it was paid.  Units: minor units for all its units, discounts taken off, added tax put on."""

    line_id: int
    title: str
    sku: str
    qty: int
    value_minor: int
    part_of: str = ""


@dataclass(frozen=True, slots=True)
class Bill:
    """What the customer paid, part by part; its parts sum to the total exactly.

    `before`: units of each line that were refunded or credited already.  `shipping_minor` with its added tax.
    """

    order_id: int
    currency: str
    lines: tuple[BillLine, ...]
    shipping_minor: int
    total_minor: int
    refundable_minor: int
    before: Mapping[int, int] = field(default_factory=dict)
    shipping_before: bool = False


@dataclass(frozen=True, slots=True)
class LineWorth:
    """What some units of a line are worth."""

    line_id: int
    qty: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Quote:
    """A refund as it would be.  `cut_minor`: by how much its parts exceed what is left to refund; taken off the total."""

    currency: str
    lines: tuple[LineWorth, ...]
    shipping_minor: int
    cut_minor: int
    with_shipping: bool

    @property
    def total_minor(self) -> int:
        return sum(share.amount_minor for share in self.lines) + self.shipping_minor - self.cut_minor

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def shares(self) -> dict[str, Any]:
        """The parts as they are kept with a refund or a credit: by them later quotes know what is left."""
        lines = [{"line_id": s.line_id, "qty": s.qty, "amount_minor": s.amount_minor} for s in self.lines]
        return {"lines": lines, "shipping_minor": self.shipping_minor, "with_shipping": self.with_shipping}
