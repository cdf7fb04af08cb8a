"""What was read becomes rows of the domains, a batch in one transaction."""

from __future__ import annotations

from collections.abc import Container, Sequence

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.catalog import actions as catalog
from doorstep.catalog import queries as catalog_queries
from doorstep.catalog.values import Handling, VariantDraft, VariantItem, VariantRow
from doorstep.customers import actions as customers
from doorstep.flows import compose
from doorstep.flows.compose import Contained
from doorstep.flows.moving_in.values import Bad, Kind, Problem, Read, Wish
from doorstep.locations import actions as locations
from doorstep.locations.values import BinDraft
from doorstep.stock import actions as stock


def write(ctx: Ctx, *, reads: Sequence[Read], wish: Wish) -> list[Bad]:
    """Writes a batch.  Returns: the rows that a domain refused; doing it again changes nothing more.

    When the batch is refused as a whole, each row is tried alone, so that only the guilty one stays out.
    """
    try:
        with transaction.atomic():
            _WRITE[wish.kind](ctx, reads, wish)
        return []
    except Refused as refused:
        if len(reads) == 1:
            return [Bad(reads[0].number, Problem(refused.refusal.says, refused.facts))]
    return [bad for read in reads for bad in write(ctx, reads=[read], wish=wish)]


def _products(ctx: Ctx, reads: Sequence[Read], wish: Wish) -> None:
    items: list[VariantItem] = [read.item for read in reads]
    here = catalog_queries.find_variants(ctx, skus=[item.sku for item in items]) if wish.update else {}
    catalog.ensure_variants(ctx, items=items)
    if here:
        changed = {here[i.sku].id: _merged(here[i.sku], i, wish) for i in items if i.sku in here}
        catalog.edit_variants(ctx, changed=changed)


def _merged(row: VariantRow, item: VariantItem, wish: Wish) -> VariantDraft:
    """The variant with what the file says of it; columns that the file lacks stay as they are."""
    has = wish.mapping.keys()
    return VariantDraft(
        row.sku,
        item.price if "price" in has else row.price,
        item.barcode or row.barcode,
        item.options or tuple(row.options),
        item.weight_g if "weight_g" in has and item.weight_g else row.weight_g,
        item.hs_code or row.hs_code,
        item.country_of_origin or row.country_of_origin,
        row.archived,
        _handled(row.handling, item.handling, has),
    )


def _handled(row: Handling, item: Handling, has: Container[str]) -> Handling:
    return Handling(
        item.dims_mm or row.dims_mm,
        item.own_box if "own_box" in has else row.own_box,
        item.fragile if "fragile" in has else row.fragile,
        item.hazmat or row.hazmat,
    )


def _bundles(ctx: Ctx, reads: Sequence[Read], _wish: Wish) -> None:
    """A bundle is made of what all its rows say together; each of them says it whole."""
    wanted: dict[int, tuple[Contained, ...]] = dict(read.item for read in reads)
    for variant_id, contents in sorted(wanted.items()):
        compose.set_components(ctx, variant_id=variant_id, contents=contents)


def _stock(ctx: Ctx, reads: Sequence[Read], wish: Wish) -> None:
    stock.count(ctx, counts=[read.item[0] for read in reads], reference=f"file:{wish.arrival_id}")
    for counted, shelf in sorted((read.item for read in reads), key=lambda pair: pair[0].variant_id):
        if shelf:
            stock.set_bin(ctx, variant_id=counted.variant_id, location_id=counted.location_id, bin=shelf)


def _customers(ctx: Ctx, reads: Sequence[Read], _wish: Wish) -> None:
    customers.match(ctx, people=[read.item for read in reads])


def _bins(ctx: Ctx, reads: Sequence[Read], _wish: Wish) -> None:
    by_place: dict[int, list[BinDraft]] = {}
    for at, draft in (read.item for read in reads):
        by_place.setdefault(at, []).append(draft)
    for at, drafts in sorted(by_place.items()):
        locations.add_bins(ctx, location_id=at, bins=drafts)


_WRITE = {
    Kind.PRODUCTS: _products, Kind.BUNDLES: _bundles, Kind.STOCK: _stock, Kind.CUSTOMERS: _customers, Kind.BINS: _bins,
}  # fmt: skip
