"""Bundles have no stock of their own: how many there are is what their components allow."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.catalog import components
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import IS_A_BUNDLE, ComponentRow
from doorstep.stock import queries
from doorstep.stock.values import HAS_STOCK


def available_of(ctx: Ctx, *, variant_ids: Sequence[int]) -> dict[int, int]:
    """How many units of each of these variants may still be promised, bundles and others alike.

    Of a bundle: as many as every component allows, none where a component is archived.  Each answer is for itself: bundles
    that share a component share its units.  Units: whole units, below zero where too many are promised.
    """
    inside = components.components_of(ctx, variant_ids=variant_ids)
    lying = {*variant_ids, *(part.variant_id for parts in inside.values() for part in parts)} - inside.keys()
    pool = queries.pool_of(ctx, variant_ids=sorted(lying))

    def enough_for(part: ComponentRow) -> int:
        return max(pool[part.variant_id].available, 0) // part.qty if part.on_sale else 0

    return {
        id: min(enough_for(part) for part in inside[id]) if id in inside else pool[id].available for id in variant_ids
    }


def refuse(ctx: Ctx, variant_ids: Sequence[int]) -> None:
    """Refuses to book units of bundles.  Locks: the variants, so that none becomes a bundle meanwhile."""
    if not variant_ids:
        return
    for id in components.lock_bundles(ctx, variant_ids=sorted(set(variant_ids))):
        raise is_a_bundle(ctx, id)


def is_a_bundle(ctx: Ctx, variant_id: int) -> Refused:
    """The refusal of what cannot be done with a bundle, and what to do it with instead."""
    inside = components.components_of(ctx, variant_ids=[variant_id]).get(variant_id, [])
    sku = catalog.variants_by_id(ctx, ids=[variant_id])[variant_id].sku
    return Refused(IS_A_BUNDLE, {"sku": sku, "components": ", ".join(f"{c.qty} × {c.sku}" for c in inside)})


def lock(ctx: Ctx, *, variant_id: int) -> None:
    """Waits for whoever is booking units of a variant.  Locks: its pool row, where it has one."""
    db.column(
        "SELECT id FROM stock_item WHERE organisation_id = %s AND variant_id = %s FOR UPDATE",
        [ctx.organisation_id, variant_id],
    )


def clear(ctx: Ctx, *, variant_id: int) -> None:
    """Takes a variant out of the books that never had stock, and how it was sold, so that it can be a bundle.

    Needs: its pool row locked, then the variant by `catalog.bundles.begin`.  Refuses: one that has, or had, units.
    """
    key = [ctx.organisation_id, variant_id]
    had = db.scalar("SELECT EXISTS (SELECT FROM stock_movement WHERE organisation_id = %s AND variant_id = %s)", key)
    if had:
        raise Refused(HAS_STOCK, {"sku": catalog.variants_by_id(ctx, ids=[variant_id])[variant_id].sku})
    db.execute("DELETE FROM stock_level WHERE organisation_id = %s AND variant_id = %s", key)
    db.execute("DELETE FROM stock_item WHERE organisation_id = %s AND variant_id = %s", key)
    db.execute("DELETE FROM stock_sellingrule WHERE organisation_id = %s AND variant_id = %s", key)
