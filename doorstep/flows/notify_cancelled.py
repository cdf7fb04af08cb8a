"""Customers are told that an order was called off, and what becomes of its money; once, in their language."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base import money
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.outbox import Event
from doorstep.flows.letters import Letter, write
from doorstep.flows.notify import told_lines
from doorstep.orders import queries as orders
from doorstep.payments import queries as payments
from doorstep.payments.values import CallKind, CallState, EntryKind, Ledger

TEMPLATE = "cancelled"


def react(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells so after the money was let go of; what a shop called off, the shop tells, and nobody hears of past orders."""
    ids = sorted({event.timeline_id for event in happened if event.actor_kind != "channel"})
    letters = []
    for order_id, whom in sorted(orders.destinations(ctx, order_ids=ids).items()):
        if not whom.email or orders.get(ctx, id=order_id).historical:
            continue
        lines = told_lines(orders.lines_of(ctx, order_ids=[order_id]))
        facts = {"lines": lines, **_money(payments.ledger_of(ctx, order_id=order_id), whom.language)}
        letters.append(Letter(whom, TEMPLATE, f"{TEMPLATE}:order:{order_id}", facts))
    write(ctx, letters=letters)


def _money(ledger: Ledger, language: str) -> dict[str, str]:
    """What becomes of the money: `refund` with its amount, `void`, or `none` where nobody took any."""
    going = sum(c.amount_minor for c in ledger.calls if c.kind == CallKind.REFUND and c.state != CallState.FAILED)
    back = max(going, ledger.payment.captured_minor if ledger.payment else 0)
    if back > 0:
        return {"money": "refund", "amount": money.show(Money(back, ledger.currency), language)}
    held = any(entry.kind == EntryKind.AUTHORISATION for entry in ledger.entries)
    return {"money": "void" if held else "none"}
