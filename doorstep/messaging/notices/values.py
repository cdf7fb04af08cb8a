"""The words of notices, and THE table of their kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop


class Way(StrEnum):
    """By what a notice reaches its customer."""

    MAIL = "mail"
    SMS = "sms"


class NoticeKind(StrEnum):
    CONFIRMED = "confirmed"
    DELAYED_BEFORE_SHIPPING = "delayed_before_shipping"
    SHIPPED = "shipped"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    ATTEMPT_FAILED = "attempt_failed"
    DELIVERED = "delivered"
    DELAY = "delay"
    EXCEPTION = "exception"
    PART_CANCELLED = "part_cancelled"
    SENT_AGAIN = "sent_again"


class NoticeState(StrEnum):
    """`waiting`: for the end of quiet hours; `queued`: a message of its own is on its way; `dropped`: nobody is told, and why."""

    WAITING = "waiting"
    QUEUED = "queued"
    DROPPED = "dropped"


class Why(StrEnum):
    """Why a notice was not told."""

    OLD = "old"
    OPTED_OUT = "opted_out"
    UNTRUE = "untrue"
    OVERTAKEN = "overtaken"
    NO_WORDS = "no_words"
    SAID_BEFORE = "said_before"


@dataclass(frozen=True, slots=True)
class Notice:
    """One kind of notice.

    `number`: its own in timelines, never given twice.  `trigger`: the event that makes it due.  `of_parcel`: told of each parcel,
    else of the order.  `mail`, `sms`: whether it goes so where the brand said nothing.  `is_urgent`: it does not wait for the
    end of quiet hours.  `is_necessary`: opting out does not stop its mail, for the customer is owed it.  `news_for`: what
    a carrier scanned longer ago is no news any more; None for what we do ourselves.  `rank`: of two that waited about one
    parcel, the higher is told.  `stands_alone`: no later notice says it as well, so none takes its place.  `again_after`: another
    of the kind about the same parcel is told so long after the one before, unless it names a new day; None: always.

    What is owed: that an order was placed, with its terms (Directive 2011/83/EU, 8(7); Korea, E-Commerce Act, 14(1)); that it
    leaves later than promised, with the choice to call it off, and that items are called off and paid back (16 CFR 435.2; the
    E-Commerce Act, 15(2)).  Who ends notices ends what is merely kind to know: how a parcel fares on its way, and that it came.
    """

    kind: NoticeKind
    number: int
    trigger: str
    of_parcel: bool
    mail: bool
    sms: bool
    is_urgent: bool
    is_necessary: bool
    news_for: timedelta | None
    rank: int
    stands_alone: bool = False
    again_after: timedelta | None = None


HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# Events are named by their words: this room lies below those that record them, and a test holds the two together.
NOTICES: Mapping[NoticeKind, Notice] = {
    one.kind: one
    for one in (
        #      kind                                number trigger          parcel mail   sms    urgent neces. news for  rank
        Notice(NoticeKind.CONFIRMED, 1, "order.placed", False, True, False, True, True, None, 0),
        Notice(NoticeKind.DELAYED_BEFORE_SHIPPING, 2, "order.parked", False, True, False, False, True, None, 1),
        Notice(NoticeKind.SHIPPED, 3, "parcel.handed_over", True, True, False, False, False, None, 2),
        Notice(NoticeKind.OUT_FOR_DELIVERY, 4, "parcel.tracking", True, False, True, False, False, 12 * HOUR, 4),
        Notice(NoticeKind.AVAILABLE_FOR_PICKUP, 5, "parcel.tracking", True, True, True, False, False, 3 * DAY, 6),
        Notice(NoticeKind.ATTEMPT_FAILED, 6, "parcel.tracking", True, True, True, False, False, 1 * DAY, 5),
        Notice(NoticeKind.DELIVERED, 7, "parcel.delivered", True, True, False, False, False, 2 * DAY, 8),
        Notice(NoticeKind.DELAY, 8, "parcel.delayed", True, True, False, False, False, 3 * DAY, 3, again_after=3 * DAY),
        Notice(NoticeKind.EXCEPTION, 9, "parcel.tracking", True, True, False, False, False, 3 * DAY, 7),
        Notice(NoticeKind.PART_CANCELLED, 10, "order.part_cancelled", False, True, False, False, True, None, 2, stands_alone=True),
        Notice(NoticeKind.SENT_AGAIN, 11, "order.placed", False, True, False, True, True, None, 0),
    )
}
# What a notice about silence is known by: a scan makes it untrue.
SILENT = "silent"
# What a carrier says of a parcel, and the notice that is about it.
OF_STATUS: Mapping[str, NoticeKind] = {
    "out_for_delivery": NoticeKind.OUT_FOR_DELIVERY,
    "available_for_pickup": NoticeKind.AVAILABLE_FOR_PICKUP,
    "attempt_failed": NoticeKind.ATTEMPT_FAILED,
    "delayed": NoticeKind.DELAY,
    "exception": NoticeKind.EXCEPTION,
    "return_to_sender": NoticeKind.EXCEPTION,
}


@dataclass(frozen=True, slots=True)
class Hours:
    """When a way keeps quiet, by the customer's clocks.  Equal times: never."""

    way: Way
    starts: time
    ends: time

    @property
    def is_on(self) -> bool:
        """Whether there are any."""
        return self.starts != self.ends


