"""Reads of bundles: what is in them, and what is part of which."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.catalog.values import BundleUse, ComponentRow

_ON_SALE = "NOT v.archived AND p.status <> 'archived' AS on_sale"
_TITLE = "CASE WHEN v.title = '' THEN p.title ELSE p.title || ' · ' || v.title END AS title"
_PRODUCT = "JOIN catalog_product p ON p.organisation_id = v.organisation_id AND p.id = v.product_id"


def components_of(ctx: Ctx, *, variant_ids: Sequence[int]) -> dict[int, list[ComponentRow]]:
    """What is in each of these bundles, in the order in which it was put; other variants are left out."""
    found: dict[int, list[ComponentRow]] = {}
    for row in db.rows(
        ComponentRow,
        f"""SELECT c.bundle_id, c.variant_id, v.product_id, v.sku, {_TITLE}, c.qty, v.price_minor, v.currency, {_ON_SALE}
              FROM catalog_component c
              JOIN catalog_variant v ON v.organisation_id = c.organisation_id AND v.id = c.variant_id {_PRODUCT}
             WHERE c.organisation_id = %s AND c.bundle_id = ANY(%s) ORDER BY c.bundle_id, c.id""",
        [ctx.organisation_id, list(variant_ids)],
    ):
        found.setdefault(row.bundle_id, []).append(row)
    return found


def uses_of(ctx: Ctx, *, variant_ids: Sequence[int]) -> dict[int, list[BundleUse]]:
    """The bundles that each of these variants is part of, by SKU; variants that are part of none are left out."""
    found: dict[int, list[BundleUse]] = {}
    for row in db.rows(
        BundleUse,
        f"""SELECT c.variant_id, c.bundle_id, v.product_id, v.sku, {_TITLE}, c.qty, {_ON_SALE} FROM catalog_component c
              JOIN catalog_variant v ON v.organisation_id = c.organisation_id AND v.id = c.bundle_id {_PRODUCT}
             WHERE c.organisation_id = %s AND c.variant_id = ANY(%s) ORDER BY c.variant_id, v.sku""",
        [ctx.organisation_id, list(variant_ids)],
    ):
        found.setdefault(row.variant_id, []).append(row)
    return found


def lock_bundles(ctx: Ctx, *, variant_ids: Sequence[int]) -> list[int]:
    """Which of these variants are bundles, locked so that none becomes one before the caller is done.

    Locks: shares the variants, ascending, with all but who makes one of them a bundle.
    """
    found = db.dicts(
        """SELECT id, bundle FROM catalog_variant WHERE organisation_id = %s AND id = ANY(%s) ORDER BY id FOR KEY SHARE""",
        [ctx.organisation_id, list(variant_ids)],
    )
    return [row["id"] for row in found if row["bundle"]]
