"""What customs are told of a parcel: each unit at what was paid for it, to the minor unit.  Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from doorstep.base.money import Money, split
from doorstep.shipping.port import CustomsItem

# Within it goods cross borders without a declaration. Source: Regulation (EU) No 952/2013 (Union Customs Code), Article 4, and the
# customs union with Monaco. Its territories with postal codes of their own, such as the Canary Islands, are not told apart here.
EU_CUSTOMS = frozenset(
    (
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MC",
        "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DeclaredLine:
    """Units of an order line in a parcel.  `ordered` units were sold for `paid_minor` in all, less what the order was reduced by;
    `before` of them lie in earlier parcels.  Grams are of one unit."""

    description: str
    sku: str
    qty: int
    before: int
    ordered: int
    paid_minor: int
    weight_g: int
    hs_code: str
    origin: str


def is_border(origin: str, destination: str) -> bool:
    """Whether a parcel from one country to another is declared; one of which a country is unknown is not."""
    return bool(origin and destination) and origin != destination and not {origin, destination} <= EU_CUSTOMS


def paid_for(totals: Sequence[int], discount_minor: int, currency: str) -> list[int]:
    """What was paid for each line of an order once the discount of the whole order is shared among them by their totals.

    Shapes: one per line, in order; they sum exactly to all totals less the discount, and none falls below zero.
    """
    if not totals:
        return []
    off = min(max(discount_minor, 0), sum(max(total, 0) for total in totals))
    shares = split(Money(off, currency), [max(total, 0) for total in totals])
    return [total - share.minor for total, share in zip(totals, shares, strict=True)]


def customs_of(lines: Sequence[DeclaredLine], *, currency: str) -> tuple[CustomsItem, ...]:
    """The items of a declaration: units of a line that have the same value together, so that none is rounded.

    A line of three units for 10.00 is declared as 2 × 3.33 and 1 × 3.34; over all parcels of an order the values of a line sum
    exactly to what was paid for it.
    """
    return tuple(
        CustomsItem(
            description=line.description, qty=len(list(same)), value=Money(value, currency), weight_g=line.weight_g,
            hs_code=line.hs_code, origin=line.origin, sku=line.sku,
        )
        for line in lines
        for value, same in groupby(sorted(_values(line)))
    )  # fmt: skip


def _values(line: DeclaredLine) -> list[int]:
    """What each of these units is worth: the n-th of a line is what the first n cost less what the first n − 1 do."""
    paid, of = max(line.paid_minor, 0), line.ordered
    return [paid * (n + 1) // of - paid * n // of for n in range(line.before, line.before + line.qty)]


@dataclass(frozen=True, slots=True)
class Undeclared:
    """What is not known of an article and must be told."""

    sku: str
    hs_code: bool
    origin: bool
    weight: bool


def undeclared(lines: Sequence[DeclaredLine]) -> list[Undeclared]:
    """The articles of which customs would ask something that nobody wrote down, each once, by SKU."""
    lacking = {
        line.sku: Undeclared(line.sku, not line.hs_code, not line.origin, not line.weight_g)
        for line in lines
        if not (line.hs_code and line.origin and line.weight_g)
    }
    return [lacking[sku] for sku in sorted(lacking)]
