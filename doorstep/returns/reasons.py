"""Why something comes back, and what is asked after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from doorstep.base.words import gettext_noop


class Reason(StrEnum):
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    NOT_AS_DESCRIBED = "not_as_described"
    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    WRONG_ITEM = "wrong_item"
    ARRIVED_LATE = "arrived_late"
    CHANGED_MIND = "changed_mind"
    OTHER = "other"
    WITHDRAWAL = "withdrawal"
    UNKNOWN = "unknown"


# What nobody chooses: a withdrawal needs no reason, and of returns from before Doorstep none may be known.
NOT_CHOSEN = (Reason.WITHDRAWAL, Reason.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Why:
    """How a reason is called, and what is asked after it."""

    says: str
    question: str


REASONS: Mapping[Reason, Why] = {
    Reason.TOO_SMALL: Why(gettext_noop("Too small"), gettext_noop("Which size would have been right?")),
    Reason.TOO_LARGE: Why(gettext_noop("Too large"), gettext_noop("Which size would have been right?")),
    Reason.NOT_AS_DESCRIBED: Why(
        gettext_noop("Not as described"), gettext_noop("What did you expect from the description?")
    ),
    Reason.DAMAGED: Why(gettext_noop("Arrived damaged"), gettext_noop("Was the parcel damaged as well?")),
    Reason.DEFECTIVE: Why(gettext_noop("Does not work"), gettext_noop("What does not work?")),
    Reason.WRONG_ITEM: Why(gettext_noop("Wrong item"), gettext_noop("What did you receive instead?")),
    Reason.ARRIVED_LATE: Why(gettext_noop("Arrived too late"), gettext_noop("When did you need it?")),
    Reason.CHANGED_MIND: Why(gettext_noop("Changed my mind"), gettext_noop("What made you decide otherwise?")),
    Reason.OTHER: Why(gettext_noop("Something else"), gettext_noop("What is the reason?")),
    Reason.WITHDRAWAL: Why(gettext_noop("Withdrawal"), ""),
    Reason.UNKNOWN: Why(gettext_noop("Unknown"), ""),
}
