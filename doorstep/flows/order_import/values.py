"""The words of an import of orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from doorstep.base.refusals import Refusal
from doorstep.base.words import gettext_noop
from doorstep.orders.values import OrderDraft

Cells = tuple[str, ...]


class RowClass(StrEnum):
    """What a row of the file is; each row is exactly one of these."""

    SALE = "sale"
    CANCELLATION = "cancellation"
    NOT_A_PRODUCT = "not_a_product"
    REFUSED = "refused"


def _refusal(code: str, says: str, next_step: str = "") -> Refusal:
    return Refusal(code, says, next_step, status=422)


BAD_PROFILE = _refusal(
    "bad_profile",
    gettext_noop("The profile says %(problem)s."),
    gettext_noop("Correct it; docs/importing.md lists all."),
)
UNREADABLE = _refusal(
    "unreadable_file",
    gettext_noop("%(file)s cannot be read: %(problem)s."),
    gettext_noop("Save it as CSV, TSV or XLSX, and name its encoding with --encoding."),
)
COLUMN_MISSING = _refusal(
    "column_missing",
    gettext_noop("The file has no column named %(columns)s."),
    gettext_noop("Name the file's own columns in a profile and give it with --map."),
)
NO_LOCATION = _refusal(
    "no_location", gettext_noop("There is no location %(code)s."), gettext_noop("Add it under Settings, Locations.")
)

WRONG_WIDTH = _refusal("wrong_width", gettext_noop("The row has %(cells)s cells where the header has %(columns)s."))
NO_ORDER_ID = _refusal("order_id_missing", gettext_noop("The order number is empty."))
NO_SKU = _refusal("sku_missing", gettext_noop("The SKU is empty."))
TOO_LONG = _refusal("too_long", gettext_noop("%(field)s has more than %(most)s characters."))
CONTROL_CHARACTER = _refusal("control_character", gettext_noop("A cell holds a NUL character."))
BAD_QUANTITY = _refusal("bad_quantity", gettext_noop("“%(value)s” is not a whole number of units."))
ZERO_QUANTITY = _refusal("zero_quantity", gettext_noop("The quantity is zero."))
ABSURD_QUANTITY = _refusal("absurd_quantity", gettext_noop("%(value)s units are more than an order line may have."))
BAD_PRICE = _refusal("bad_price", gettext_noop("“%(value)s” is not an amount in %(currency)s."))
NEGATIVE_PRICE = _refusal("negative_price", gettext_noop("A product cannot be sold at %(value)s."))
BAD_CURRENCY = _refusal("unknown_currency", gettext_noop("“%(value)s” is not an ISO 4217 currency."))
BAD_DISCOUNT = _refusal("bad_discount", gettext_noop("The discount %(value)s is more than the line."))
BAD_DATE = _refusal("bad_date", gettext_noop("“%(value)s” is not a date in the form %(form)s."))
DATE_MISSING = _refusal("date_missing", gettext_noop("No row of the order that can be read says when it was placed."))
BAD_COUNTRY = _refusal("unknown_country", gettext_noop("“%(value)s” is not a country."))
COUNTRY_MISSING = _refusal("country_missing", gettext_noop("No row of the order names a country."))
BAD_CHOICE = _refusal("unknown_choice", gettext_noop("%(field)s cannot be “%(value)s”."))
DISAGREES = _refusal("rows_disagree", gettext_noop("The order has another %(field)s on row %(row)s."))
NEGATIVE_SALE = _refusal(
    "negative_quantity",
    gettext_noop("A negative quantity without a cancellation marker is a stock correction, not a sale."),
)
STOCK_CORRECTION = _refusal(
    "stock_correction", gettext_noop("An order without customer and price is a stock correction, not a sale.")
)
LIVE_CANCELLATION = _refusal(
    "live_cancellation",
    gettext_noop("A cancellation can only be read in with --historical; cancel the order on its page."),
)
SPOILT = _refusal("order_not_whole", gettext_noop("The order is not taken in, since row %(row)s is refused."))
TOO_MANY_LINES = _refusal("too_many_lines", gettext_noop("An order has at most %(most)s lines."))
CAME_BEFORE = _refusal("came_before", gettext_noop("Order %(order)s came before with other contents."))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is refused."""

    refusal: Refusal
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """How a file says what we want to know.  `columns`: our name -> the file's name of the column."""

    name: str
    columns: Mapping[str, str]
    encoding: str = "utf-8-sig"
    delimiter: str = ""
    sheet: str = ""
    date_form: str = "iso"
    time_zone: str = "UTC"
    decimal: str = "."
    thousands: str = ""
    currency: str = ""
    language: str = ""
    cancellation_prefix: str = ""
    cancellation_words: frozenset[str] = frozenset({"yes", "true", "1", "cancelled", "canceled"})
    fold_sku_case: bool = False
    not_products: tuple[str, ...] = ()
    shipping: tuple[str, ...] = ()
    stock_corrections: bool = False
    countries: Mapping[str, str] = field(default_factory=dict)
    customer_name: str = "Customer {customer_id}"
    guest_name: str = "Guest {order_id}"


@dataclass(frozen=True, slots=True)
class RawGroup:
    """All rows of one order number, as they stand in the file.  `numbers`: the row of each, the header being row 1."""

    order_id: str
    numbers: tuple[int, ...]
    cells: tuple[Cells, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A row whose cells could be read.  Units: minor units of `currency`; `value_minor` is price × units − discount."""

    sku: str
    title: str
    qty: int
    price_minor: int
    discount_minor: int
    currency: str
    cancels: bool

    @property
    def value_minor(self) -> int:
        """Signed as money flows: a cancellation takes away, however the file signs it."""
        if self.cancels:
            return -abs(self.qty) * self.price_minor + self.discount_minor
        return self.qty * self.price_minor - self.discount_minor


@dataclass(slots=True)
class ReadGroup:
    """An order number with the class of each of its rows.

    Shapes: `classes`, `lines` and `reasons` run along the rows of `raw`; a refused row has a reason.
    """

    raw: RawGroup
    classes: list[RowClass]
    lines: list[Line | None]
    reasons: list[Reason | None]
    customer_id: str = ""
    at: datetime | None = None
    draft: OrderDraft | None = None

    def refuse(self, index: int, reason: Reason) -> None:
        """Moves one row among the refused."""
        self.classes[index] = RowClass.REFUSED
        self.reasons[index] = reason

    def of(self, wanted: RowClass) -> list[int]:
        """The indexes of the rows of one class."""
        return [i for i, found in enumerate(self.classes) if found is wanted]


@dataclass(slots=True)
class ClassSum:
    """Units: units in (+) and out (−); minor units per currency, exact where a price was not whole."""

    rows: int = 0
    units_in: int = 0
    units_out: int = 0
    minor: dict[str, Decimal] = field(default_factory=dict)

    def add(self, *, rows: int, units: int, currency: str, minor: Decimal | int) -> None:
        """Counts rows in, all of one sign."""
        self.rows += rows
        if units > 0:
            self.units_in += units
        else:
            self.units_out += units
        if currency:
            self.minor[currency] = self.minor.get(currency, Decimal(0)) + minor
