"""The words of rate sheets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from doorstep.base.money import Money
from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop

ANYWHERE = "*"
BAD_SHEET = Refusal(
    "rate_sheet_bad",
    gettext_noop("The rate sheet cannot be read: line %(line)s, %(problem)s"),
    gettext_noop("Mend that line, look at the preview, then save."),
    status=422,
)
SHEET_EMPTY = gettext_noop("No service has a price: a sheet needs a line such as “service, Standard, Zone 1”.")
NOT_TEXT = gettext_noop("this file is no text: save the table as CSV, or copy its cells and paste them")
TOO_HEAVY = gettext_noop("It is too heavy for this service.")
NO_ZONE = gettext_noop("No zone of the sheet has this address.")
NOT_SOLD_TO = gettext_noop("The service has no price for this zone.")
NO_SHEET = gettext_noop("It has no rate sheet yet.")
FROM_ELSEWHERE = gettext_noop("The sheet is for another country of departure.")


@dataclass(frozen=True, slots=True)
class Place:
    """One end of a way.  `postal_code`: letters and digits only."""

    country: str
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class Zone:
    """Addresses that cost alike: of a country, by the beginnings of their postal codes, or by distance.

    Units: kilometres, `km_to` inclusive.  Shapes: `codes` are (first, last) beginnings of equal length; empty: all codes.
    """

    name: str
    country: str
    codes: tuple[tuple[str, str], ...] = ()
    km_from: int | None = None
    km_to: int | None = None


@dataclass(frozen=True, slots=True)
class Remote:
    """Addresses that cost more, and take longer."""

    country: str
    codes: tuple[tuple[str, str], ...]
    surcharge_minor: int
    more_days: int = 0


@dataclass(frozen=True, slots=True)
class Break:
    """The prices of parcels up to a weight.  Units: grams; minor units by zone name."""

    up_to_g: int
    prices: dict[str, int]


@dataclass(frozen=True, slots=True)
class Service:
    """`more`: what each further weight begun costs above the last break, if heavier parcels are taken at all."""

    name: str
    breaks: tuple[Break, ...]
    days: dict[str, int]
    more: Break | None = None
    heaviest_g: int = 0  # 0: whatever the breaks say


@dataclass(frozen=True, slots=True)
class Sheet:
    """Units: `divisor` cubic millimetres to a gram, 0 where volume does not count; `fuel_bp` hundredths of a percent."""

    currency: str
    origin: str
    zones: tuple[Zone, ...]
    services: tuple[Service, ...]
    divisor: int = 0
    fuel_bp: int = 0
    remote: tuple[Remote, ...] = ()


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a service costs for one parcel, fuel and what remote places cost more included."""

    service: str
    price: Money
    transit_days: int | None


@dataclass(frozen=True, slots=True)
class NotQuoted:
    service: str
    reason: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a line of a sheet; line 0 is the sheet as a whole."""

    line: int
    problem: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """The problem in English."""
        return self.problem % self.facts if self.facts else self.problem


@dataclass(frozen=True, slots=True)
class Preview:
    """A sheet as it would be saved, and what stands in the way."""

    sheet: Sheet | None
    problems: tuple[Problem, ...]
