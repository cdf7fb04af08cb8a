"""What is in bundles, how many of them there are, and what each component bears of the price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.base.ctx import Ctx
from doorstep.base.money import Money, split
from doorstep.catalog import components, queries
from doorstep.catalog.values import ComponentRow, VariantRow
from doorstep.orders.opening import Part, weights_of
from doorstep.stock import bundles as stock


@dataclass(frozen=True, slots=True)
class Inside:
    """A component.  `enough_for`: bundles that its units allow; `share`: what it bears of the price of one bundle."""

    row: ComponentRow
    available: int
    enough_for: int
    share: Money


@dataclass(frozen=True, slots=True)
class Contents:
    """A bundle.  `available`: how many of it may still be promised."""

    row: VariantRow
    available: int
    inside: tuple[Inside, ...]

    @property
    def worth(self) -> Money | None:
        """What its components cost bought singly; None where that is in several currencies or in another."""
        prices = [one.row.price * one.row.qty for one in self.inside]
        if {price.currency for price in prices} != {self.row.currency}:
            return None
        return Money(sum(price.minor for price in prices), self.row.currency)


def contents_of(ctx: Ctx, *, variant_ids: Sequence[int]) -> dict[int, Contents]:
    """What is in these bundles, by bundle; other variants are left out."""
    found = components.components_of(ctx, variant_ids=variant_ids)
    if not found:
        return {}
    rows = queries.variants_by_id(ctx, ids=list(found))
    asked = {*found, *(c.variant_id for inside in found.values() for c in inside)}
    available = stock.available_of(ctx, variant_ids=sorted(asked))
    return {
        id: Contents(
            rows[id],
            available[id],
            tuple(
                Inside(c, available[c.variant_id], max(available[c.variant_id], 0) // c.qty if c.on_sale else 0, share)
                for c, share in zip(inside, _shares(rows[id], inside), strict=True)
            ),
        )
        for id, inside in found.items()
    }


def _shares(row: VariantRow, inside: Sequence[ComponentRow]) -> list[Money]:
    return split(row.price, weights_of([Part(c.variant_id, c.sku, c.title, c.qty, c.price) for c in inside]))
