"""Reads where units lie and who may need them, for the decisions of `rules.Lying`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from doorstep.base.ctx import Ctx
from doorstep.stock import bulk, queries
from doorstep.stock.rules import Lying


def of(ctx: Ctx, variants: Sequence[int], *, kept_back: bool = False) -> dict[int, Lying]:
    """Where units lie that may be promised, and what is promised of them without a place yet.

    `kept_back`: with what is kept back for safety, out of which a promise can be served all the same.
    """
    if not variants:
        return {}
    unpinned = bulk.unpinned(ctx, variants)
    found = {variant: Lying({}, unpinned.get(variant, Counter())) for variant in variants}
    for row in queries.levels_of(ctx, variant_ids=variants):
        found[row.variant_id].free[row.location_id] = row.free if kept_back else row.promisable
    return found
