"""Products and their variants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from ninja import Router, Status

from doorstep.api.refusals import not_together
from doorstep.api.v1 import paging, show
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.product_shapes import (
    ComponentsIn,
    DimsIn,
    ProductIn,
    ProductOut,
    ProductPatchIn,
    ProductsOut,
    VariantIn,
    VariantOut,
    VariantPatchIn,
)
from doorstep.api.v1.shapes import Cursor, Id, Limit, Search, Since
from doorstep.api.v1.translate import Mistakes, read_since
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.catalog import actions, components, queries
from doorstep.catalog.values import Handling, ProductDetail, ProductDraft, VariantDraft, VariantRow
from doorstep.flows import compose
from doorstep.flows.compose import Contained
from doorstep.stock import bundles as stock

router = Router(tags=["Products"])


@operation(router, "GET", "/products", scope="catalog:read", answers={200: ProductsOut})
def list_products(
    request: Asked,
    q: Search = "",
    status: Literal["", "active", "draft", "archived"] = "",
    updated_since: Since = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Products with their variants, newest first, archived ones only when asked for; or what changed since a moment."""
    ctx = request.ctx
    if updated_since:
        if q or status:
            raise not_together("updated_since")
        since, after = read_since(updated_since, ctx.now), paging.by_moment(cursor, "products.updated")
        found = queries.list_updated(ctx, since=since, after=after, limit=limit + 1)
        shown, following = paging.cut(found, limit=limit, kind="products.updated", key=lambda r: (r.updated_at, r.id))
        return {"products": _documents(ctx, shown), "next": following}
    before = paging.by_id(cursor, "products.newest")
    rows = queries.list_products(ctx, query=q, status=status, before=before, limit=limit + 1)
    cut, following = paging.cut(rows, limit=limit, kind="products.newest", key=lambda r: (r.id,))
    details = queries.products_by_id(ctx, ids=[row.id for row in cut])
    return {"products": _documents(ctx, [details[row.id] for row in cut]), "next": following}


@operation(router, "GET", "/products/{product_id}", scope="catalog:read", answers={200: ProductOut})
def get_product(request: Asked, product_id: Id) -> dict[str, Any]:
    """One product with its variants."""
    return _document(request.ctx, product_id)


@operation(router, "POST", "/products", scope="catalog:write", answers={201: ProductOut})
def create_product(request: Asked, product: ProductIn) -> Status[dict[str, Any]]:
    """Adds a product with its variants."""
    wrong = Mistakes()
    draft = ProductDraft(
        title=wrong.text("/title", product.title, longest=255, required=True),
        description=wrong.text("/description", product.description, longest=20_000, lines=True),
        category=wrong.text("/category", product.category, longest=80),
        status=product.status,
        option_names=_texts(wrong, "/option_names", product.option_names, 40),
        final_sale=product.final_sale,
    )
    variants = [_variant(wrong, f"/variants/{i}", one) for i, one in enumerate(product.variants)]
    wrong.refuse()
    made = actions.create_product(request.ctx, product=draft, variants=variants)
    return Status(201, _document(request.ctx, made))


@operation(router, "PATCH", "/products/{product_id}", scope="catalog:write", answers={200: ProductOut})
def edit_product(request: Asked, product_id: Id, change: ProductPatchIn) -> dict[str, Any]:
    """Changes a product; refused with `changed_meanwhile` where somebody else did so since you read it."""
    was, wrong = queries.get_product(request.ctx, product_id=product_id), Mistakes()
    draft = _changed(wrong, was, change)
    wrong.refuse()
    actions.edit_product(request.ctx, product_id=product_id, version=change.version, product=draft)
    return _document(request.ctx, product_id)


def _documents(ctx: Ctx, found: Sequence[ProductDetail]) -> list[dict[str, Any]]:
    """Products with what is available of their variants, and what bundles among them are made of."""
    ids = [row.id for one in found for row in one.variants]
    available = stock.available_of(ctx, variant_ids=ids)
    inside = components.components_of(ctx, variant_ids=ids)
    return [show.product(one, available, inside) for one in found]


def _document(ctx: Ctx, product_id: int) -> dict[str, Any]:
    (document,) = _documents(ctx, [queries.get_product(ctx, product_id=product_id)])
    return document


def _changed(wrong: Mistakes, was: ProductDetail, change: ProductPatchIn) -> ProductDraft:
    def text(name: str, longest: int, **more: bool) -> str:
        given = getattr(change, name)
        return str(getattr(was, name)) if given is None else wrong.text(f"/{name}", given, longest=longest, **more)

    names = change.option_names
    return ProductDraft(
        title=text("title", 255, required=True),
        description=text("description", 20_000, lines=True),
        category=text("category", 80),
        status=change.status or was.status,
        option_names=tuple(was.option_names) if names is None else _texts(wrong, "/option_names", names, 40),
        final_sale=was.final_sale if change.final_sale is None else change.final_sale,
    )


