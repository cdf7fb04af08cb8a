"""A variant becomes a bundle, or is made of other things: only where it has no stock and no order waits for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import bundles as catalog
from doorstep.catalog import queries
from doorstep.catalog.values import NO_COMPONENT
from doorstep.orders import queries as orders
from doorstep.orders.values import WAITED_FOR
from doorstep.stock import bundles as stock


@dataclass(frozen=True, slots=True)
class Contained:
    """Units of a SKU in one bundle."""

    sku: str
    qty: int


@transaction.atomic
def set_components(ctx: Ctx, *, variant_id: int, contents: Sequence[Contained]) -> bool:
    """Says what a bundle is made of; with nothing, it is an ordinary variant again.  Returns: whether that changed anything.

    Only orders to come are opened so; those that are here keep what they were opened into.
    Locks: the pool row, the product, the variants, ascending.  Emits: ComponentsSet.
    Refuses: unknown SKUs, a SKU twice, a variant with stock or with open orders that wait for its own units, and what
    `catalog.bundles.set_components` refuses.
    """
    units = _read(ctx, contents)
    stock.lock(ctx, variant_id=variant_id)
    catalog.begin(ctx, variant_id=variant_id, component_ids=list(units))
    known = queries.variants_by_id(ctx, ids=[variant_id])
    if units and variant_id in known and not known[variant_id].bundle:
        stock.clear(ctx, variant_id=variant_id)
        waiting = orders.names_of_open(ctx, variant_id=variant_id)
        if waiting:
            raise Refused(WAITED_FOR, {"sku": known[variant_id].sku, "orders": ", ".join(waiting)})
    return catalog.set_components(ctx, variant_id=variant_id, units=units)


def _read(ctx: Ctx, contents: Sequence[Contained]) -> Mapping[int, int]:
    known = queries.find_variants(ctx, skus=[one.sku for one in contents])
    units: dict[int, int] = {}
    for one in contents:
        row = known.get(one.sku)
        if row is None:
            raise Refused(NO_COMPONENT, {"sku": one.sku})
        if row.id in units:
            raise Refused(INVALID, {"field": "sku", "problem": gettext_noop("A component is named twice.")})
        units[row.id] = one.qty
    return units
