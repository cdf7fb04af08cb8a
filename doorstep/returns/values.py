"""The words of returns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from doorstep.base.states import Machine


class Decision(StrEnum):
    """Whether we take it back."""

    REQUESTED = "requested"
    NEEDS_REVIEW = "needs_review"
    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Goods(StrEnum):
    """Where the goods are."""

    NONE = "none"
    LABEL_ISSUED = "label_issued"
    IN_TRANSIT = "in_transit"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"
    INSPECTED = "inspected"
    PROCESSED = "processed"
    CLOSED = "closed"


class MoneyState(StrEnum):
    """What became of the money."""

    NONE = "none"
    GRANTED = "granted"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    REFUND_ORIGINAL = "refund_original"
    STORE_CREDIT = "store_credit"
    EXCHANGE_VARIANT = "exchange_variant"
    EXCHANGE_OTHER = "exchange_other"
    REPAIR = "repair"
    REPLACE = "replace"
    KEEP = "keep"
    DONATE = "donate"


EXCHANGE_TAG = "exchange"
# What can be carried out today; the other words are known.
OFFERED = (Outcome.REFUND_ORIGINAL, Outcome.STORE_CREDIT, Outcome.EXCHANGE_VARIANT)


class Stated(StrEnum):
    """In which condition the customer says it is."""

    UNOPENED = "unopened"
    OPENED = "opened"
    USED = "used"
    DAMAGED = "damaged"


class Action(StrEnum):
    APPROVE = "approve"
    ASK = "ask"
    REVIEW = "review"
    REJECT = "reject"


class Timing(StrEnum):
    """When the money is due, the earliest first."""

    ON_APPROVAL = "on_approval"
    ON_FIRST_SCAN = "on_first_scan"
    ON_RECEIPT = "on_receipt"
    ON_INSPECTION = "on_inspection"


class Grade(StrEnum):
    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Disposition(StrEnum):
    RESTOCKED = "restocked"
    REFURBISH = "refurbish"
    LIQUIDATE = "liquidate"
    DONATE = "donate"
    RECYCLE = "recycle"
    SUPPLIER_RETURN = "supplier_return"
    MISSING = "missing"
    PROCESSING_REQUIRED = "processing_required"


class Came(StrEnum):
    """What a person found in a parcel: what was announced, something else in its place, or something more."""

    EXPECTED = "expected"
    WRONG_ITEM = "wrong_item"
    EXTRA_ITEM = "extra_item"


DECISIONS = Machine(
    "return",
    {
        Decision.REQUESTED: frozenset(
            {Decision.NEEDS_REVIEW, Decision.APPROVED, Decision.DECLINED, Decision.CANCELLED, Decision.EXPIRED}
        ),
        Decision.NEEDS_REVIEW: frozenset({Decision.APPROVED, Decision.DECLINED, Decision.CANCELLED, Decision.EXPIRED}),
        Decision.APPROVED: frozenset({Decision.CANCELLED, Decision.EXPIRED}),
    },
)
_ARRIVING = frozenset({Goods.PARTIALLY_RECEIVED, Goods.RECEIVED})
GOODS = Machine(
    "return",
    {
        Goods.NONE: frozenset({Goods.LABEL_ISSUED, Goods.IN_TRANSIT, Goods.PROCESSED}) | _ARRIVING,
        Goods.LABEL_ISSUED: frozenset({Goods.IN_TRANSIT}) | _ARRIVING,
        Goods.IN_TRANSIT: _ARRIVING,
        Goods.PARTIALLY_RECEIVED: frozenset({Goods.RECEIVED, Goods.INSPECTED}),
        Goods.RECEIVED: frozenset({Goods.INSPECTED}),
        Goods.INSPECTED: frozenset({Goods.PROCESSED}),
        Goods.PROCESSED: frozenset({Goods.CLOSED}),
    },
)
ON_THE_WAY = (Goods.NONE, Goods.LABEL_ISSUED, Goods.IN_TRANSIT)
# A return that is over without goods having moved holds no units of its order.
DEAD = (Decision.DECLINED, Decision.CANCELLED, Decision.EXPIRED)


@dataclass(frozen=True, slots=True)
class Wish:
    """Units of one order line that a customer wants to send back, why, and what for."""

    order_line_id: int
    qty: int
    reason: str
    outcome: str = Outcome.REFUND_ORIGINAL
    answer: str = ""
    note: str = ""
    stated: str = ""
    exchange_variant_id: int | None = None


@dataclass(frozen=True, slots=True)
class LinePreview:
    """What the policy says of one wish.  `trace`: as kept with the decision.

    `question`: what is still to be answered; `question_ko`: the same for who reads Korean, where it is written.
    """

    order_line_id: int
    variant_id: int
    title: str
    qty: int
    action: str
    rule: str
    question: str
    outcomes: tuple[str, ...]
    timing: str
    free_label: bool
    keep_item: bool
    trace: dict[str, Any]
    question_ko: str = ""

    def asks(self, language: str) -> str:
        """What is still to be answered, in the reader's language where it is written in it."""
        return self.question_ko if self.question_ko and language == "ko" else self.question


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of a request, by the very path that a request takes."""

    order_id: int
    decision: str
    policy_version: int
    is_withdrawal: bool
    timing: str
    free_label: bool
    keep_item: bool
    currency: str
    lines: tuple[LinePreview, ...]


@dataclass(frozen=True, slots=True)
class Returnable:
    """What of an order line can still be sent back.

    `refunded`: units that were refunded or credited without a return.
    """

    order_line_id: int
    variant_id: int
    sku: str
    title: str
    delivered: int
    asked: int
    delivered_at: datetime | None
    refunded: int = 0
    takes_refunded: bool = False
    part_of: str = ""

    @property
    def left(self) -> int:
        """Units that nobody asked to send back yet, nor refunded, unless the goods are wanted all the same."""
        return max(0, self.delivered - self.asked - (0 if self.takes_refunded else self.refunded))

    @property
    def left_to_pay(self) -> int:
        """Units that nobody asked to send back yet, and for which money or another variant can be given."""
        return max(0, self.delivered - self.asked - self.refunded)


@dataclass(frozen=True, slots=True)
class ReturnRow:
    id: int
    number: int
    order_id: int
    order_name: str
    customer_id: int
    customer_name: str
    decision: str
    goods: str
    money: str
    is_withdrawal: bool
    historical: bool
    policy_version: int
    timing: str
    free_label: bool
    keep_item: bool
    currency: str
    location_id: int | None
    parcel_id: int | None
    units: int
    note: str
    requested_at: datetime
    decided_at: datetime | None
    expires_at: datetime | None
    received_at: datetime | None
    closed_at: datetime | None
    updated_at: datetime

    @property
    def name(self) -> str:
        """How people call it, such as R1001."""
        return f"R{self.number}"

    @property
    def came_at_once(self) -> bool:
        """Whether the goods were there when the return was asked for."""
        return self.received_at == self.requested_at


@dataclass(frozen=True, slots=True)
class LineRow:
    id: int
    return_id: int
    order_line_id: int
    variant_id: int
    sku: str
    title: str
    qty: int
    reason: str
    answer: str
    note: str
    stated: str
    outcome: str
    exchange_variant_id: int | None
    decision: str
    received: int
    inspected: int
    missing: int
    settled: int
    exchange_order_id: int | None
    part_of: str = ""


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """Who decided about a line, by which rule, and on what grounds."""

    id: int
    line_id: int
    action: str
    rule: str
    policy_version: int | None
    trace: dict[str, Any]
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PictureRow:
    id: int
    line_id: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    id: int
    return_id: int
    line_id: int | None
    variant_id: int | None
    came: str
    qty: int
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InspectionRow:
    id: int
    line_id: int
    qty: int
    grade: str
    disposition: str
    location_id: int
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a person found: units of a line that was announced, or of some variant that was not."""

    qty: int
    line_id: int | None = None
    variant_id: int | None = None
    came: str = Came.EXPECTED
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReturnDetail:
    """Everything about one return that a page shows."""

    row: ReturnRow
    lines: list[LineRow]
    decisions: list[DecisionRow]
    receipts: list[ReceiptRow]
    inspections: list[InspectionRow]
    pictures: list[PictureRow]


@dataclass(frozen=True, slots=True)
class ReturnFilter:
    """Typed filters of the returns list; empty fields do not filter.

    `view`: review, coming, here or done.  `text`: a return's number, the one on its label, words of order and customer.
    """

    decision: str = ""
    goods: str = ""
    money: str = ""
    order_id: int = 0
    customer_id: int = 0
    location_id: int = 0
    historical: bool | None = None
    view: str = ""
    reason: str = ""
    text: str = ""