@operation(router, "POST", "/products/{product_id}/variants", scope="catalog:write", answers={201: VariantOut})
def add_variant(request: Asked, product_id: Id, variant: VariantIn) -> Status[dict[str, Any]]:
    """Adds a variant to a product."""
    wrong = Mistakes()
    draft = _variant(wrong, "", variant)
    wrong.refuse()
    made = actions.add_variant(request.ctx, product_id=product_id, variant=draft)
    return Status(201, _shown(request.ctx, made))


@operation(router, "GET", "/variants/{variant_id}", scope="catalog:read", answers={200: VariantOut})
def get_variant(request: Asked, variant_id: Id) -> dict[str, Any]:
    """One variant."""
    return _shown(request.ctx, variant_id)


@operation(router, "PATCH", "/variants/{variant_id}", scope="catalog:write", answers={200: VariantOut})
def edit_variant(request: Asked, variant_id: Id, change: VariantPatchIn) -> dict[str, Any]:
    """Changes a variant."""
    was, wrong = _row(request.ctx, variant_id), Mistakes()

    def text(name: str, longest: int, *, required: bool = False) -> str:
        given = getattr(change, name)
        if given is None:
            return str(getattr(was, name))
        return wrong.text(f"/{name}", given, longest=longest, required=required)

    price = was.price
    if change.price is not None:
        price = wrong.money("/price", change.price, wrong.currency("/price/currency", change.price.currency))
    draft = VariantDraft(
        sku=text("sku", 64, required=True),
        price=price,
        barcode=text("barcode", 64),
        options=tuple(was.options) if change.options is None else _texts(wrong, "/options", change.options, 80),
        weight_g=was.weight_g if change.weight_g is None else change.weight_g,
        hs_code=text("hs_code", 12),
        country_of_origin=_country(wrong, "/country_of_origin", change.country_of_origin, was.country_of_origin),
        archived=was.archived if change.archived is None else change.archived,
        handling=_rehandled(wrong, was.handling, change),
    )
    wrong.refuse()
    actions.edit_variant(request.ctx, variant_id=variant_id, variant=draft)
    return _shown(request.ctx, variant_id)


@operation(router, "PUT", "/variants/{variant_id}/components", scope="catalog:write", answers={200: VariantOut})
def set_components(request: Asked, variant_id: Id, wanted: ComponentsIn) -> dict[str, Any]:
    """Says what a bundle is made of; only orders placed from now on are opened so. Refused with `has_stock` for a variant that
    has or had stock of its own."""
    contents = [Contained(one.sku, one.qty) for one in wanted.components]
    compose.set_components(request.ctx, variant_id=variant_id, contents=contents)
    return _shown(request.ctx, variant_id)


def _shown(ctx: Ctx, variant_id: int) -> dict[str, Any]:
    row = _row(ctx, variant_id)
    available = stock.available_of(ctx, variant_ids=[row.id])[row.id]
    return show.variant(row, available, components.components_of(ctx, variant_ids=[row.id]).get(row.id, ()))


def _row(ctx: Ctx, variant_id: int) -> VariantRow:
    found = queries.variants_by_id(ctx, ids=[variant_id]).get(variant_id)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "variant", "key": variant_id})
    return found


def _variant(wrong: Mistakes, pointer: str, given: VariantIn) -> VariantDraft:
    currency = wrong.currency(f"{pointer}/price/currency", given.price.currency)
    known = currency == given.price.currency
    return VariantDraft(
        sku=wrong.text(f"{pointer}/sku", given.sku, longest=64, required=True),
        price=wrong.money(f"{pointer}/price", given.price if known else None, currency),
        barcode=wrong.text(f"{pointer}/barcode", given.barcode, longest=64),
        options=_texts(wrong, f"{pointer}/options", given.options, 80),
        weight_g=given.weight_g,
        hs_code=wrong.text(f"{pointer}/hs_code", given.hs_code, longest=12),
        country_of_origin=_country(wrong, f"{pointer}/country_of_origin", given.country_of_origin, ""),
        archived=given.archived,
        handling=Handling(
            sides_of(given.dims), given.own_box, given.fragile, wrong.text(f"{pointer}/hazmat", given.hazmat, longest=80)
        ),
    )


def sides_of(given: DimsIn | None) -> tuple[int, int, int] | None:
    """Length, width and height as given."""
    return (given.length_mm, given.width_mm, given.height_mm) if given is not None else None


def _rehandled(wrong: Mistakes, was: Handling, change: VariantPatchIn) -> Handling:
    """How it is packed now; what is left out stays, and null for `dims` forgets what was measured."""
    return Handling(
        sides_of(change.dims) if "dims" in change.model_fields_set else was.dims_mm,
        was.own_box if change.own_box is None else change.own_box,
        was.fragile if change.fragile is None else change.fragile,
        was.hazmat if change.hazmat is None else wrong.text("/hazmat", change.hazmat, longest=80),
    )


def _country(wrong: Mistakes, pointer: str, given: str | None, was: str) -> str:
    if given is None:
        return was
    return wrong.country(pointer, given) if given else ""


def _texts(wrong: Mistakes, pointer: str, given: Sequence[str], longest: int) -> tuple[str, ...]:
    return tuple(wrong.text(f"{pointer}/{i}", one, longest=longest) for i, one in enumerate(given))
