"""Writes to what bundles are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import components, events, queries
from doorstep.catalog.values import (
    BUNDLE_IN_BUNDLE,
    MAX_COMPONENT_QTY,
    MAX_COMPONENTS,
    OFF_SALE_COMPONENT,
    PART_OF_BUNDLES,
    BundleUse,
    ComponentRow,
    VariantRow,
)


def lock(ctx: Ctx, *, variant_ids: Sequence[int]) -> None:
    """Lets nobody book units of these variants, or make bundles of them, before the caller is done.

    Locks: the variants, ascending.
    """
    db.column(
        "SELECT id FROM catalog_variant WHERE organisation_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE",
        [ctx.organisation_id, sorted(set(variant_ids))],
    )


def begin(ctx: Ctx, *, variant_id: int, component_ids: Sequence[int]) -> None:
    """Locks what is to be made a bundle, and its components.  Locks: the product, then the variants, ascending."""
    db.column(
        """SELECT p.id FROM catalog_product p JOIN catalog_variant v ON v.organisation_id = p.organisation_id
              AND v.product_id = p.id WHERE p.organisation_id = %s AND v.id = %s FOR NO KEY UPDATE OF p""",
        [ctx.organisation_id, variant_id],
    )
    lock(ctx, variant_ids=[variant_id, *component_ids])


@transaction.atomic
def set_components(ctx: Ctx, *, variant_id: int, units: Mapping[int, int]) -> bool:
    """Says what a bundle is made of; with nothing, it is an ordinary variant again.  Returns: whether that changed anything.

    Orders that are here keep what they were opened into.  Shapes: units in one bundle, by component.
    Locks: the product, then the variants, ascending.  Emits: ComponentsSet.  Needs: that the variant has no stock.
    Refuses: unknown variants, bundles within bundles, itself, archived components, too many of them.
    """
    begin(ctx, variant_id=variant_id, component_ids=list(units))
    known = queries.variants_by_id(ctx, ids=[variant_id, *units])
    row = known.get(variant_id)
    if row is None:
        raise Refused(NOT_FOUND, {"what": "variant", "key": variant_id})
    was = components.components_of(ctx, variant_ids=[variant_id]).get(variant_id, [])
    if {c.variant_id: c.qty for c in was} == units:
        return False
    _check(ctx, row, units, known, {c.variant_id for c in was})
    key = [ctx.organisation_id, variant_id]
    db.execute("DELETE FROM catalog_component WHERE organisation_id = %s AND bundle_id = %s", key)
    db.execute(
        """INSERT INTO catalog_component (organisation_id, bundle_id, variant_id, qty)
           SELECT %s, %s, u.v, u.q FROM unnest(%s::bigint[], %s::int[]) WITH ORDINALITY u(v, q, n) ORDER BY u.n""",
        [*key, list(units), list(units.values())],
    )
    db.execute(
        "UPDATE catalog_variant SET bundle = %s, updated_at = %s WHERE organisation_id = %s AND id = %s",
        [bool(units), ctx.now, *key],
    )
    db.execute(
        "UPDATE catalog_product SET version = version + 1, updated_at = %s WHERE organisation_id = %s AND id = %s",
        [ctx.now, ctx.organisation_id, row.product_id],
    )
    about = f"product:{row.product_id}"
    outbox.record(ctx, [Happened(events.COMPONENTS_SET, about, about, _told(row, was, units, known))])
    return True


def _check(ctx: Ctx, row: VariantRow, units: Mapping[int, int], known: Mapping[int, VariantRow], was: set[int]) -> None:
    if len(units) > MAX_COMPONENTS:
        raise _invalid(gettext_noop("Components"), gettext_noop("A bundle has at most 20 components."))
    for id, qty in units.items():
        part = known.get(id)
        if part is None:
            raise Refused(NOT_FOUND, {"what": "variant", "key": id})
        if not 1 <= qty <= MAX_COMPONENT_QTY:
            raise _invalid("qty", gettext_noop("A bundle has 1 to 100 units of each component."))
        if id == row.id or part.bundle:
            raise Refused(BUNDLE_IN_BUNDLE, {"sku": part.sku})
        if part.archived and id not in was:
            raise Refused(OFF_SALE_COMPONENT, {"sku": part.sku})
    if units:
        _require_free(row, components.uses_of(ctx, variant_ids=[row.id]).get(row.id, []))


def _require_free(row: VariantRow, uses: Sequence[BundleUse]) -> None:
    if uses:
        raise Refused(PART_OF_BUNDLES, {"sku": row.sku, "bundles": ", ".join(use.sku for use in uses[:10])})


def require_spare(ctx: Ctx, *, variant_ids: Sequence[int], leaving_too: Sequence[int] = ()) -> None:
    """Refuses to take variants off sale that bundles on sale are made of, but for bundles that leave with them.

    Locks: the variants, ascending.
    """
    lock(ctx, variant_ids=variant_ids)
    known = queries.variants_by_id(ctx, ids=variant_ids)
    for id, uses in components.uses_of(ctx, variant_ids=variant_ids).items():
        _require_free(known[id], [use for use in uses if use.on_sale and use.bundle_id not in leaving_too])


def _told(
    row: VariantRow, was: Sequence[ComponentRow], units: Mapping[int, int], known: Mapping[int, VariantRow]
) -> dict[str, object]:
    return {
        "sku": row.sku,
        "before": [{"sku": c.sku, "qty": c.qty} for c in was],
        "after": [{"sku": known[id].sku, "qty": qty} for id, qty in units.items()],
    }


def _invalid(field: str, problem: str) -> Refused:
    return Refused(INVALID, {"field": field, "problem": problem})
