"""Two passes over a file: the first counts and sums, the second hands out each order number's rows together.

Counting first means that an order's rows need not stand together, only those of orders still open are in memory, and a
file that breaks off in the middle is noticed before anything is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from doorstep.base.refusals import Refused
from doorstep.flows.order_import import cells as read
from doorstep.flows.order_import.profiles import REQUIRED
from doorstep.flows.order_import.reading import Rows
from doorstep.flows.order_import.values import COLUMN_MISSING, Cells, Profile, RawGroup

OF_ROWS = ("order_id", "sku", "title", "quantity", "unit_price", "line_discount", "cancelled")


@dataclass(frozen=True, slots=True)
class Layout:
    """A profile laid over the header of one file.  `at`: our name of a column -> its position.

    `source`: what the ids of customers in the file belong to.  `of_order`: the positions of what is said of orders, not rows.
    `ours`: our SKU for what the file calls otherwise.
    """

    profile: Profile
    header: Cells
    at: dict[str, int]
    source: str
    of_order: tuple[int, ...] = ()
    ours: Mapping[str, str] = field(default_factory=dict)

    def text(self, cells: Cells, column: str) -> str:
        """A cell without the spaces around it; empty where the file has no such column or the row is too short."""
        i = self.at.get(column)
        return cells[i].strip() if i is not None and i < len(cells) else ""

    def sku(self, cells: Cells) -> str:
        """The SKU as it is compared: ours, where the file's is mapped to it."""
        sku = read.sku(self.text(cells, "sku"), fold=self.profile.fold_sku_case)
        return self.ours.get(sku, sku)

    def minor(self, text: str, currency: str) -> int | None:
        """An amount as the file writes it, in minor units; None where it is none in that currency."""
        return read.minor(text, currency, self.profile.decimal, self.profile.thousands)

    def cancels(self, cells: Cells) -> bool:
        """Whether the row carries the file's cancellation marker."""
        prefix = self.profile.cancellation_prefix
        if prefix and self.text(cells, "order_id").startswith(prefix):
            return True
        return self.text(cells, "cancelled").casefold() in self.profile.cancellation_words


def layout(profile: Profile, header: Cells, *, source: str, ours: Mapping[str, str] | None = None) -> Layout:
    """Finds the profile's columns in a header, whatever their case.  Refuses: a required one that is not there."""
    names: dict[str, int] = {}
    for i, name in enumerate(header):
        names.setdefault(name.strip().casefold(), i)
    at = {ours: names[name.casefold()] for ours, name in profile.columns.items() if name.casefold() in names}
    missing = [profile.columns[c] for c in REQUIRED if c not in at]
    if not profile.currency and "currency" not in at:
        missing.append(profile.columns["currency"])
    if missing:
        raise Refused(COLUMN_MISSING, {"columns": ", ".join(missing)})
    of_order = tuple(sorted(i for ours, i in at.items() if ours not in OF_ROWS))
    return Layout(profile, tuple(header), at, source, of_order, ours or {})


@dataclass(slots=True)
class OrderSum:
    """What the file says under one order number.  Units: minor units, exact; rows without readable amount count 0."""

    rows: int = 0
    minor: Decimal = Decimal(0)


@dataclass(slots=True)
class Survey:
    """The file's own sums, taken without classifying anything, and what its products are called."""

    rows: int = 0
    units_in: int = 0
    units_out: int = 0
    minor: dict[str, Decimal] = field(default_factory=dict)
    orders: dict[str, OrderSum] = field(default_factory=dict)
    titles: dict[str, Counter[str]] = field(default_factory=dict)
    prices: dict[str, tuple[Decimal, str]] = field(default_factory=dict)

    def title_of(self, sku: str) -> str:
        """What the file calls a product most often."""
        found = self.titles.get(sku)
        return found.most_common(1)[0][0] if found else sku


def survey(rows: Rows, at: Layout) -> Survey:
    """The first pass.  Needs: `rows` after the header."""
    found = Survey()
    for _, cells in rows:
        found.rows += 1
        order = found.orders.setdefault(at.text(cells, "order_id"), OrderSum())
        order.rows += 1
        _count(found, order, cells, at)
    return found


def _count(found: Survey, order: OrderSum, cells: Cells, at: Layout) -> None:
    sku, title = at.sku(cells), at.text(cells, "title")
    if title:
        found.titles.setdefault(sku, Counter())[title] += 1
    worth = worth_of(cells, at)
    if worth is None:
        return
    if worth.units > 0:
        found.units_in += worth.units
    else:
        found.units_out += worth.units
    order.minor += worth.minor
    found.minor[worth.currency] = found.minor.get(worth.currency, Decimal(0)) + worth.minor
    if worth.price > 0:
        found.prices[sku] = (worth.price, worth.currency)


@dataclass(frozen=True, slots=True)
class Worth:
    """What a row says by itself, whatever becomes of it.  Units: signed units; minor units, exact; price in major."""

    units: int
    price: Decimal
    minor: Decimal
    currency: str


def worth_of(cells: Cells, at: Layout) -> Worth | None:
    """Units and value of a row as the file has them; None where they cannot be read.  A cancellation takes away."""
    p = at.profile
    if len(cells) < len(at.header):
        return None
    units = read.number(at.text(cells, "quantity"), p.decimal, p.thousands)
    price = read.number(at.text(cells, "unit_price"), p.decimal, p.thousands)
    discount = read.number(at.text(cells, "line_discount") or "0", p.decimal, p.thousands)
    currency = at.text(cells, "currency").upper() or p.currency
    digits = read.digits(currency)
    if units is None or price is None or discount is None or digits is None or units != units.to_integral_value():
        return None
    if at.cancels(cells):
        units, discount = -abs(units), -discount
    return Worth(int(units), price, (units * price - discount).scaleb(digits), currency)


def groups(rows: Rows, at: Layout, counted: Survey) -> Iterator[RawGroup]:
    """The second pass: all rows of each order number, once the last of them has come.

    Shapes: a row without an order number is a group of its own.
    """
    waiting: dict[str, tuple[list[int], list[Cells]]] = {}
    for number, cells in rows:
        order_id = at.text(cells, "order_id")
        if not order_id:
            yield RawGroup("", (number,), (cells,))
            continue
        numbers, lines = waiting.setdefault(order_id, ([], []))
        numbers.append(number)
        lines.append(cells)
        if len(numbers) == counted.orders[order_id].rows:
            del waiting[order_id]
            yield RawGroup(order_id, tuple(numbers), tuple(lines))


def width_of(cells: Cells, header: Sequence[str]) -> Cells:
    """The cells without empty ones beyond the header."""
    end = len(cells)
    while end > len(header) and not cells[end - 1].strip():
        end -= 1
    return cells[:end]
