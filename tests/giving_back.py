"""Goods that come back, money that goes back, and shirts that are exchanged, made by the actions that make them in life."""

from __future__ import annotations

from doorstep.base.invariants import check
from doorstep.base.money import Money
from doorstep.catalog import actions as catalog
from doorstep.catalog.values import VariantItem
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import send_back
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderRow
from doorstep.payments import actions as payments
from doorstep.payments import queries as money
from doorstep.returns import queries, receiving
from doorstep.returns.values import Arrived, ReturnRow, Wish
from doorstep.worker.dispatch import drain
from tests.factories import Brand, receive
from tests.returning import lines

SHIRT = {"S": "1000", "M": "1000", "L": "1200", "XS": "700"}


def refunds(brand: Brand, order_id: int) -> list[tuple[int, str]]:
    found = [c for c in money.calls_of(brand.ctx, order_ids=[order_id]) if c.kind == "refund"]
    return [(c.amount_minor, c.subject) for c in sorted(found, key=lambda c: c.id)]


def pay_out(brand: Brand, order_id: int) -> None:
    """A person pays by hand what was granted, since the shop took the money."""
    for call in money.calls_of(brand.ctx, order_ids=[order_id]):
        if call.is_by_hand:
            payments.confirm_refund(brand.ctx, refund_id=call.id)
    drain()


def back(brand: Brand, return_id: int, *counts: int, word: str = "restocked") -> None:
    """So many units of each line received and judged."""
    found = queries.lines_of(brand.ctx, return_ids=[return_id])
    came = [Arrived(n, line.id) for line, n in zip(found, counts, strict=True) if n]
    receiving.receive(brand.ctx, return_id=return_id, arrived=came, key=f"r{return_id}-{counts}")
    for line, n in zip(found, counts, strict=True):
        if n:
            receiving.inspect(
                brand.ctx, line_id=line.id, qty=n, grade="A", disposition=word, key=f"i{line.id}-{counts}"
            )
    drain()


def row_of(brand: Brand, return_id: int) -> ReturnRow:
    return queries.get_return(brand.ctx, return_id=return_id)


def holds(brand: Brand) -> None:
    assert [(b.invariant.name, b.examples) for b in check(all_invariants())] == []


def shirts(brand: Brand, *, stocked: str = "SML") -> dict[str, int]:
    """A shirt in sizes, ten of each of those that are stocked."""
    items = [
        VariantItem(
            f"SHIRT-{size}", "Shirt", Money(int(minor), "EUR"), product="shirt", option_names=("Size",), options=(size,)
        )
        for size, minor in SHIRT.items()
    ]
    made = catalog.ensure_variants(brand.ctx, items=items)
    for size in stocked:
        receive(brand.ctx, made[f"SHIRT-{size}"], brand.berlin, 10)
    return made


def swap(brand: Brand, order_id: int, size: int, *, sku: str = "SHIRT-S", qty: int = 1, key: str = "x") -> int:
    chosen = Wish(lines(brand.ctx, order_id)[sku].id, qty, "too_small", "exchange_variant", exchange_variant_id=size)
    return send_back.request(brand.ctx, order_id=order_id, wishes=[chosen], key=key)


def exchange_of(brand: Brand, return_id: int) -> OrderRow:
    [line] = queries.lines_of(brand.ctx, return_ids=[return_id])
    order_id = line.exchange_order_id or 0
    return orders.orders_by_id(brand.ctx, ids=[order_id])[order_id]
