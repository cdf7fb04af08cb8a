"""Units that are sent once more at no charge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop
from doorstep.orders.values.rows import LineRow

RESHIP_TAG = "reship"


class ReshipReason(StrEnum):
    """Why units are sent again at no charge."""

    LOST = "lost"
    DAMAGED = "damaged"
    MISSING = "missing"
    WRONG = "wrong"
    OTHER = "other"


NOT_SHIPPED = Refusal(
    "not_shipped",
    gettext_noop("Nothing of order %(order)s has left the warehouse, so nothing can be sent again."),
    gettext_noop("Change the order instead, or wait until it has left."),
)
ALL_SENT_AGAIN = Refusal(
    "all_sent_again",
    gettext_noop("Everything of order %(order)s was sent again already."),
    gettext_noop("If that is lost too, send again from the order that it was sent with."),
)
NOTHING_TO_SEND = Refusal(
    "nothing_to_send",
    gettext_noop("Nothing is chosen to be sent again."),
    gettext_noop("Give at least one unit."),
    status=422,
)
TOO_MANY_TO_SEND = Refusal(
    "too_many_to_send",
    gettext_noop("Of %(sku)s at most %(left)s units can be sent again."),
    gettext_noop("Only what has left the warehouse is sent again, and once."),
)


@dataclass(frozen=True, slots=True)
class Reshippable:
    """A line with what of it has left, and what of that was sent again.  Units: whole units."""

    line: LineRow
    shipped: int
    again: int

    @property
    def left(self) -> int:
        return max(self.shipped - self.again, 0)
