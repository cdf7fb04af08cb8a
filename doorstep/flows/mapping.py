"""What a shop calls its products becomes what we call them; what nobody has mapped is taken all the same, held and named."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from django.db import transaction

from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.base.outbox import Event
from doorstep.base.refusals import Refused
from doorstep.base.texts import one_line
from doorstep.catalog import actions as catalog_actions
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantItem, VariantRow
from doorstep.channels import listings
from doorstep.channels.port import OrderTold
from doorstep.flows import bundles, edit_order
from doorstep.flows.edit_order import Added, Edit
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.values import HoldReason, LineDraft, OrderDraft
from doorstep.stock import locks

log = logging.getLogger("doorstep.mapping")
LONGEST_SKU = 64


@dataclass(frozen=True, slots=True)
class Mapped:
    """An order in our SKUs.  `unmapped`: those of lines that are no product of ours yet."""

    draft: OrderDraft
    unmapped: tuple[str, ...]


def as_ours(ctx: Ctx, *, told: Sequence[tuple[int, OrderTold]]) -> list[Mapped]:
    """Orders of shops in our SKUs: what a listing is mapped to, else what has the shop's own SKU.

    What is neither becomes a draft product with the shop's SKU, so that no line stops an order: it has no stock, and waits for
    a person.  Shapes: (connection id, order) each, answers in order.  Locks: SKUs that are made, ascending.
    """
    keys = {(c, item) for c, order in told for item in order.items if item}
    by_item = listings.variants_of_items(ctx, keys=sorted(keys)) if keys else {}
    ours = {id: row.sku for id, row in catalog.variants_by_id(ctx, ids=sorted(set(by_item.values()))).items()}
    drafts = []
    for connection_id, order in told:
        items = order.items or ("",) * len(order.draft.lines)
        lines = [
            replace(line, sku=ours.get(by_item.get((connection_id, item), 0)) or _sku_of(connection_id, line.sku, item))
            for line, item in zip(order.draft.lines, items, strict=True)
        ]
        drafts.append(replace(order.draft, lines=lines))
    return with_unmapped(ctx, drafts)


def our_skus(ctx: Ctx, *, connection_id: int, lines: Sequence[tuple[str, str]]) -> list[str]:
    """What the lines of a shop are called here, as `as_ours` calls them.  Shapes: (item, SKU) each, answers in order."""
    by_item = listings.variants_of_items(ctx, keys=sorted({(connection_id, item) for item, _ in lines if item}))
    ours = {id: row.sku for id, row in catalog.variants_by_id(ctx, ids=sorted(set(by_item.values()))).items()}
    return [ours.get(by_item.get((connection_id, item), 0)) or _sku_of(connection_id, sku, item) for item, sku in lines]


def _sku_of(connection_id: int, sku: str, item: str) -> str:
    """The SKU of a line that nothing is mapped to: the shop's own, where it has one."""
    return one_line(sku, LONGEST_SKU) or _named_by(connection_id, item)


def _named_by(connection_id: int, item: str) -> str:
    """A SKU for what the shop itself has none for."""
    return f"unmapped-{connection_id}-{item or 'line'}"[:LONGEST_SKU]


def to_map(ctx: Ctx, *, connection_id: int, skus: Sequence[str]) -> dict[str, int]:
    """Which listing is to be mapped for what lines are called that nobody has mapped; none where the shop does not offer it,
    such as a line that was typed in there, or a product that it took down since.  Shapes: listing ids by SKU.
    """
    prefix = _named_by(connection_id, "")[: -len("line")]
    names = {sku: sku.removeprefix(prefix) for sku in skus}
    found = listings.unmapped_called(ctx, connection_id=connection_id, names=sorted(set(names.values())))
    return {sku: found[name] for sku, name in names.items() if name in found}


def with_unmapped(ctx: Ctx, drafts: Sequence[OrderDraft]) -> list[Mapped]:
    """Orders in our SKUs, with draft products for those that nobody has mapped.  Locks: SKUs that are made, ascending."""
    wanted: dict[str, LineDraft] = {line.sku: line for draft in reversed(drafts) for line in draft.lines}
    known = catalog.find_variants(ctx, skus=sorted(wanted))
    items = [
        VariantItem(sku=sku, title=line.title or sku, price=line.unit_price, is_draft=True)
        for sku, line in sorted(wanted.items())
        if sku not in known
    ]
    if items:
        catalog_actions.ensure_variants(ctx.as_actor(SYSTEM), items=items)
    unmapped = {item.sku for item in items} | catalog.find_drafts(ctx, skus=sorted(known))
    return [
        Mapped(draft, tuple(dict.fromkeys(line.sku for line in draft.lines if line.sku in unmapped))) for draft in drafts
    ]


