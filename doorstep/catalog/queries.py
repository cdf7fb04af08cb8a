"""Reads of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from doorstep.base import db, search
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.base.texts import one_line
from doorstep.catalog import rules
from doorstep.catalog.values import ProductDetail, ProductRow, SoldRow, Traits, VariantRow

_TITLE = "CASE WHEN v.title = '' THEN p.title ELSE p.title || ' · ' || v.title END AS title"
_FROM = "FROM catalog_variant v JOIN catalog_product p ON p.id = v.product_id AND p.organisation_id = v.organisation_id"
_VARIANT = f"""
SELECT v.id, v.product_id, v.sku, v.barcode, {_TITLE},
       v.price_minor, v.currency, v.weight_g, p.picture, v.archived, v.hs_code, v.country_of_origin, v.options,
       v.bundle, v.length_mm, v.width_mm, v.height_mm, v.own_box, v.fragile, v.hazmat
  {_FROM}
"""


def find_variants(ctx: Ctx, *, skus: Sequence[str]) -> dict[str, VariantRow]:
    """The variants that have these SKUs, by SKU; unknown ones are left out."""
    sql = _VARIANT + " WHERE v.organisation_id = %s AND v.sku = ANY(%s::text[])"
    return {row.sku: row for row in db.rows(VariantRow, sql, [ctx.organisation_id, db.array(skus)], kept=True)}


def sold_later(ctx: Ctx, *, skus: Sequence[str]) -> Callable[[], dict[str, SoldRow]]:
    """What orders need to know of the variants with these SKUs, by SKU, to be come for later (`db.later`)."""
    sql = f"SELECT v.id, v.sku, {_TITLE}, v.bundle {_FROM} WHERE v.organisation_id = %s AND v.sku = ANY(%s::text[])"
    come = db.later(SoldRow, sql, [ctx.organisation_id, db.array(skus)])
    return lambda: {row.sku: row for row in come()}


def variants_by_id(ctx: Ctx, *, ids: Sequence[int]) -> dict[int, VariantRow]:
    """The variants that have these ids; others are left out."""
    found = db.rows(
        VariantRow, _VARIANT + " WHERE v.organisation_id = %s AND v.id = ANY(%s)", [ctx.organisation_id, list(ids)]
    )
    return {row.id: row for row in found}


def traits_of(ctx: Ctx, *, variant_ids: Sequence[int]) -> dict[int, Traits]:
    """What rules ask about the products of variants, by variant."""
    found = db.rows(
        Traits,
        """SELECT v.id AS variant_id, p.id AS product_id, p.category, p.final_sale FROM catalog_variant v
             JOIN catalog_product p ON p.organisation_id = v.organisation_id AND p.id = v.product_id
            WHERE v.organisation_id = %s AND v.id = ANY(%s)""",
        [ctx.organisation_id, list(variant_ids)],
    )
    return {row.variant_id: row for row in found}


def find_by_code(ctx: Ctx, *, code: str) -> VariantRow | None:
    """The variant that a scanned or typed code means: its barcode in any of its forms, else its SKU."""
    forms = rules.barcode_forms(code)
    typed = one_line(code, 64)
    return db.one(
        VariantRow,
        _VARIANT
        + """ WHERE v.organisation_id = %s AND ((v.barcode = ANY(%s) AND v.barcode <> '') OR v.sku = ANY(%s))
              ORDER BY array_position(%s::text[], v.barcode::text) NULLS LAST, v.sku <> %s, v.archived, v.id LIMIT 1""",
        [ctx.organisation_id, forms, [typed, typed.upper()], forms, typed],
    )


def get_product(ctx: Ctx, *, product_id: int) -> ProductDetail:
    """One product with its variants, in the order in which they were added.  Refuses: unknown id."""
    found = db.one(
        ProductDetail,
        """SELECT id, title, description, category, status, option_names, picture, version, final_sale, created_at, updated_at
             FROM catalog_product WHERE organisation_id = %s AND id = %s""",
        [ctx.organisation_id, product_id],
    )
    if found is None:
        raise Refused(NOT_FOUND, {"what": "product", "key": product_id})
    return replace(found, variants=variants_of(ctx, product_ids=[product_id])[product_id])


def has_product(ctx: Ctx, *, product_id: int) -> bool:
    """Whether there is such a product."""
    sql = "SELECT EXISTS (SELECT 1 FROM catalog_product WHERE organisation_id = %s AND id = %s)"
    return bool(db.scalar(sql, [ctx.organisation_id, product_id]))


def products_by_id(ctx: Ctx, *, ids: Sequence[int]) -> dict[int, ProductDetail]:
    """The products that have these ids, with their variants; others are left out."""
    found = db.rows(
        ProductDetail,
        """SELECT id, title, description, category, status, option_names, picture, version, final_sale, created_at, updated_at
             FROM catalog_product WHERE organisation_id = %s AND id = ANY(%s)""",
        [ctx.organisation_id, list(ids)],
    )
    variants = variants_of(ctx, product_ids=[row.id for row in found])
    return {row.id: replace(row, variants=variants[row.id]) for row in found}


def variants_of(ctx: Ctx, *, product_ids: Sequence[int]) -> dict[int, list[VariantRow]]:
    """The variants of each product, archived ones too, in the order in which they were added."""
    found: dict[int, list[VariantRow]] = {product_id: [] for product_id in product_ids}
    for row in db.rows(
        VariantRow,
        _VARIANT + " WHERE v.organisation_id = %s AND v.product_id = ANY(%s) ORDER BY v.id",
        [ctx.organisation_id, list(product_ids)],
    ):
        found[row.product_id].append(row)
    return found


def list_products(
    ctx: Ctx,
    *,
    query: str = "",
    status: str = "",
    category: str = "",
    bundles: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> list[ProductRow]:
    """Products, newest first; `before` is the last id of the page before.

    `query` matches any part of a word of title, category, SKU or barcode; `status` empty means all but archived;
    `bundles` only those of which some variant is a bundle.
    """
    matches, parameters = search.matches("p.search", query)
    return db.rows(
        ProductRow,
        f"""SELECT p.id, p.title, p.category, p.status, p.picture, v.variants, v.first_sku, v.price_from_minor,
                   v.price_to_minor, v.currency, p.updated_at, v.bundles
              FROM (SELECT * FROM catalog_product p
                     WHERE p.organisation_id = %s AND (%s::bigint IS NULL OR p.id < %s)
                       AND (p.status = %s OR (%s = '' AND p.status <> 'archived'))
                       AND (%s = '' OR p.category = %s) AND {matches}
                       AND (NOT %s OR EXISTS (SELECT FROM catalog_variant b WHERE b.organisation_id = p.organisation_id
                                                  AND b.product_id = p.id AND b.bundle AND NOT b.archived))
                     ORDER BY p.id DESC LIMIT %s) p
              CROSS JOIN LATERAL (
                   SELECT count(*) FILTER (WHERE NOT v.archived) AS variants,
                          count(*) FILTER (WHERE v.bundle AND NOT v.archived) AS bundles,
                          coalesce((array_agg(v.sku ORDER BY v.archived, v.id))[1], '') AS first_sku,
                          coalesce(min(v.price_minor), 0) AS price_from_minor,
                          coalesce(max(v.price_minor), 0) AS price_to_minor,
                          coalesce(min(v.currency), 'USD') AS currency
                     FROM catalog_variant v WHERE v.organisation_id = p.organisation_id AND v.product_id = p.id) v
             ORDER BY p.id DESC""",
        [ctx.organisation_id, before, before, status, status, category, category, *parameters, bundles, limit],
    )


def list_updated(
    ctx: Ctx, *, since: datetime, after: tuple[datetime, int] | None = None, limit: int = 50
) -> list[ProductDetail]:
    """Products by when they or their variants last changed, oldest change first, archived ones too.

    Shapes: `after` is (updated_at, id) of the last row shown (keyset paging).
    """
    found = db.rows(
        ProductDetail,
        """SELECT id, title, description, category, status, option_names, picture, version, final_sale, created_at, updated_at
             FROM catalog_product WHERE organisation_id = %s AND updated_at >= %s
              AND (%s::timestamptz IS NULL OR (updated_at, id) > (%s, %s)) ORDER BY updated_at, id LIMIT %s""",
        [ctx.organisation_id, since, after and after[0], after and after[0], after and after[1], limit],
    )
    variants = variants_of(ctx, product_ids=[row.id for row in found])
    return [replace(row, variants=variants[row.id]) for row in found]


def find_drafts(ctx: Ctx, *, skus: Sequence[str]) -> set[str]:
    """Those of the SKUs whose products somebody is still to look at."""
    return set(
        db.column(
            """SELECT v.sku FROM catalog_variant v
                 JOIN catalog_product p ON p.organisation_id = v.organisation_id AND p.id = v.product_id
                WHERE v.organisation_id = %s AND v.sku = ANY(%s) AND p.status = 'draft'""",
            [ctx.organisation_id, list(skus)],
        )
    )


def search_variants(ctx: Ctx, *, query: str, limit: int = 20) -> list[VariantRow]:
    """Variants on sale whose product matches any part of a word, or whose SKU or barcode does; for pickers in forms."""
    matches, parameters = search.matches("p.search", query)
    return db.rows(
        VariantRow,
        f"{_VARIANT} WHERE v.organisation_id = %s AND NOT v.archived AND {matches} ORDER BY v.product_id DESC, v.id LIMIT %s",
        [ctx.organisation_id, *parameters, limit],
    )


def list_variant_ids(ctx: Ctx, *, query: str, after: int = 0, limit: int = 500) -> list[int]:
    """The ids of the variants that match any part of a word, archived ones too, ascending, keyset-paged by id."""
    matches, parameters = search.matches("p.search", query)
    return db.column(
        f"""SELECT v.id FROM catalog_variant v
              JOIN catalog_product p ON p.organisation_id = v.organisation_id AND p.id = v.product_id
             WHERE v.organisation_id = %s AND v.id > %s AND {matches} ORDER BY v.id LIMIT %s""",
        [ctx.organisation_id, after, *parameters, limit],
    )


def count_by_status(ctx: Ctx) -> dict[str, int]:
    """How many products stand in each status."""
    found = db.dicts(
        "SELECT status, count(*) AS n FROM catalog_product WHERE organisation_id = %s GROUP BY 1", [ctx.organisation_id]
    )
    return {row["status"]: row["n"] for row in found}


def list_categories(ctx: Ctx) -> list[str]:
    """The categories in use, for suggestions in forms."""
    return db.column(
        "SELECT DISTINCT category FROM catalog_product WHERE organisation_id = %s AND category <> '' ORDER BY 1 LIMIT 200",
        [ctx.organisation_id],
    )


def barcode_holders(ctx: Ctx, *, barcodes: Sequence[str]) -> dict[str, str]:
    """Which SKU has each of these barcodes, as they are kept; free ones are left out."""
    found = db.dicts(
        "SELECT barcode, sku FROM catalog_variant WHERE organisation_id = %s AND barcode = ANY(%s) AND barcode <> ''",
        [ctx.organisation_id, list(barcodes)],
    )
    return {row["barcode"]: row["sku"] for row in found}
