"""What people book by hand: why, with which paper, from which condition to which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop
from doorstep.stock.values.ledger import PoolRow


class Reason(StrEnum):
    """Why somebody books by hand."""

    FOUND = "found"
    LOST = "lost"
    DAMAGED = "damaged_in_store"
    STOLEN = "stolen"
    EXPIRED = "expired"
    SAMPLE = "sample"
    DATA_CORRECTION = "data_correction"
    SUPPLIER_ERROR = "supplier_error"
    TO_CHECK = "to_check"
    PASSED = "passed_check"
    FAILED = "failed_check"
    REPAIRED = "repaired"
    OTHER = "other"


ADJUSTING = (
    Reason.FOUND, Reason.LOST, Reason.DAMAGED, Reason.STOLEN, Reason.EXPIRED, Reason.SAMPLE, Reason.DATA_CORRECTION,
    Reason.SUPPLIER_ERROR, Reason.OTHER,
)  # fmt: skip
TURNING = (
    Reason.DAMAGED, Reason.TO_CHECK, Reason.PASSED, Reason.FAILED, Reason.REPAIRED, Reason.EXPIRED, Reason.SAMPLE,
    Reason.SUPPLIER_ERROR, Reason.DATA_CORRECTION, Reason.OTHER,
)  # fmt: skip


class Condition(StrEnum):
    """In what state units lie in a place; of these only the sellable are promised."""

    SELLABLE = "sellable"
    DAMAGED = "damaged"
    QUALITY_CONTROL = "quality_control"


MOST_PAPER_BYTES = 10_000_000
PAPER_TOO_LARGE = Refusal(
    "file_too_large",
    gettext_noop("The file “%(name)s” is larger than %(most)s MB."),
    gettext_noop("Keep a smaller copy, or write its number only."),
    status=422,
)


@dataclass(frozen=True, slots=True)
class Why:
    """A reason of the list, with a few words where somebody wrote them; `other` needs them."""

    reason: Reason
    words: str = ""

    @property
    def text(self) -> str:
        """As the ledger keeps it: the reason, and the words behind it."""
        return f"{self.reason.value}: {self.words}"[:60] if self.words else self.reason.value


@dataclass(frozen=True, slots=True)
class Paper:
    """The document behind a booking: its number, and the file where there is one.  `content` None: no file."""

    number: str = ""
    name: str = ""
    content_type: str = ""
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class DocumentRow:
    id: int
    number: str
    name: str
    size: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """Units of one place that change their condition, or leave the books where `to` is None.  Units: whole units."""

    variant_id: int
    location_id: int
    qty: int
    was: Condition
    to: Condition | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a booking does to the pool of one variant."""

    was: PoolRow
    will_be: PoolRow
