"""The words of counting: sheets, their lines, and when a difference needs a second look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from doorstep.base.refusals import Refusal
from doorstep.base.states import Machine
from doorstep.base.words import gettext_noop


class SheetState(StrEnum):
    OPEN = "open"
    REVIEW = "review"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class LineState(StrEnum):
    TO_COUNT = "to_count"
    WAITING = "waiting"
    BOOKED = "booked"
    SKIPPED = "skipped"


class Choice(StrEnum):
    """How the lines of a sheet are chosen."""

    ALL = "all"
    VARIANTS = "variants"
    BINS = "bins"
    NOT_COUNTED = "not_counted"
    RECOUNT = "recount"


COUNT_SHEETS = Machine(
    "count sheet",
    {
        SheetState.OPEN: frozenset({SheetState.REVIEW, SheetState.CLOSED, SheetState.CANCELLED}),
        SheetState.REVIEW: frozenset({SheetState.OPEN, SheetState.CLOSED, SheetState.CANCELLED}),
    },
)
COUNT_LINES = Machine(
    "count line",
    {
        LineState.TO_COUNT: frozenset({LineState.WAITING, LineState.BOOKED, LineState.SKIPPED}),
        LineState.WAITING: frozenset({LineState.WAITING, LineState.BOOKED, LineState.TO_COUNT, LineState.SKIPPED}),
        # A second count of the same shelf is news like the first.
        LineState.BOOKED: frozenset({LineState.WAITING, LineState.BOOKED, LineState.TO_COUNT}),
        LineState.SKIPPED: frozenset({LineState.WAITING, LineState.BOOKED, LineState.TO_COUNT}),
    },
)

NOTHING_TO_COUNT = Refusal(
    "nothing_to_count",
    gettext_noop("Nothing there is to be counted by this choice."),
    gettext_noop("Choose another place, or other variants."),
)
SHEET_OVER = Refusal(
    "count_sheet_over",
    gettext_noop("This count sheet is over."),
    gettext_noop("Start a new one."),
)
PROMISED_FROM_THERE = Refusal(
    "promised_from_there",
    gettext_noop("%(counted)s of %(sku)s were counted, but %(promised)s are promised to orders from there."),
    gettext_noop("Send these orders' units from elsewhere, or ask for a recount; both are beside the line."),
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which levels of a place a sheet shall count.  `days`: not counted for so long."""

    how: Choice
    variant_ids: tuple[int, ...] = ()
    bins: tuple[str, ...] = ()
    days: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A number that somebody counted on a shelf at a moment.

    `client_id`: what is sent twice counts once.  `away`: units picked before, which are of the books and not of the shelf.
    """

    client_id: str
    variant_id: int
    counted: int
    at: datetime
    away: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer to an entry, which tells nothing of the books.  `problem`: "" or sheet_over."""

    client_id: str
    problem: str
    line_id: int | None
    counted: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a difference may be that is booked without asking; None does not limit.

    Units: whole units; whole percent of what the books said; minor units of the currency.
    """

    units: int | None
    percent: int | None
    value_minor: int | None
    currency: str

    def allow(self, difference: int, *, expected: int, price_minor: int, currency: str) -> bool:
        """Whether a difference is small enough.  A single unit is never too large a share."""
        size = abs(difference)
        within = self.units is None or size <= self.units
        share = self.percent is None or size <= 1 or size * 100 <= self.percent * expected
        same = currency == self.currency
        return within and share and (self.value_minor is None or not same or size * price_minor <= self.value_minor)


USUAL_UNITS, USUAL_PERCENT = 5, 10


@dataclass(frozen=True, slots=True)
class SheetRow:
    id: int
    location_id: int
    state: str
    chosen: str
    note: str
    made_by: str
    made_at: datetime
    ended_at: datetime | None
    lines: int
    to_count: int
    waiting: int

    @property
    def counted(self) -> int:
        """Lines that nobody needs to count any more."""
        return self.lines - self.to_count


@dataclass(frozen=True, slots=True)
class BlindLine:
    """A line as who counts may see it: nothing of the books, nor of what became of the count."""

    id: int
    variant_id: int
    bin: str
    counted: int | None
    counted_by: str
    counted_at: datetime | None
    is_to_count: bool


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line with its variance.  `difference`: what booking its count would change in the books now."""

    id: int
    sheet_id: int
    variant_id: int
    bin: str
    state: str
    counted: int | None
    away: int
    expected: int | None
    counted_at: datetime | None
    counted_by: str
    booked: int
    decided_by: str
    recounts: int
    difference: int


@dataclass(frozen=True, slots=True)
class EntryRow:
    line_id: int
    counted: int
    expected: int
    by: str
    at: datetime
