"""Orders that a shop holds units for while their buyers pay: what they want is kept in a cart, until they are paid for or end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.channels import apart, exposures, listings, queries, told
from doorstep.channels.port import UnitsPending
from doorstep.flows import bundles, mapping
from doorstep.orders import queries as orders
from doorstep.orders.values import Address, Buyer, LineDraft, OrderDraft
from doorstep.stock import carts, set_aside

KEPT_FOR = timedelta(days=14)  # a shop that says no more of one has ended it by then
MARK = "pending"


def keep(ctx: Ctx, *, connection_id: int, pending: Sequence[UnitsPending]) -> set[str]:
    """Keeps what pending orders want, as far as it is free; the same order told again keeps no more.

    The shop shows so much less by itself.  Returns: the orders that were news, by external id.
    Locks: what was told of the orders, exposures, then carts, then pool rows; each kind ascending, for all orders at once.
    Emits: StockChanged.
    """
    keys = [(connection_id, one.external_id) for one in pending]
    out = {*orders.find_existing(ctx, keys=keys), *queries.find_withdrawn(ctx, keys=keys)}
    dated = [(connection_id, one.external_id, one.changed_at) for one in pending]
    newest = told.note(ctx, told=dated) if dated else set()
    news = [
        one
        for one in pending
        if (connection_id, one.external_id) not in out and (connection_id, one.external_id, one.changed_at) in newest
    ]
    held = set_aside.held(ctx, tokens=[_token(connection_id, one) for one in news]) if news else {}
    new = {one.external_id: one for one in news if _token(connection_id, one) not in held}
    sold = {one: lines for _, one in sorted(new.items()) if (lines := _ours(ctx, connection_id, one))}
    if sold:
        _keep(ctx, connection_id, sold)
    return {one.external_id for one in sold}


def _token(connection_id: int, one: UnitsPending) -> str:
    return apart.cart_of(connection_id, one.external_id, mark=MARK)


def _ours(ctx: Ctx, connection_id: int, one: UnitsPending) -> list[tuple[VariantRow, int]]:
    """What an order wants of what we know, and how much of each."""
    skus = mapping.our_skus(ctx, connection_id=connection_id, lines=[(item, sku) for item, sku, _ in one.lines])
    known = catalog.find_variants(ctx, skus=sorted(set(skus)))
    return [(known[sku], qty) for sku, (_, _, qty) in zip(skus, one.lines, strict=True) if sku in known and qty]


def _keep(ctx: Ctx, connection_id: int, sold: Mapping[UnitsPending, Sequence[tuple[VariantRow, int]]]) -> None:
    """All of them together, so that each kind of row is locked once."""
    variants = {row.sku: row.id for lines in sold.values() for row, _ in lines}
    rows = [row for row in listings.of_variants(ctx, variant_ids=sorted(variants.values())) if row.connection_id == connection_id]
    exposures.lock(ctx, listing_ids=sorted(row.id for row in rows))  # those that have units apart stand among the others
    shown = [(connection_id, row.id, qty, one.at) for one, lines in sold.items() for row, qty in lines]
    exposures.note_sold(ctx, sold=shown)
    exposures.note_sold(ctx, sold=shown, apart=True)
    held = apart.held(ctx, listing_ids=[row.id for row in rows])
    wants = {_token(connection_id, one): _opened(ctx, lines) for one, lines in sold.items()}
    apart.carve(
        ctx,
        drafts=[_draft(connection_id, one, [(row.sku, qty) for row, qty in lines]) for one, lines in sold.items()],
        variants=variants,
        listings={(row.connection_id, row.variant_id or 0): row.id for row in rows if row.id in held},
        mark=MARK,
        variant_ids={variant for wanted in wants.values() for variant in wanted},
    )
    set_aside.keep(ctx, wants=wants, until=ctx.now + KEPT_FOR)


def _opened(ctx: Ctx, sold: Sequence[tuple[VariantRow, int]]) -> Counter[int]:
    wants = Counter[int]()
    for want in bundles.open_cart(ctx, wants=sold):
        wants[want.variant_id] += want.qty
    return wants


def _draft(connection_id: int, one: UnitsPending, lines: Sequence[tuple[str, int]]) -> OrderDraft:
    """What is known of the order so far."""
    nothing = [LineDraft(sku, qty, Money(0, "EUR")) for sku, qty in lines]
    return OrderDraft(one.external_id, "EUR", nothing, Buyer(), Address("", (), "", ""), one.at, connection_id=connection_id)


def take(ctx: Ctx, drafts: Sequence[OrderDraft]) -> list[OrderDraft]:
    """Orders that were pending, each with the cart that keeps its units; others as they are."""
    tokens = [apart.cart_of(draft.connection_id, draft.external_id, mark=MARK) for draft in drafts]
    held = set_aside.held(ctx, tokens=tokens) if drafts else {}
    return [
        replace(draft, reservation=token) if token in held and not draft.reservation else draft
        for draft, token in zip(drafts, tokens, strict=True)
    ]


def forget(ctx: Ctx, *, keys: Sequence[tuple[int, str]]) -> int:
    """Gives back what was kept for orders that ended before they were paid for.  Shapes: (connection id, external id).

    Returns: units given back.  Locks: carts, then pool rows, ascending.  Emits: StockArrived.
    """
    tokens = [apart.cart_of(connection_id, external_id, mark=MARK) for connection_id, external_id in keys]
    return carts.release_all(ctx, tokens=tokens)


def were(ctx: Ctx, *, keys: Sequence[tuple[int, str]]) -> set[tuple[int, str]]:
    """Which of these orders were pending before they came, so that their shop shows less since then already."""
    by_token = {apart.cart_of(*key, mark=MARK): key for key in keys}
    return {by_token[token] for token in set_aside.find_known(ctx, tokens=list(by_token))}
