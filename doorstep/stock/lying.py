"""Reads where units lie and who may need them, for the decisions of `rules.Lying`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.stock import bulk
from doorstep.stock.rules import Lying
from doorstep.stock.values import PoolRow


def of(ctx: Ctx, variants: Sequence[int], *, pool: Mapping[int, PoolRow], kept_back: bool = False) -> dict[int, Lying]:
    """Where units lie that may be promised, and what is promised of them without a place yet, to orders and to carts.

    `kept_back`: with what is kept back for safety, out of which a promise can be served all the same.
    """
    if not variants:
        return {}
    unpinned = bulk.unpinned(ctx, variants)
    found = {variant: Lying({}, unpinned.get(variant, Counter()), set()) for variant in variants}
    for line in _levels(ctx, variants):
        variant, place = line["variant_id"], line["location_id"]
        found[variant].free[place] = line["free"] if kept_back else max(line["free"] - line["kept"], 0)
        if line["sends"]:
            found[variant].online.add(place)
    held = [variant for variant in variants if variant in pool and pool[variant].reserved]
    for line in _near(ctx, held) if held else ():
        found[line["variant_id"]].near[frozenset(line["places"])] += line["qty"]
    return found


def _near(ctx: Ctx, variants: Sequence[int]) -> list[dict[str, Any]]:
    """What carts hold that can leave some places only."""
    return db.dicts(
        """SELECT variant_id, places, sum(qty)::int AS qty FROM stock_cartline
            WHERE organisation_id = %s AND variant_id = ANY(%s) AND state = 'open' AND places IS NOT NULL GROUP BY 1, 2""",
        [ctx.organisation_id, list(variants)],
    )


def _levels(ctx: Ctx, variants: Sequence[int]) -> list[dict[str, Any]]:
    """Where variants lie, and whether orders from anywhere online are sent from there."""
    return db.dicts(
        """SELECT l.variant_id, l.location_id, l.on_hand - l.committed - l.damaged - l.quality_control AS free, l.kept,
                  p.active AND p.fulfils_online AS sends
             FROM stock_level l
             JOIN locations_location p ON p.organisation_id = l.organisation_id AND p.id = l.location_id
            WHERE l.organisation_id = %s AND l.variant_id = ANY(%s) ORDER BY l.variant_id, l.location_id""",
        [ctx.organisation_id, list(variants)],
    )
