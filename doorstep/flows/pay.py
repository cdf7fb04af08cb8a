"""Money follows the order: authorised when it is placed, captured when it leaves, let go of when it is cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import httpx
from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.outbox import Event
from doorstep.base.words import gettext_noop
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from doorstep.orders.values import FulfilmentState, HoldReason, OrderRow, OrderState
from doorstep.payments import actions, elsewhere, queries, recording, settling
from doorstep.payments.port import Ask, PaymentPort, payments
from doorstep.payments.values import OPEN_CALLS, OTHER_AMOUNT, CallKind, CallRow, CallState
from doorstep.tasks import actions as tasks
from doorstep.tasks.values import TaskDraft

ASK_AGAIN_AFTER = timedelta(seconds=20)
COLLECT, LOOK = "collect_more", "look_at_payment"  # tasks
CHANGED_MEANWHILE = gettext_noop("The order was changed again.")
PAID = gettext_noop("The money came.")
SETTLED = gettext_noop("The provider has answered for the amount that it was asked for.")


def provider_of(ctx: Ctx, account_id: int) -> PaymentPort:
    """The provider behind an account."""
    row = queries.get_account(ctx, account_id=account_id)
    return payments.get(row.provider, dict(row.settings))


def authorise(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Wishes for the authorisation of new orders that came with a method; where nothing is to pay, nobody is asked."""
    order_ids = sorted({e.timeline_id for e in happened})
    ours = {i: p for i, p in queries.payments_of(ctx, order_ids=order_ids).items() if p.account_id is not None}
    for order_id, payment in sorted(ours.items()):
        if payment.total_minor == 0 and actions.note_paid_elsewhere(ctx, order_id=order_id):
            _free(ctx, order_id)
    actions.want_authorisation(ctx, order_ids=sorted(ours))


def follow_authorised(ctx: Ctx, happened: Sequence[Event]) -> None:
    """An authorised order is held for its payment no longer; one that left meanwhile is captured, a cancelled one voided.

    Of one that was changed while the provider was asked, a person collects what is not held.
    """
    told = {e.timeline_id: e.id for e in happened}
    for order_id, order in sorted(order_queries.orders_by_id(ctx, ids=sorted(told)).items()):
        if order.state == OrderState.CANCELLED:
            actions.let_go(ctx, order_id=order_id)
            continue
        _collect_rest(ctx, order, key=f"authorised:{told[order_id]}")
        _free(ctx, order_id)
        if order.fulfilment_state != FulfilmentState.UNFULFILLED:
            actions.want_capture(ctx, order_id=order_id, key=f"capture:order:{order_id}")


def explain_declined(ctx: Ctx, happened: Sequence[Event]) -> None:
    """A declined authorisation stands at the hold of its order, in words; a cancelled order has no money to wait for."""
    cancelled = [e for e in happened if _is_cancelled(ctx, e.timeline_id)]
    for event in happened:
        detail = {"declined": event.data["problem"]}
        if event not in cancelled:
            orders.note_hold(ctx, order_id=event.timeline_id, reason=HoldReason.AWAITING_PAYMENT, detail=detail)
    for order_id in sorted({e.timeline_id for e in cancelled}):
        actions.let_go(ctx, order_id=order_id)


@transaction.atomic
def record(ctx: Ctx, *, order_id: int, amount_minor: int, method: str, key: str) -> CallRow:
    """Notes that what is open of an order was paid, as a person says; it waits for its payment no longer.

    Units: minor units.  Locks: the order, the payment.  Emits: PaymentCaptured, OrderPaid, HoldReleased.
    Refuses: what `payments.recording.record` refuses.
    """
    row = recording.record(ctx, order_id=order_id, amount_minor=amount_minor, method=method, key=key)
    _free(ctx, order_id)
    tasks.settle(ctx, subject=f"order:{order_id}", kind=COLLECT, outcome=PAID)
    return row


