"""How the line of a bundle becomes lines of its components, to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.base.money import Money, split
from doorstep.orders.values import BundleOf, LineDraft, LineRow

LONGEST_TITLE = 255


@dataclass(frozen=True, slots=True)
class Part:
    """A component of a bundle.  `each`: units of it in one bundle; `price`: its own for one unit."""

    variant_id: int
    sku: str
    title: str
    each: int
    price: Money


@dataclass(frozen=True, slots=True)
class Share:
    """What one opened line costs: its price per unit, its discount, and what it comes to."""

    unit_price_minor: int
    discount_minor: int
    total_minor: int


def weights_of(parts: Sequence[Part]) -> list[int]:
    """What the components of a bundle weigh in its price: their own price times their units in it.

    All weigh the same where nothing has a price, and where prices are in several currencies and so do not compare.
    """
    if len({part.price.currency for part in parts}) > 1:
        return [1] * len(parts)
    return [part.price.minor * part.each for part in parts]


def share(*, price_minor: int, discount_minor: int, weights: Sequence[int], units: Sequence[int]) -> list[Share]:
    """Shares price and discount of a bundle's line among its components; the totals sum exactly to what the line came to.

    Price and discount are shared by largest remainder, the discount by what each component costs, so that none falls below
    zero.  A price per unit is whole: what does not divide by the units of a component is a discount of its line.
    Shapes: one per component, in order.  Units: minor units for all units of the line.
    """
    gross = [one.minor for one in split(Money(price_minor, "XXX"), weights)]
    taken = [one.minor for one in split(Money(discount_minor, "XXX"), [max(one, 0) for one in gross])]
    shares = []
    for cost, less, qty in zip(gross, taken, units, strict=True):
        unit = -(-cost // qty)
        shares.append(Share(unit, unit * qty - cost + less, cost - less))
    return shares


def open_line(line: LineDraft, *, variant_id: int, number: int, parts: Sequence[Part]) -> list[LineDraft]:
    """The lines of the components of a bundle, in place of the line that sold it.  Shapes: `number` is its own in the order."""
    of = BundleOf(number, variant_id, line.sku, line.title[:LONGEST_TITLE], line.qty, line.unit_price.minor)
    units = [part.each * line.qty for part in parts]
    shares = share(
        price_minor=line.unit_price.minor * line.qty,
        discount_minor=line.discount_minor,
        weights=weights_of(parts),
        units=units,
    )
    return [
        LineDraft(
            part.sku,
            qty,
            Money(one.unit_price_minor, line.unit_price.currency),
            part.title[:LONGEST_TITLE],
            one.discount_minor,
            of,
            part.each,
        )
        for part, qty, one in zip(parts, units, shares, strict=True)
    ]


def resized(lines: Sequence[LineRow], bundles: int) -> list[Share]:
    """What the lines of one bundle come to when so many bundles are sold instead; its discount stays the same part.

    Shapes: one per line, in order.
    """
    first = lines[0]
    now, sold = first.bundle_price_minor * bundles, first.bundle_qty
    off = first.bundle_price_minor * sold - sum(line.total_minor for line in lines)
    return share(
        price_minor=now,
        discount_minor=off if bundles == sold else min((2 * off * bundles + sold) // (2 * sold), max(now, 0)),
        weights=[max(line.unit_price_minor, 0) * line.bundle_each for line in lines],
        units=[line.bundle_each * bundles for line in lines],
    )


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line as it was sold: one of the order, or a bundle with the lines that it was opened into."""

    sku: str
    title: str
    variant_id: int
    qty: int
    unit_price_minor: int
    total_minor: int
    line_id: int
    bundle_id: int | None = None
    inside: tuple[LineRow, ...] = ()

    @property
    def discount_minor(self) -> int:
        return self.unit_price_minor * self.qty - self.total_minor


def bundles_of(lines: Sequence[LineRow]) -> dict[int, list[LineRow]]:
    """The lines of each bundle of an order, by the bundle."""
    found: dict[int, list[LineRow]] = {}
    for line in lines:
        if line.bundle_id is not None:
            found.setdefault(line.bundle_id, []).append(line)
    return found


def as_sold(lines: Sequence[LineRow]) -> list[SoldLine]:
    """The lines of an order as they were sold: opened ones stand within their bundle, where its first one stood."""
    bundles = bundles_of(lines)
    sold = []
    for line in lines:
        if line.bundle_id is None:
            sold.append(
                SoldLine(
                    line.sku, line.title, line.variant_id, line.qty, line.unit_price_minor, line.total_minor, line.id
                )
            )
        elif inside := bundles.pop(line.bundle_id, None):
            total = sum(one.total_minor for one in inside)
            sold.append(
                SoldLine(
                    line.bundle_sku, line.bundle_title, line.bundle_variant_id, line.bundle_qty,
                    line.bundle_price_minor, total, line.id, line.bundle_id, tuple(inside),
                )
            )  # fmt: skip
    return sold
