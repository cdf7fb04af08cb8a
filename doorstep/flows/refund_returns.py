"""What a return is worth, granted when its policy says so: each unit once, never more than was paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.flows import exchange, refund
from doorstep.orders import queries as orders
from doorstep.payments import actions as payments
from doorstep.payments import queries as money
from doorstep.payments import rules as money_rules
from doorstep.payments.values import OPEN_CALLS, Bill, CallKind, CallState, Quote
from doorstep.returns import actions, events, locks, queries, rules
from doorstep.returns.values import (
    EXCHANGE_TAG,
    Action,
    Decision,
    Goods,
    LineRow,
    MoneyState,
    Outcome,
    Preview,
    ReturnRow,
    Timing,
)
from doorstep.tasks import actions as tasks
from doorstep.tasks.values import TaskDraft

REASON = "return"
TASK = "return_money"
_OPEN = {
    CallState.UNKNOWN: MoneyState.UNKNOWN,
    CallState.PENDING: MoneyState.PENDING,
    CallState.WANTED: MoneyState.GRANTED,
}


def settle(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Grants what is due by now of the returns that these events tell of, and closes those that are done."""
    for return_id in sorted({event.subject_id for event in happened}):
        grant(ctx, return_id=return_id)


def follow(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Notes what became of the money of returns; other refunds are none of it."""
    ids = sorted({id for event in happened if (id := events.about_return(event.data)) is not None})
    for row in queries.returns_by_id(ctx, ids=ids).values():
        note_money(ctx, return_id=row.id)


def go_on(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Grants what waited for the money of an order to arrive, or to fail to."""
    for row in queries.returns_of(ctx, order_ids=sorted({event.timeline_id for event in happened})):
        if not row.historical and row.decision == Decision.APPROVED and row.goods != Goods.CLOSED:
            grant(ctx, return_id=row.id)


def follow_cancelled(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Refunds what was sent back in exchange for orders that were cancelled: nothing else comes for it."""
    placed = orders.orders_by_id(ctx, ids=sorted({event.timeline_id for event in happened}))
    swaps = [id for id, order in placed.items() if EXCHANGE_TAG in order.tags]
    for row in queries.returns_exchanged_for(ctx, order_ids=swaps) if swaps else ():
        grant(ctx, return_id=row.id)


@transaction.atomic
def grant(ctx: Ctx, *, return_id: int) -> None:
    """Grants what is due by now of one return; asking again grants nothing more.

    Units that are received and judged missing, and lines that were declined, are never due.  Where nothing can be refunded
    because nothing was taken, a person is asked; while the money of the order is on its way to us, it waits for that.
    Locks: the return, the payment.  Emits: RefundGranted, CreditGranted, ReturnProcessed, ReturnClosed.
    """
    locks.one(ctx, return_id)
    row = queries.get_return(ctx, return_id=return_id)
    exchange.give_up(ctx, row=row)
    if _is_being_captured(ctx, row.order_id):
        return
    lines = queries.lines_of(ctx, return_ids=[return_id])
    due = _due(row, lines)
    for outcome in (Outcome.REFUND_ORIGINAL, Outcome.STORE_CREDIT):
        mine = [line for line in lines if line.outcome == outcome]
        if any(due[line.id] > 0 for line in mine):
            _give(ctx, row, mine, due, outcome)
    for line in lines:
        if line.outcome == Outcome.EXCHANGE_VARIANT and row.decision == Decision.APPROVED:
            exchange.let_go(ctx, row=row, line=line, due=due[line.id])
    note_money(ctx, return_id=return_id)


def _is_being_captured(ctx: Ctx, order_id: int) -> bool:
    calls = money.calls_of(ctx, order_ids=[order_id])
    return any(call.kind == CallKind.CAPTURE and call.state in OPEN_CALLS for call in calls)


def _due(row: ReturnRow, lines: Sequence[LineRow]) -> dict[int, int]:
    is_scanned = row.goods not in (Goods.NONE, Goods.LABEL_ISSUED)
    is_approved = row.decision == Decision.APPROVED
    return {
        line.id: rules.due(Timing(row.timing), line, approved=is_approved, scanned=is_scanned, keep_item=row.keep_item)
        - line.settled
        for line in lines
    }


def _give(ctx: Ctx, row: ReturnRow, lines: Sequence[LineRow], due: Mapping[int, int], outcome: Outcome) -> None:
    """The key counts all units of the outcome that are settled by then, so that every grant has one of its own."""
    now = [line for line in lines if due[line.id] > 0]
    payments.lock_payment(ctx, order_id=row.order_id)
    bill = money.bill_of(ctx, order_id=row.order_id)
    seen = quote(ctx, row=row, bill=bill, back={line.order_line_id: due[line.id] for line in now})
    done = sum(line.settled for line in lines) + sum(due[line.id] for line in now)
    key, subject = f"return:{row.id}:{outcome}:{done}", f"return:{row.id}"
    given = exchange.rest_granted(ctx, row=row, lines=[line for line in now if line.exchange_order_id is not None])
    if seen.cut_minor > given:
        _ask_person(ctx, row, seen.cut_minor - given)
    seen = replace(seen, cut_minor=max(seen.cut_minor, given))
    if seen.total_minor > 0 and outcome == Outcome.STORE_CREDIT:
        payments.grant_credit(
            ctx, customer_id=row.customer_id, order_id=row.order_id, amount_minor=seen.total_minor, currency=row.currency,
            key=key, subject=subject, shares=seen.shares,
        )  # fmt: skip
    elif seen.total_minor > 0:
        payments.grant_quote(ctx, order_id=row.order_id, quote=seen, key=key, subject=subject, reason=REASON)
    actions.settle_lines(ctx, settled={line.id: due[line.id] for line in now})


def quote(ctx: Ctx, *, row: ReturnRow, bill: Bill, back: Mapping[int, int]) -> Quote:
    """What units of a return are worth."""
    return _quote(ctx, bill, back, is_withdrawal=row.is_withdrawal)


def worth(ctx: Ctx, *, seen: Preview) -> Quote:
    """What a request is worth in money if all of it comes back, by the very rule that pays it later."""
    bill = money.bill_of(ctx, order_id=seen.order_id)
    back = {line.order_line_id: line.qty for line in seen.lines if line.action != Action.REJECT}
    return _quote(ctx, bill, back, is_withdrawal=seen.is_withdrawal)


def _quote(ctx: Ctx, bill: Bill, back: Mapping[int, int], *, is_withdrawal: bool) -> Quote:
    """Units that were exchanged count as given back; a withdrawal brings the shipping too.

    Units that somebody refunded already are worth nothing more.
    """
    bill = refund.with_exchanged(ctx, bill=bill)
    with_shipping = is_withdrawal and not bill.shipping_before
    left = {line.line_id: max(line.qty - bill.before.get(line.line_id, 0), 0) for line in bill.lines}
    owed = {line_id: min(qty, left.get(line_id, qty)) for line_id, qty in back.items()}
    return money_rules.quote(bill, back=owed, with_shipping=with_shipping)


def _ask_person(ctx: Ctx, row: ReturnRow, minor: int) -> None:
    """The order has less money than its goods are worth: nothing was taken, or it was given back before."""
    subject = f"return:{row.id}"
    facts = {"number": row.name, "order": row.order_name, "minor": minor, "currency": row.currency}
    tasks.create(ctx, tasks=[TaskDraft(f"{TASK}:{row.id}", TASK, subject, f"order:{row.order_id}", facts)])


@transaction.atomic
def note_money(ctx: Ctx, *, return_id: int) -> None:
    """Brings the money of a return up to date with its refunds, and processes and closes it where nothing is left to do.

    Locks: the return.  Emits: ReturnProcessed, ReturnClosed.
    """
    locks.one(ctx, return_id)
    row = queries.get_return(ctx, return_id=return_id)
    to = _money_of(ctx, row)
    actions.set_money(ctx, return_id=return_id, to=to)
    is_kept = row.keep_item and row.decision == Decision.APPROVED and row.goods == Goods.NONE
    if row.goods == Goods.INSPECTED or is_kept:
        actions.move_goods(ctx, return_ids=[return_id], to=Goods.PROCESSED)
    if to in (MoneyState.NONE, MoneyState.SUCCEEDED):
        actions.move_goods(ctx, return_ids=[return_id], to=Goods.CLOSED)


def _money_of(ctx: Ctx, row: ReturnRow) -> MoneyState:
    given = money.given_for(ctx, order_id=row.order_id, subject=f"return:{row.id}")
    if not given.refunds:
        return MoneyState.SUCCEEDED if given.credits else MoneyState.NONE
    for state, word in _OPEN.items():
        if any(call.state == state for call in given.refunds):
            return word
    return MoneyState.FAILED if given.refunds[0].state == CallState.FAILED else MoneyState.SUCCEEDED