NEVER = time(0, 0)
# A mail wakes nobody; a text message does.
QUIET: Mapping[Way, Hours] = {
    Way.MAIL: Hours(Way.MAIL, NEVER, NEVER),
    Way.SMS: Hours(Way.SMS, time(21, 0), time(8, 0)),
}


@dataclass(frozen=True, slots=True)
class Words:
    """What a notice says in one language.  `is_own`: the brand wrote it; else it is the default."""

    kind: NoticeKind
    language: str
    subject: str
    body: str
    sms: str
    version: int = 0
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Want:
    """A notice that somebody is to get by one way.  `key`: the same again is told once.  `not_before`: None for at once.

    `why`: where it is not told at all.
    """

    key: str
    kind: NoticeKind
    way: Way
    order_id: int
    parcel_id: int
    address: str
    facts: Mapping[str, str]
    happened_at: datetime
    not_before: datetime | None = None
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class NoticeRow:
    id: int
    key: str
    kind: str
    way: str
    order_id: int
    parcel_id: int
    address: str
    facts: dict[str, str]
    state: str
    why: str
    happened_at: datetime
    wanted_at: datetime
    not_before: datetime | None
    message_id: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of a kind by a way in a span of time.  `failed`: vendors refused; `unknown`: nobody knows."""

    kind: str
    way: str
    sent: int
    waiting: int
    failed: int
    unknown: int
    dropped: int


@dataclass(frozen=True, slots=True)
class OptOutRow:
    id: int
    way: str
    address: str
    source: str
    at: datetime
    by: str = ""
    ended_at: datetime | None = None
    ended_source: str = ""
    ended_by: str = ""

    @property
    def is_sealed(self) -> bool:
        """Whether its customer was erased: the address can be recognised, but nobody can read it."""
        return self.address.startswith(SEALED)


# What stands before the fingerprint of an address whose owner was erased.
SEALED = "#"
UNKNOWN_KIND = Refusal(
    "unknown_notice",
    gettext_noop("No notice is called %(kind)s."),
    gettext_noop("Choose one of: %(choices)s."),
    status=404,
)
UNKNOWN_VARIABLE = Refusal(
    "unknown_variable",
    gettext_noop("%(variable)s is no variable of this notice."),
    gettext_noop("Take one of the list beside the text, or write it without braces."),
    status=422,
)
BAD_WORDS = Refusal("bad_notice", gettext_noop("%(problem)s"), gettext_noop("Change the text and save it again."), status=422)
