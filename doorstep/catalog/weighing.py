"""What a parcel needs to know of variants, read for many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.base import db
from doorstep.base.ctx import Ctx


@dataclass(frozen=True, slots=True)
class Weighed:
    """Units: grams; 0 where nobody wrote a weight down."""

    id: int
    sku: str
    weight_g: int
    category: str


def weighed(ctx: Ctx, *, variant_ids: Sequence[int]) -> dict[int, Weighed]:
    """Weights, SKUs and categories of variants, by variant."""
    rows = db.rows(
        Weighed,
        """SELECT v.id, v.sku, v.weight_g, p.category FROM catalog_variant v
             JOIN catalog_product p ON p.organisation_id = v.organisation_id AND p.id = v.product_id
            WHERE v.organisation_id = %s AND v.id = ANY(%s)""",
        [ctx.organisation_id, list(variant_ids)],
    )
    return {row.id: row for row in rows}
