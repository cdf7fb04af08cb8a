"""Set-based writes of products and variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.catalog.values import BARCODE_TAKEN, SKU_TAKEN, ProductDraft, VariantDraft

OPTION_SEPARATOR = " / "


def new_product_ids(count: int) -> list[int]:
    """Fresh ids, so that variants may be written before their products (the foreign key is checked at commit)."""
    return db.column(
        "SELECT nextval(pg_get_serial_sequence('catalog_product', 'id')) FROM generate_series(1, %s)", [count]
    )


def insert_products(ctx: Ctx, products: Sequence[tuple[int, ProductDraft]]) -> None:
    """Writes checked products under ids taken before."""
    lines = [(i, d.title, d.description, d.category, d.status, db.as_json(list(d.option_names)), d.final_sale) for i, d in products]
    db.execute(
        """INSERT INTO catalog_product (id, organisation_id, title, description, category, status, option_names, picture,
                                        final_sale, version, search, created_at, updated_at)
           SELECT u.id, %s, u.title, u.description, u.category, u.status, u.option_names::jsonb, '', u.final_sale, 1, '', %s, %s
             FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bool[])
                  u(id, title, description, category, status, option_names, final_sale)""",
        [ctx.organisation_id, ctx.now, ctx.now, *db.columns(lines, 7)],
    )


def insert_variants(ctx: Ctx, variants: Sequence[tuple[int, VariantDraft]]) -> dict[str, int]:
    """Writes checked (product, variant) pairs in SKU order and returns sku -> id of those that met no other.

    Locks: waits for another transaction that is writing the same SKU or barcode; SKU order keeps that free of deadlock.
    """
    lines = [(product_id, *_columns(draft)) for product_id, draft in variants]
    found = db.dicts(
        """INSERT INTO catalog_variant (organisation_id, product_id, sku, barcode, title, options, price_minor, currency,
                                        weight_g, hs_code, country_of_origin, archived, length_mm, width_mm, height_mm, own_box,
                                        fragile, hazmat, created_at, updated_at)
           SELECT %s, u.product_id, u.sku, u.barcode, u.title, u.options::jsonb, u.price_minor, u.currency, u.weight_g,
                  u.hs_code, u.country_of_origin, u.archived, u.length_mm, u.width_mm, u.height_mm, u.own_box, u.fragile,
                  u.hazmat, %s, %s
             FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::int[],
                         %s::text[], %s::text[], %s::bool[], %s::int[], %s::int[], %s::int[], %s::bool[], %s::bool[], %s::text[])
                  WITH ORDINALITY
                  u(product_id, sku, barcode, title, options, price_minor, currency, weight_g, hs_code, country_of_origin,
                    archived, length_mm, width_mm, height_mm, own_box, fragile, hazmat, n)
            ORDER BY u.sku, u.n
           ON CONFLICT DO NOTHING RETURNING sku, id""",
        [ctx.organisation_id, ctx.now, ctx.now, *db.columns(lines, 17)],
    )
    return {row["sku"]: row["id"] for row in found}


def add_variants(ctx: Ctx, variants: Sequence[tuple[int, VariantDraft]]) -> dict[str, int]:
    """Writes them all.  Refuses: a SKU or barcode that another variant has, or that is given twice."""
    added = insert_variants(ctx, variants)
    if len(added) == len(variants):
        return added
    for _, draft in variants:
        if draft.sku not in added:
            raise _taken(ctx, draft, variant_id=None)
    raise Refused(SKU_TAKEN, {"sku": _repeated([draft.sku for _, draft in variants])})


def update_variants(ctx: Ctx, changed: Mapping[int, VariantDraft]) -> set[int]:
    """Writes checked variants over those that are there and returns their products.  Refuses: as `add_variants`."""
    lines = [(variant_id, *_columns(draft)) for variant_id, draft in sorted(changed.items())]
    try:
        with transaction.atomic():
            return set(
                db.column(
                    """UPDATE catalog_variant v
                          SET sku = u.sku, barcode = u.barcode, title = u.title, options = u.options::jsonb,
                              price_minor = u.price_minor, currency = u.currency, weight_g = u.weight_g,
                              hs_code = u.hs_code, country_of_origin = u.country_of_origin, archived = u.archived,
                              length_mm = u.length_mm, width_mm = u.width_mm, height_mm = u.height_mm, own_box = u.own_box,
                              fragile = u.fragile, hazmat = u.hazmat, updated_at = %s
                         FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[],
                                     %s::int[], %s::text[], %s::text[], %s::bool[], %s::int[], %s::int[], %s::int[], %s::bool[],
                                     %s::bool[], %s::text[])
                              u(id, sku, barcode, title, options, price_minor, currency, weight_g, hs_code,
                                country_of_origin, archived, length_mm, width_mm, height_mm, own_box, fragile, hazmat)
                        WHERE v.organisation_id = %s AND v.id = u.id RETURNING v.product_id""",
                    [ctx.now, *db.columns(lines, 17), ctx.organisation_id],
                )
            )
    except IntegrityError:
        for variant_id, draft in changed.items():
            if _holder(ctx, draft, variant_id) is not None:
                raise _taken(ctx, draft, variant_id=variant_id) from None
        raise Refused(SKU_TAKEN, {"sku": _repeated([draft.sku for draft in changed.values()])}) from None


def fold_search(ctx: Ctx, product_ids: Sequence[int]) -> None:
    """Rewrites what the products are found by, from their titles and variants as they stand now."""
    db.execute(
        """UPDATE catalog_product p SET updated_at = %s, search = base_searchable(
                  concat_ws(' ', p.title, p.category, (
                      SELECT string_agg(concat_ws(' ', v.sku, v.barcode, v.title), ' ' ORDER BY v.id)
                        FROM catalog_variant v WHERE v.organisation_id = p.organisation_id AND v.product_id = p.id)))
            WHERE p.organisation_id = %s AND p.id = ANY(%s)""",
        [ctx.now, ctx.organisation_id, sorted(product_ids)],
    )


def _columns(draft: VariantDraft) -> tuple[object, ...]:
    title = OPTION_SEPARATOR.join(option for option in draft.options if option)[:255]
    return (
        draft.sku, draft.barcode, title, db.as_json(list(draft.options)), draft.price.minor, draft.price.currency,
        draft.weight_g, draft.hs_code, draft.country_of_origin, draft.archived, *(draft.handling.dims_mm or (None, None, None)),
        draft.handling.own_box, draft.handling.fragile, draft.handling.hazmat,
    )  # fmt: skip


def _holder(ctx: Ctx, draft: VariantDraft, variant_id: int | None) -> tuple[str, str] | None:
    found = db.dicts(
        """SELECT sku, barcode FROM catalog_variant
            WHERE organisation_id = %s AND (sku = %s OR (barcode = %s AND barcode <> '')) AND id IS DISTINCT FROM %s
            ORDER BY sku <> %s LIMIT 1""",
        [ctx.organisation_id, draft.sku, draft.barcode, variant_id, draft.sku],
    )
    return (found[0]["sku"], found[0]["barcode"]) if found else None


def _taken(ctx: Ctx, draft: VariantDraft, *, variant_id: int | None) -> Refused:
    holder = _holder(ctx, draft, variant_id)
    if holder is not None and holder[0] != draft.sku:
        return Refused(BARCODE_TAKEN, {"barcode": draft.barcode, "sku": holder[0]})
    return Refused(SKU_TAKEN, {"sku": draft.sku})


def _repeated(values: Sequence[str]) -> str:
    return next((value for i, value in enumerate(values) if value in values[:i]), values[0])
