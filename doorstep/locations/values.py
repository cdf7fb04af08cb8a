"""The words of locations."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop


class LocationKind(StrEnum):
    WAREHOUSE = "warehouse"
    SHOP = "shop"


CODE_TAKEN = Refusal(
    "location_code_taken",
    gettext_noop("Another location has the code %(code)s."),
    gettext_noop("Choose another short code, such as SEL2."),
)
LAST_LOCATION = Refusal(
    "last_location",
    gettext_noop("%(name)s is the last location in use."),
    gettext_noop("Add or reopen another location first."),
)


class Precision(StrEnum):
    POSTCODE = "postcode"
    AREA = "area"
    COUNTRY = "country"


class Coordinates(NamedTuple):
    """Units: degrees, WGS 84."""

    latitude: float
    longitude: float
    precision: Precision = Precision.POSTCODE


@dataclass(frozen=True, slots=True)
class LocationDraft:
    """What a person writes about a location.  `serves` empty: it may ship everywhere.  Coordinates left out are looked
    up by postal code."""

    code: str
    name: str
    country: str
    kind: str = LocationKind.WAREHOUSE
    company: str = ""
    lines: tuple[str, ...] = ()
    postal_code: str = ""
    city: str = ""
    region: str = ""
    phone: str = ""
    latitude: float | None = None
    longitude: float | None = None
    timezone: str = "UTC"
    serves: tuple[str, ...] = ()
    fulfils_online: bool = True


@dataclass(frozen=True, slots=True)
class LocationRow:
    id: int
    code: str
    name: str
    kind: str
    company: str
    lines: list[str]
    postal_code: str
    city: str
    region: str
    country: str
    phone: str
    latitude: float | None
    longitude: float | None
    timezone: str
    serves: list[str]
    fulfils_online: bool
    active: bool

    @property
    def coordinates(self) -> Coordinates | None:
        """Where it lies, if that is known."""
        if self.latitude is None or self.longitude is None:
            return None
        return Coordinates(self.latitude, self.longitude)

    def as_address(self) -> dict[str, object]:
        """Its address in the shape in which orders keep theirs."""
        return {
            "name": self.name, "company": self.company, "lines": list(self.lines), "postal_code": self.postal_code,
            "city": self.city, "region": self.region, "country": self.country, "phone": self.phone,
        }  # fmt: skip

    def can_serve(self, country: str) -> bool:
        """Whether online orders for that country may be fulfilled here."""
        return self.active and self.fulfils_online and (not self.serves or country in self.serves)


@dataclass(frozen=True, slots=True)
class BinDraft:
    """A shelf position; without a position it goes behind the others, in the order of its code."""

    code: str
    position: int | None = None


class Side(StrEnum):
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class BinPlace:
    """Where a bin lies: which aisle, counted from 1, and how far from its front end; neither where nobody has said so."""

    code: str
    aisle: int | None = None
    along_mm: int | None = None
    side: str = ""
    level: int | None = None
    zone: str = ""


@dataclass(frozen=True, slots=True)
class BinRow:
    id: int
    location_id: int
    code: str
    position: int
    aisle: int | None = None
    along_mm: int | None = None
    side: str = ""
    level: int | None = None
    zone: str = ""

    @property
    def is_placed(self) -> bool:
        return self.aisle is not None and self.along_mm is not None

    @property
    def place(self) -> BinPlace:
        return BinPlace(self.code, self.aisle, self.along_mm, self.side, self.level, self.zone)


@dataclass(frozen=True, slots=True)
class FloorPlan:
    """One block of parallel aisles between a cross aisle at the front and one at the back.

    `depot_aisle`, `depot_at_back`: the end of the aisle where walks start and end.  `pattern`: how codes name places;
    `odd_even`: odd bays are on the left of an aisle, even ones on the right.
    """

    aisles: int
    length_mm: int
    apart_mm: int
    depot_aisle: int = 1
    depot_at_back: bool = False
    pattern: str = "{aisle}-{bay}-{level}"
    bay_mm: int = 1_000
    odd_even: bool = False


@dataclass(frozen=True, slots=True)
class Misread:
    """A line of a pasted table that was left out, and why."""

    line: int
    problem: str
    text: str


@dataclass(frozen=True, slots=True)
class ReadTable:
    places: tuple[BinPlace, ...]
    wrong: tuple[Misread, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load of postal codes wrote."""

    places: int
    countries: list[str] = field(default_factory=list)
