"""Writes to the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.db import transaction

from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import LOST_RACE, NOT_FOUND, Refused
from doorstep.catalog import bulk, bundles, events, pictures, queries, rules
from doorstep.catalog.values import (
    MAX_VARIANTS,
    NO_VARIANT,
    TOO_MANY_VARIANTS,
    Handling,
    ProductDraft,
    ProductStatus,
    VariantDraft,
    VariantItem,
    VariantRow,
)


def create_product(ctx: Ctx, *, product: ProductDraft, variants: Sequence[VariantDraft]) -> int:
    """Adds a product with its variants and returns its id.  As `create_products`."""
    (product_id,) = create_products(ctx, products=[(product, variants)])
    return product_id


@transaction.atomic
def create_products(ctx: Ctx, *, products: Sequence[tuple[ProductDraft, Sequence[VariantDraft]]]) -> list[int]:
    """Adds products with their variants, all or none.

    Shapes: one id per product, in order.
    Emits: ProductCreated each.  Refuses: no variant, more than 200, a SKU or barcode that is taken, bad fields.
    """
    for _, variants in products:
        if not variants:
            raise Refused(NO_VARIANT)
        if len(variants) > MAX_VARIANTS:
            raise Refused(TOO_MANY_VARIANTS, {"most": MAX_VARIANTS})
    checked = [(rules.check_product(product), [rules.check_variant(v) for v in variants]) for product, variants in products]
    made = list(zip(bulk.new_product_ids(len(checked)), checked, strict=True))
    bulk.insert_products(ctx, [(id, draft) for id, (draft, _) in made])
    bulk.add_variants(ctx, [(id, variant) for id, (_, variants) in made for variant in variants])
    bulk.fold_search(ctx, [id for id, _ in made])
    outbox.record(
        ctx,
        [
            _happened(events.PRODUCT_CREATED, id, {"title": draft.title, "skus": [v.sku for v in variants][:20]})
            for id, (draft, variants) in made
        ],
    )
    return [id for id, _ in made]


@transaction.atomic
def edit_product(
    ctx: Ctx,
    *,
    product_id: int,
    version: int,
    product: ProductDraft,
    changed: Mapping[int, VariantDraft] | None = None,
    added: Sequence[VariantDraft] = (),
) -> int:
    """Writes a product as a person edited it, with the variants that changed and new ones; returns its new version.

    Emits: ProductEdited, VariantsEdited, VariantsAdded.  Refuses: a version that is no longer the newest, unknown ids,
    taken SKUs and barcodes, bad fields, archiving what bundles on sale are made of.
    """
    was = queries.get_product(ctx, product_id=product_id)
    draft = rules.check_product(product)
    moved = db.execute(
        """UPDATE catalog_product SET title = %s, description = %s, category = %s, status = %s, option_names = %s::jsonb,
                  final_sale = %s, version = version + 1, updated_at = %s
            WHERE organisation_id = %s AND id = %s AND version = %s""",
        [
            draft.title, draft.description, draft.category, draft.status, db.as_json(list(draft.option_names)),
            draft.final_sale, ctx.now, ctx.organisation_id, product_id, version,
        ],
    )  # fmt: skip
    if not moved:
        raise Refused(LOST_RACE, {"what": "product"})
    if draft.status == ProductStatus.ARCHIVED != was.status:
        leaving = [variant.id for variant in was.variants]
        bundles.require_spare(ctx, variant_ids=leaving, leaving_too=leaving)
    own = {variant.id for variant in was.variants}
    for variant_id in changed or {}:
        if variant_id not in own:
            raise Refused(NOT_FOUND, {"what": "variant", "key": variant_id})
    if len(own) + len(added) > MAX_VARIANTS:
        raise Refused(TOO_MANY_VARIANTS, {"most": MAX_VARIANTS})
    fields = ("title", "description", "category", "status", "final_sale")
    before = {name: getattr(was, name) for name in fields if getattr(was, name) != getattr(draft, name)}
    outbox.record(
        ctx,
        [
            _happened(
                events.PRODUCT_EDITED, product_id, {"before": before, "after": {f: getattr(draft, f) for f in before}}
            )
        ],
    )
    edit_variants(ctx, changed=changed or {})
    _add(ctx, product_id, added)
    return version + 1


@transaction.atomic
def add_variant(ctx: Ctx, *, product_id: int, variant: VariantDraft) -> int:
    """Adds one variant to a product and returns its id.

    Emits: VariantsAdded.  Refuses: unknown product, the 201st variant, a taken SKU or barcode, bad fields.
    """
    if len(queries.get_product(ctx, product_id=product_id).variants) >= MAX_VARIANTS:
        raise Refused(TOO_MANY_VARIANTS, {"most": MAX_VARIANTS})
    (variant_id,) = _add(ctx, product_id, [variant])
    return variant_id


def edit_variant(ctx: Ctx, *, variant_id: int, variant: VariantDraft) -> None:
    """Writes one variant anew.  As `edit_variants`."""
    edit_variants(ctx, changed={variant_id: variant})


@transaction.atomic
def edit_variants(ctx: Ctx, *, changed: Mapping[int, VariantDraft]) -> None:
    """Writes variants anew; those that differ in nothing are left alone.

    Emits: VariantsEdited per product, with what was before.  Refuses: unknown ids, taken SKUs and barcodes, bad fields,
    archiving what bundles on sale are made of.
    """
    was = queries.variants_by_id(ctx, ids=list(changed))
    different: dict[int, VariantDraft] = {}
    told: dict[int, list[dict[str, object]]] = {}
    for variant_id, variant in changed.items():
        if variant_id not in was:
            raise Refused(NOT_FOUND, {"what": "variant", "key": variant_id})
        row = was[variant_id]
        draft = rules.check_variant(variant, hs_code_was=row.hs_code)
        before = _differences(row, draft)
        if before:
            different[variant_id] = draft
            told.setdefault(row.product_id, []).append({"variant_id": variant_id, "sku": draft.sku, "before": before})
    if not different:
        return
    leaving = [id for id, draft in different.items() if draft.archived and not was[id].archived]
    if leaving:
        bundles.require_spare(ctx, variant_ids=leaving, leaving_too=leaving)
    bulk.update_variants(ctx, different)
    bulk.fold_search(ctx, list(told))
    outbox.record(ctx, [_happened(events.VARIANTS_EDITED, p, {"variants": lines[:50]}) for p, lines in told.items()])


@transaction.atomic
def archive_variant(ctx: Ctx, *, variant_id: int, archived: bool = True) -> None:
    """Takes a variant off sale, or puts it back; its stock and orders stay.  Emits: VariantsEdited.

    Refuses: archiving what bundles on sale are made of.
    """
    row = queries.variants_by_id(ctx, ids=[variant_id]).get(variant_id)
    if row is None:
        raise Refused(NOT_FOUND, {"what": "variant", "key": variant_id})
    draft = VariantDraft(
        row.sku, row.price, row.barcode, tuple(row.options), row.weight_g, row.hs_code, row.country_of_origin, archived,
        row.handling,
    )  # fmt: skip
    edit_variants(ctx, changed={variant_id: draft})


def set_picture(ctx: Ctx, *, product_id: int, data: bytes) -> str:
    """Keeps a picture of a product and returns its path below MEDIA_ROOT.

    Emits: ProductPictureSet.  Refuses: anything but a readable PNG, JPEG or WebP within the limits; unknown product.
    """
    if not queries.has_product(ctx, product_id=product_id):
        raise Refused(NOT_FOUND, {"what": "product", "key": product_id})
    path = pictures.keep(ctx.organisation_id, pictures.encode(data))
    with transaction.atomic():
        db.execute(
            """UPDATE catalog_product SET picture = %s, version = version + 1, updated_at = %s
                WHERE organisation_id = %s AND id = %s""",
            [path, ctx.now, ctx.organisation_id, product_id],
        )
        outbox.record(ctx, [_happened(events.PICTURE_SET, product_id, {"picture": path})])
    return path


@transaction.atomic
def ensure_variants(ctx: Ctx, *, items: Sequence[VariantItem]) -> dict[str, int]:
    """Makes the variants whose SKUs are not here yet, and their products; leaves those that are here as they are.

    Shapes: sku -> variant id for every item.  Locks: SKUs ascending; two at once make each SKU once.
    Emits: ProductCreated per new product.  A barcode that another SKU has is left off.  Refuses: bad fields.
    """
    items = list({item.sku: item for item in reversed([rules.check_item(item) for item in items])}.values())[::-1]
    ids = {sku: row.id for sku, row in queries.find_variants(ctx, skus=[item.sku for item in items]).items()}
    missing = [item for item in items if item.sku not in ids]
    if not missing:
        return ids
    products = _products_for(ctx, missing)
    drafts = [(products[item.sku][0], rules.as_draft(item)) for item in missing]
    made = bulk.insert_variants(ctx, drafts)
    if len(made) < len(missing):
        made |= bulk.insert_variants(ctx, [(p, replace(d, barcode="")) for p, d in drafts if d.sku not in made])
    ids |= made
    if len(ids) < len(items):
        others = queries.find_variants(ctx, skus=[item.sku for item in missing if item.sku not in made])
        ids |= {sku: row.id for sku, row in others.items()}
    used = {products[sku][0]: products[sku][1] for sku in made}
    fresh = {product_id: draft for product_id, draft in used.items() if draft is not None}
    bulk.insert_products(ctx, list(fresh.items()))
    bulk.fold_search(ctx, list(used))
    outbox.record(ctx, [_happened(events.PRODUCT_CREATED, p, {"title": d.title}) for p, d in fresh.items()])
    return ids


def _products_for(ctx: Ctx, items: Sequence[VariantItem]) -> dict[str, tuple[int, ProductDraft | None]]:
    """sku -> (product id, draft where the product is new): items of one group share one, a group here before joins it."""
    groups = sorted({item.product for item in items if item.product})
    titled = """SELECT title, min(id) AS id FROM catalog_product
                 WHERE organisation_id = %s AND title = ANY(%s) AND status <> 'archived' GROUP BY title"""
    found = db.dicts(titled, [ctx.organisation_id, groups]) if groups else []
    here = {row["title"]: row["id"] for row in found}
    new_ids = iter(bulk.new_product_ids(len(items)))
    fresh: dict[str, tuple[int, ProductDraft | None]] = {}
    result: dict[str, tuple[int, ProductDraft | None]] = {}
    for item in items:
        if item.product in here:
            result[item.sku] = (here[item.product], None)
            continue
        key = item.product or f"\x00{item.sku}"
        if key not in fresh:
            status = ProductStatus.DRAFT if item.is_draft else ProductStatus.ACTIVE
            draft = ProductDraft(
                item.product or item.title, category=item.category, status=status, option_names=item.option_names
            )
            fresh[key] = (next(new_ids), rules.check_product(draft))
        result[item.sku] = fresh[key]
    return result


def _add(ctx: Ctx, product_id: int, variants: Sequence[VariantDraft]) -> list[int]:
    if not variants:
        return []
    checked = [rules.check_variant(variant) for variant in variants]
    ids = bulk.add_variants(ctx, [(product_id, variant) for variant in checked])
    bulk.fold_search(ctx, [product_id])
    outbox.record(ctx, [_happened(events.VARIANTS_ADDED, product_id, {"skus": [v.sku for v in checked]})])
    return [ids[variant.sku] for variant in checked]


def _differences(row: VariantRow, draft: VariantDraft) -> dict[str, object]:
    """What the row has that the draft changes."""
    names = ("sku", "barcode", "weight_g", "hs_code", "country_of_origin", "archived")
    was: dict[str, object] = {name: getattr(row, name) for name in names if getattr(row, name) != getattr(draft, name)}
    if row.price != draft.price:
        was |= {"price_minor": row.price_minor, "currency": row.currency}
    if row.options != list(draft.options):
        was["options"] = row.options
    return was | _handled_otherwise(row.handling, draft.handling)


def _handled_otherwise(was: Handling, now: Handling) -> dict[str, object]:
    before: dict[str, object] = {
        name: getattr(was, name) for name in ("own_box", "fragile", "hazmat") if getattr(was, name) != getattr(now, name)
    }
    if was.dims_mm != now.dims_mm:
        before["dims_mm"] = "×".join(str(side) for side in was.dims_mm) if was.dims_mm else ""
    return before


def _happened(event: str, product_id: int, data: Mapping[str, object]) -> Happened:
    return Happened(event, f"product:{product_id}", f"product:{product_id}", data)
