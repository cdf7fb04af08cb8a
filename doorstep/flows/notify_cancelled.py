"""Customers are told that an order was called off, and what becomes of its money; once, in their language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from doorstep.accounts import queries as accounts
from doorstep.base import money
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.outbox import Event
from doorstep.messaging import actions
from doorstep.messaging.render import render
from doorstep.messaging.values import Draft
from doorstep.orders import queries as orders
from doorstep.payments import queries as payments
from doorstep.payments.values import CallKind, CallState, EntryKind, Ledger

TEMPLATE = "cancelled"


def react(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells so after the money was let go of; what a shop called off, the shop tells, and nobody hears of past orders."""
    ids = sorted({event.timeline_id for event in happened if event.actor_kind != "channel"})
    to = orders.destinations(ctx, order_ids=ids)
    brand = accounts.organisation(ctx)
    drafts = []
    for order_id, whom in sorted(to.items()):
        if not whom.email or orders.get(ctx, id=order_id).historical:
            continue
        lines = [{"title": n.title or n.sku, "qty": n.qty} for n in orders.lines_of(ctx, order_ids=[order_id])]
        facts: dict[str, Any] = {
            "name": whom.customer_name, "order": whom.name, "lines": lines, "brand": brand.name, "accent": brand.accent,
            "language": whom.language, **_money(payments.ledger_of(ctx, order_id=order_id), whom.language),
        }  # fmt: skip
        subject, text, html = render(TEMPLATE, language=whom.language, facts=facts)
        key, about = f"{TEMPLATE}:order:{order_id}", f"order:{order_id}"
        drafts.append(Draft(key, about, whom.email, whom.customer_name, TEMPLATE, whom.language, subject, text, html))
    actions.queue(ctx, drafts=drafts, domain=settings.MAIL_FROM.partition("@")[2])


def _money(ledger: Ledger, language: str) -> dict[str, str]:
    """What becomes of the money: `refund` with its amount, `void`, or `none` where nobody took any."""
    going = sum(c.amount_minor for c in ledger.calls if c.kind == CallKind.REFUND and c.state != CallState.FAILED)
    back = max(going, ledger.captured_minor)
    if back > 0:
        return {"money": "refund", "amount": money.show(Money(back, ledger.currency), language)}
    held = any(entry.kind == EntryKind.AUTHORISATION for entry in ledger.entries)
    return {"money": "void" if held else "none"}
