"""The money of one return: what was granted, how far it is, and what the rest is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.flows import refund_returns
from doorstep.payments import queries
from doorstep.returns.values import Decision, LineRow, Outcome, ReturnRow

WORTH = (Outcome.REFUND_ORIGINAL, Outcome.STORE_CREDIT)
REFUND: Promise = _("Refund")
CREDIT: Promise = _("Store credit")


def facts_of(ctx: Ctx, *, row: ReturnRow, lines: Sequence[LineRow]) -> dict[str, Any]:
    """Refunds and credits of a return, and what its open lines are worth, None where they are worth nothing."""
    given = queries.given_for(ctx, order_id=row.order_id, subject=f"return:{row.id}")
    moves = [
        {"word": REFUND, "amount": call.amount, "look": "by_hand" if call.is_by_hand else call.word, "at": call.wanted_at}
        for call in given.refunds
    ] + [
        {"word": CREDIT, "amount": Money(c.amount_minor, c.currency), "look": "succeeded", "at": c.at} for c in given.credits
    ]  # fmt: skip
    return {"moves": moves, "open": _open(ctx, row, lines)}


def _open(ctx: Ctx, row: ReturnRow, lines: Sequence[LineRow]) -> Money | None:
    standing = (Decision.APPROVED, Decision.NEEDS_REVIEW)
    left = {
        line.order_line_id: line.qty - line.missing - line.settled
        for line in lines
        if line.decision in standing and line.outcome in WORTH and line.qty - line.missing > line.settled
    }
    if not left or row.historical or row.decision not in standing:
        return None
    bill = queries.bill_of(ctx, order_id=row.order_id)
    return refund_returns.quote(ctx, row=row, bill=bill, back=left).total