def hold_unmapped(ctx: Ctx, *, orders_of: Mapping[int, Sequence[str]]) -> None:
    """Holds new orders that have lines which are no product of ours yet.  Shapes: the SKUs of these, by order.

    Locks: the orders.  Emits: OrderHeld.
    """
    parts = queries.fulfilment_orders_of(ctx, order_ids=sorted(orders_of)) if orders_of else []
    wishes = [HoldWish(part.id, HoldReason.OTHER, "", {"unmapped": list(orders_of[part.order_id])}) for part in parts]
    if wishes:
        orders.hold(ctx.as_actor(SYSTEM), wishes=wishes)


def hold_added(ctx: Ctx, *, order_id: int, unmapped: Sequence[str]) -> None:
    """Holds an order that its shop changed, where lines are no product of ours yet and nobody was told of these before.

    Locks: the order.  Emits: OrderHeld.
    """
    told = queries.unmapped_told(ctx, order_id=order_id)
    here = {line.sku for line in queries.lines_of(ctx, order_ids=[order_id])}
    if news := [sku for sku in unmapped if sku in here and sku not in told]:
        hold_unmapped(ctx, orders_of={order_id: news})


def follow_links(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Somebody said which product a listing is: orders that wait for that get it in place of what stood for it.

    Locks: the pick lists of all of these orders, then the orders, then the pool rows of all that changes, each kind ascending.
    """
    rows = listings.listings_by_id(ctx, ids=sorted({int(event.data["listing_id"]) for event in happened}))
    ours = catalog.variants_by_id(ctx, ids=sorted({row.variant_id for row in rows.values() if row.variant_id is not None}))
    swaps: list[tuple[int, int, set[str], VariantRow]] = []
    for row in rows.values():
        if row.variant_id is None:
            continue
        stood = catalog.find_drafts(ctx, skus=[sku for sku in (row.sku, _named_by(row.connection_id, row.item)) if sku])
        for order_id in queries.find_unmapped(ctx, skus=sorted(stood)) if stood else ():
            swaps.append((order_id, row.connection_id, stood, ours[row.variant_id]))
    _lock(ctx, {order_id for order_id, *_ in swaps}, [variant for *_, variant in swaps])
    for order_id, connection_id, stood, variant in swaps:
        _swap(ctx, order_id, connection_id, stood, variant.sku)


def _lock(ctx: Ctx, order_ids: Set[int], variants: Sequence[VariantRow]) -> None:
    """All at once: one order after the other would lock stock, and then another order that somebody holds who wants that stock."""
    if not order_ids:
        return
    edit_order.lock(ctx, order_ids=sorted(order_ids))
    inside = bundles.on_the_shelf(ctx, variant_ids=[variant.id for variant in variants if variant.bundle])
    wanted = {line.variant_id for line in queries.lines_of(ctx, order_ids=sorted(order_ids))}
    wanted |= {variant.id for variant in variants if not variant.bundle}
    locks.pool_rows(ctx, wanted | {part.variant_id for parts in inside.values() for part in parts})


def follow_products(ctx: Ctx, happened: Sequence[Event]) -> None:
    """A draft became a product: what it stood for is mapped."""
    ids = sorted({event.subject_id for event in happened})
    skus = [v.sku for variants in catalog.variants_of(ctx, product_ids=ids).values() for v in variants]
    drafts = catalog.find_drafts(ctx, skus=skus)
    known = sorted(set(skus) - drafts)
    for order_id, unmapped in (queries.find_unmapped(ctx, skus=known) if known else {}).items():
        _release(ctx, order_id, unmapped)


def _swap(ctx: Ctx, order_id: int, connection_id: int, stood: Set[str], sku: str) -> None:
    """Puts our product in the place of what stood for it, at the same price; an order that cannot be changed stays as it is."""
    detail = queries.get(ctx, id=order_id)
    if detail.order.connection_id != connection_id:
        return
    lines = [line for line in detail.lines if line.sku in stood and line.qty]
    edit = Edit(
        qty={line.id: 0 for line in lines},
        added=tuple(Added(sku, line.qty, line.unit_price_minor, line.discount_minor) for line in lines),
    )
    try:
        with transaction.atomic():
            if lines:
                edit_order.apply(ctx, order_id=order_id, version=detail.version, edit=edit)
            _release(ctx, order_id, [line.sku for line in queries.lines_of(ctx, order_ids=[order_id]) if line.qty])
    except Refused as refused:
        log.warning("order %s keeps its unmapped lines: %s", order_id, refused)


def _release(ctx: Ctx, order_id: int, skus: Sequence[str]) -> None:
    """Ends the hold of an order that has nothing unmapped left."""
    if catalog.find_drafts(ctx, skus=skus):
        return
    parts = queries.fulfilment_orders_of(ctx, order_ids=[order_id])
    orders.release_hold(ctx, fulfilment_order_ids=[part.id for part in parts], reason=HoldReason.OTHER)