def capture(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Wishes for the capture of orders of which a parcel just left."""
    known = queries.payments_of(ctx, order_ids=sorted({e.timeline_id for e in happened}))
    for event in sorted(happened, key=lambda e: e.timeline_id):
        payment = known.get(event.timeline_id)
        if payment is not None and payment.account_id is not None:
            actions.want_capture(ctx, order_id=event.timeline_id, key=f"capture:{event.subject}")


def let_go(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Lets go of the money of cancelled orders; what a shop took and called off itself, it gives back itself.

    Where the shop said how much it gave back, nothing else is taken for given.
    """
    known = queries.payments_of(ctx, order_ids=sorted({e.timeline_id for e in happened}))
    for event in sorted(happened, key=lambda e: e.timeline_id):
        if event.timeline_id in known and _is_cancelled(ctx, event.timeline_id):
            by_shop = event.actor_kind == "channel"
            if by_shop and known[event.timeline_id].is_elsewhere and _has_told(ctx, event.timeline_id):
                continue
            acting = ctx.as_actor(event.actor) if by_shop else ctx
            actions.let_go(acting, order_id=event.timeline_id, returned=by_shop)


def _has_told(ctx: Ctx, order_id: int) -> bool:
    """Whether the shop told what it gave back of an order."""
    return any(elsewhere.is_given_elsewhere(call) for call in queries.calls_of(ctx, order_ids=[order_id]))


def let_go_of_captured(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Gives back what was captured of an order that was cancelled while the provider was asked, and what stays held."""
    for order_id in sorted({e.timeline_id for e in happened}):
        if _is_cancelled(ctx, order_id):
            actions.let_go(ctx, order_id=order_id)
        else:
            actions.let_go_of_rest(ctx, order_id=order_id)


def follow_edit(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Money follows orders that were changed: less is taken or given back; what is more, a person collects."""
    rows = order_queries.orders_by_id(ctx, ids=sorted({e.timeline_id for e in happened}))
    for event in sorted(happened, key=lambda e: (e.timeline_id, e.id)):
        row = rows[event.timeline_id]
        if row.state == OrderState.CANCELLED or row.id not in queries.payments_of(ctx, order_ids=[row.id]):
            continue
        _collect_rest(ctx, row, key=f"event:{event.id}", paid_back=bool(event.data.get("paid_back")))


def _collect_rest(ctx: Ctx, row: OrderRow, *, key: str, paid_back: bool = False) -> None:
    """Brings the money of an order in line with its total; what is more than is held or taken, a person collects."""
    more = actions.follow_total(ctx, order_id=row.id, key=key, paid_back=paid_back)
    about = f"order:{row.id}"
    tasks.settle(ctx, subject=about, kind=COLLECT, outcome=CHANGED_MEANWHILE)
    if more:
        facts = {"order": row.name, "amount": str(Money(more, row.currency))}
        tasks.create(ctx, tasks=[TaskDraft(f"{COLLECT}:{key}", COLLECT, about, about, facts)])


def _is_cancelled(ctx: Ctx, order_id: int) -> bool:
    return order_queries.orders_by_id(ctx, ids=[order_id])[order_id].state == OrderState.CANCELLED


def _free(ctx: Ctx, order_id: int) -> None:
    parts = order_queries.fulfilment_orders_of(ctx, order_ids=[order_id])
    orders.release_hold(ctx, fulfilment_order_ids=[p.id for p in parts], reason=HoldReason.AWAITING_PAYMENT)


def settle(ctx: Ctx, *, call_id: int) -> None:
    """Asks a provider for what is wished, or how it stands; runs for one wish never overlap.

    A wish that was asked for before is looked up first, so no money moves twice.  Raises: httpx errors, to be tried again;
    until then the wish is `unknown`.
    """
    call = queries.get_call(ctx, call_id=call_id)
    if call.state not in OPEN_CALLS or call.account_id is None:
        return
    port = provider_of(ctx, call.account_id)
    if call.asked_times:
        found = port.find(call.vendor_key)
        if found is not None:
            settling.settle(ctx, call_id=call.id, told=found)
    if call.state == CallState.PENDING or (call.asked_times and found is not None):
        settling.note_looked_up(ctx, call_id=call.id)
        return
    if settling.begin(ctx, call_id=call.id):
        _ask(ctx, port, call)


def _ask(ctx: Ctx, port: PaymentPort, call: CallRow) -> None:
    payment = queries.payments_of(ctx, order_ids=[call.order_id])[call.order_id]
    ask = Ask(
        kind=CallKind(call.kind),
        key=call.vendor_key,
        amount=Money(call.amount_minor, call.currency),
        reference=f"order-{call.order_id}",
        method=payment.method,
        payment=payment.vendor_id,
    )
    try:
        told = port.ask(ask)
    except httpx.HTTPError as trouble:
        settling.settle(ctx, call_id=call.id, told=None, problem=f"{type(trouble).__name__}: {trouble}")
        raise
    settling.settle(ctx, call_id=call.id, told=told)


def look_at_amounts(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Asks a person to look where a provider speaks of another amount than it was asked for."""
    rows = order_queries.orders_by_id(ctx, ids=sorted({e.timeline_id for e in happened}))
    for event in happened:
        code, _, amount = str(event.data["problem"]).partition(": ")
        if code == OTHER_AMOUNT:
            asked = Money(int(event.data["amount_minor"]), str(event.data["currency"]))
            facts = {"order": rows[event.timeline_id].name, "asked": str(asked), "told": amount}
            about = f"order:{event.timeline_id}"
            tasks.create(ctx, tasks=[TaskDraft(f"{LOOK}:{event.id}", LOOK, about, about, facts)])


def looked_at(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Nobody need look any more at orders whose provider has spoken of the amount that it was asked for."""
    for order_id in sorted({e.timeline_id for e in happened}):
        tasks.settle(ctx, subject=f"order:{order_id}", kind=LOOK, outcome=SETTLED)


def sweep_unsettled(now: datetime) -> None:
    """Asks again for wishes whose fate is open although their job should have run, and how pending refunds stand."""
    for organisation_id, call_id in queries.find_unsettled(older_than=now - ASK_AGAIN_AFTER):
        actions.ask_for(organisation_id, call_id, again=True)
