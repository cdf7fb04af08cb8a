"""The words of channels."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop


class NoticeState(StrEnum):
    QUEUED = "queued"
    TOLD = "told"
    FAILED = "failed"


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


NAME_TAKEN = Refusal(
    "connection_name_taken",
    gettext_noop("Another connection is called %(name)s."),
    gettext_noop("Choose another name."),
)
CONNECTED_ALREADY = Refusal(
    "shop_connected_already",
    gettext_noop("This shop is connected already, as %(name)s. Two connections would each tell it their own numbers."),
    gettext_noop("Open that one, and change its access or resume it there."),
)
OTHER_SHOP = Refusal(
    "connection_of_another_shop",
    gettext_noop("This is another shop than the one of %(name)s. Its orders and listings would be mixed with those."),
    gettext_noop("Connect another shop as a new connection; if it is the same under a new address, tick that under Change access."),
)
UNKNOWN_PROVIDER = Refusal(
    "unknown_provider",
    gettext_noop("There is no adapter called %(provider)s."),
    gettext_noop("Choose one of: %(choices)s."),
    status=422,
)
PAUSED = Refusal(
    "connection_paused",
    gettext_noop("The connection %(name)s is paused."),
    gettext_noop("Resume it under Channels, then replay the arrival."),
)

TOO_MANY = Refusal(
    "too_many_webhooks",
    gettext_noop("There are %(most)s webhooks already."),
    gettext_noop("Remove one that nobody reads any more."),
)


TILL = "till"  # the provider of the connections of our own shops


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    id: int
    provider: str
    slug: str
    name: str
    settings: dict[str, str] = field(repr=False)  # secrets are among them
    currency: str
    active: bool
    introduced_at: datetime | None
    last_seen_at: datetime | None
    heard_at: datetime | None
    rearmed_at: datetime | None
    reconciled_until: datetime | None
    refunds_until: datetime | None
    resume: dict[str, str]
    denied: dict[str, str]  # what the shop does not let us do, as `kinds.denied_of` calls it, and since when
    problem: str
    problem_at: datetime | None
    created_at: datetime

    @property
    def health(self) -> str:
        """active, paused or failing: what a person has to know at a glance."""
        if not self.active:
            return "paused"
        return "failing" if self.problem else "active"


@dataclass(frozen=True, slots=True)
class NoticeWish:
    """Something that a channel shall be told, once per key."""

    connection_id: int
    key: str
    verb: str
    subject: str
    timeline: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NoticeRow:
    id: int
    connection_id: int
    key: str
    verb: str
    subject: str
    timeline: str
    arguments: dict[str, Any]
    state: str
    problem: str
    wanted_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListingRow:
    """Something that a shop offers.  `number`: what the shop said that it shows, at `read_at`."""

    id: int
    connection_id: int
    external_id: str
    item: str
    sku: str
    barcode: str
    title: str
    variant_id: int | None
    linked_by: str
    ignored: bool
    number: int | None
    read_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListingFilter:
    """Which listings; 0 and "" for any."""

    connection_id: int = 0
    variant_id: int = 0
    state: str = ""
    query: str = ""


LISTING_STATES = ("unmapped", "behind", "failing", "ignored", "ended")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a listing is to show.  `apart`: what it may sell is set aside for it."""

    listing_id: int
    connection_id: int
    number: int
    apart: bool = False


@dataclass(frozen=True, slots=True)
class ExposureRow:
    """What a listing is to show and shows; see `models.Exposure`."""

    listing_id: int
    connection_id: int
    apart: bool
    wanted: int
    wanted_at: datetime
    unseen: int
    unseen_at: datetime | None
    shows: int | None
    accepted: int | None
    accepted_at: datetime | None
    sent: int | None
    sent_at: datetime | None
    handle: str
    attempts: int
    retry_at: datetime | None
    problem: str

    @property
    def number(self) -> int:
        """What the shop is told: what it sold and we have no order of yet is gone, unless that was set aside for it."""
        return self.wanted if self.apart else max(self.wanted - self.unseen, 0)


@dataclass(frozen=True, slots=True)
class NumberToldRow:
    """One number that a listing was told, and what became of it: taken, stale, gone or declined.

    `again`: the same wish was taken before, and the listing showed something else since.
    """

    id: int
    listing_id: int
    number: int
    showed: int | None
    outcome: str
    problem: str
    wanted_at: datetime
    sent_at: datetime
    answered_at: datetime
    again: bool = False

    @property
    def took_s(self) -> float:
        """From our wish to the shop's word; of what was told again from when it was sent, for the wish may be days old."""
        return (self.answered_at - (self.sent_at if self.again else self.wanted_at)).total_seconds()


class DriftCause(StrEnum):
    """Why a listing showed another number than we thought."""

    LATE_ORDER = "late_order"
    EDITED = "edited"
    NOT_TAKEN = "not_taken"


@dataclass(frozen=True, slots=True)
class DriftRow:
    """A listing that showed another number than we thought.  `is_known`: the cause is no guess any more."""

    id: int
    listing_id: int
    connection_id: int
    sku: str
    title: str
    variant_id: int | None
    thought: int
    showed: int
    cause: str
    found_at: datetime
    healed_at: datetime | None
    is_known: bool


@dataclass(frozen=True, slots=True)
class DriftFilter:
    """Which drifts; 0 and "" for any."""

    connection_id: int = 0
    listing_id: int = 0
    cause: str = ""
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Claimed:
    """A number on its way to a listing.  `guessed`: that it is only likely what the listing shows."""

    listing_id: int
    external_id: str
    apart: bool
    number: int
    shows: int | None
    wanted_at: datetime
    sent_at: datetime
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """An address that is told of events; its secrets are not here."""

    id: int
    url: str
    types: list[str]
    active: bool
    problem: str
    quiet_until: datetime | None
    old_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def health(self) -> str:
        """active, paused or failing: what a person has to know at a glance."""
        if not self.active:
            return "paused"
        return "failing" if self.problem else "active"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a delivery goes, and the secrets that sign it, newest first."""

    url: str
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeliveryWish:
    """An event to be told."""

    event_id: int
    type: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    id: int
    subscription_id: int
    event_id: int
    type: str
    subject: str
    body: str
    state: str
    attempts: int
    next_at: datetime | None
    last_status: int | None
    last_answer: str
    tried_at: datetime | None
    settled_at: datetime | None
    created_at: datetime

    @property
    def message_id(self) -> str:
        """The webhook-id: the same at every attempt, and for every subscription."""
        return message_id(self.event_id)


def message_id(event_id: int) -> str:
    """How an event is called outside."""
    return f"evt_{event_id}"
