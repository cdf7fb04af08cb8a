"""One variant for another: what is wanted is promised at once, and leaves when the policy says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.base.money import Money
from doorstep.base.outbox import Event
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.flows import cancel, doubts, intake
from doorstep.orders import actions as orders
from doorstep.orders import queries as order_queries
from doorstep.orders import recipients
from doorstep.orders.actions import HoldWish
from doorstep.orders.placing import Accepted, NotAccepted
from doorstep.orders.values import (
    Address,
    Buyer,
    HoldReason,
    LineDraft,
    OrderDetail,
    OrderDraft,
    OrderState,
    PaymentState,
)
from doorstep.orders.values import LineRow as SoldLine
from doorstep.payments import actions as payments
from doorstep.payments import queries as money
from doorstep.payments import rules as money_rules
from doorstep.payments.values import CallState, RefundWish
from doorstep.returns import actions, queries
from doorstep.returns.refusals import EXCHANGE_SHORT
from doorstep.returns.values import EXCHANGE_TAG, Decision, Goods, LineRow, Outcome, ReturnRow
from doorstep.stock import bundles as stock
from doorstep.tasks import actions as tasks
from doorstep.tasks.values import TaskDraft

REASON = "exchange"
TASK, REFUNDED = "exchange_short", "exchange_refunded"
CALLED_OFF = gettext_noop("The order of the exchange was cancelled.")


@transaction.atomic
def promise(ctx: Ctx, *, return_id: int) -> list[int]:
    """Places the orders that bring what the lines of an approved return are exchanged for, held until the goods are back.

    Asking again places none twice; whoever asked for the return, placing and holding them is ours.
    Returns: ids of the new orders.
    Locks: stock.  Emits: OrderPlaced, OrderHeld.  Refuses: variants that cannot be promised, with those that could.
    """
    row = queries.get_return(ctx, return_id=return_id)
    if row.decision != Decision.APPROVED:
        return []
    lines = [
        line
        for line in queries.lines_of(ctx, return_ids=[return_id])
        if line.outcome == Outcome.EXCHANGE_VARIANT
        and line.decision == Decision.APPROVED
        and line.exchange_order_id is None
    ]
    if not lines:
        return []
    detail = order_queries.get(ctx, id=row.order_id)
    return [_place(ctx.as_actor(SYSTEM), row, line, detail) for line in lines]


def _place(ctx: Ctx, row: ReturnRow, line: LineRow, detail: OrderDetail) -> int:
    wanted = catalog.variants_by_id(ctx, ids=[line.exchange_variant_id or 0])[line.exchange_variant_id or 0]
    [answer] = intake.accept(ctx, [_draft(ctx, row, line, detail, wanted)])
    if isinstance(answer, NotAccepted):
        raise Refused(answer.refusal, answer.facts)
    if isinstance(answer, Accepted):
        is_erased = recipients.inherit(ctx, order_id=answer.order_id, of=detail.order.id)
        if answer.short_of:
            raise Refused(
                EXCHANGE_SHORT, {"title": wanted.title, "others": ", ".join(_others(ctx, line, wanted)) or "–"}
            )
        parts = order_queries.fulfilment_orders_of(ctx, order_ids=[answer.order_id])
        wish = HoldWish(parts[0].id, HoldReason.AWAITING_RETURN_ITEMS, note=row.name)
        orders.hold(ctx, wishes=[wish])
        if is_erased:
            doubts.hold(ctx, why={answer.order_id: doubts.Doubt.ADDRESS_ERASED})
    actions.set_exchange_order(ctx, line_id=line.id, order_id=answer.order_id)
    return answer.order_id


def _others(ctx: Ctx, line: LineRow, wanted: VariantRow) -> list[str]:
    """The variants of the same product of which there is enough."""
    known = catalog.variants_of(ctx, product_ids=[wanted.product_id])[wanted.product_id]
    able = [v for v in known if not v.archived and v.id not in (wanted.id, line.variant_id)]
    available = stock.available_of(ctx, variant_ids=[v.id for v in able])
    return [v.title for v in able if available[v.id] >= line.qty]


def worth(ctx: Ctx, *, row: ReturnRow, line: LineRow) -> int:
    """What the units that go back were paid for.  Units: minor units."""
    bill = money.bill_of(ctx, order_id=row.order_id)
    seen = money_rules.quote(bill, back={line.order_line_id: line.qty}, before={})
    return sum(share.amount_minor for share in seen.lines)


def difference(ctx: Ctx, *, order_id: int, order_line_id: int, qty: int, wanted: Sequence[VariantRow]) -> dict[int, Money]:
    """What units of a line would cost more as each of these variants: below zero comes back, above is still to be paid."""
    bill = money.bill_of(ctx, order_id=order_id)
    seen = money_rules.quote(bill, back={order_line_id: qty}, before={})
    paid = sum(share.amount_minor for share in seen.lines)
    return {v.id: Money(_price(qty, v, bill.currency, paid) * qty - paid, bill.currency) for v in wanted}


def owed(ctx: Ctx, *, lines: Sequence[LineRow]) -> Money | None:
    """What is still to be paid before the exchanges of these lines leave; None where nothing is."""
    ids = [line.exchange_order_id for line in lines if line.exchange_order_id]
    here = {id for id, row in order_queries.orders_by_id(ctx, ids=ids).items() if row.state == OrderState.OPEN}
    found = [row for id, row in money.payments_of(ctx, order_ids=ids).items() if id in here and row.open_minor]
    return Money(sum(row.open_minor for row in found), found[0].currency) if found else None


def _price(qty: int, wanted: VariantRow, currency: str, paid_minor: int) -> int:
    """What a unit of the new variant costs; where it is priced in another currency, what was paid counts."""
    return wanted.price_minor if wanted.currency == currency else paid_minor // qty


def _draft(ctx: Ctx, row: ReturnRow, line: LineRow, detail: OrderDetail, wanted: VariantRow) -> OrderDraft:
    paid_minor = worth(ctx, row=row, line=line)
    price = _price(line.qty, wanted, row.currency, paid_minor)
    more = max(0, price * line.qty - paid_minor)
    kept = detail.ship_to
    return OrderDraft(
        external_id=f"{REASON}:{row.name}:{line.id}",
        name=f"{detail.order.name}-{row.name}",
        currency=row.currency,
        lines=[LineDraft(wanted.sku, line.qty, Money(price, row.currency), wanted.title, price * line.qty - more)],
        buyer=Buyer(detail.order.customer_name, detail.order.email, detail.phone, detail.language),
        ship_to=Address(**{**kept, "lines": tuple(kept["lines"])}),
        placed_at=ctx.now,
        payment_state=PaymentState.PENDING if more else PaymentState.PAID,
        tags=(EXCHANGE_TAG,),
        customer_id=detail.order.customer_id,
    )


@transaction.atomic
def give_up(ctx: Ctx, *, row: ReturnRow) -> None:
    """Turns exchanges into refunds whose order was cancelled, even after it was let go; where nothing came back, none.

    Locks: the return.  Emits: ExchangeCancelled.
    """
    lines = [
        line
        for line in queries.lines_of(ctx, return_ids=[row.id])
        if line.exchange_order_id is not None
        and line.outcome == Outcome.EXCHANGE_VARIANT
        and line.decision == Decision.APPROVED
    ]
    placed = order_queries.orders_by_id(ctx, ids=[line.exchange_order_id or 0 for line in lines])
    gone = [
        line.id
        for line in lines
        if placed[line.exchange_order_id or 0].state == OrderState.CANCELLED and not _is_missing(row, line)
    ]
    if gone:
        actions.refund_instead(ctx, return_id=row.id, line_ids=gone)
        for kind in (TASK, REFUNDED):
            tasks.settle(ctx, subject=f"return:{row.id}", kind=kind, outcome=CALLED_OFF)


def _is_missing(row: ReturnRow, line: LineRow) -> bool:
    is_judged = row.goods in (Goods.INSPECTED, Goods.PROCESSED, Goods.CLOSED) and not row.keep_item
    return is_judged and not line.settled and line.received == line.missing


def rest_granted(ctx: Ctx, *, row: ReturnRow, lines: Sequence[LineRow]) -> int:
    """What was granted of these lines because they were exchanged for something that cost less.  Units: minor units."""
    keys = {_rest_key(row, line) for line in lines}
    calls = money.calls_of(ctx, order_ids=[row.order_id]) if keys else []
    return sum(call.amount_minor for call in calls if call.key in keys and call.state != CallState.FAILED)


def _rest_key(row: ReturnRow, line: LineRow) -> str:
    return f"return:{row.id}:exchange:{line.id}"


@transaction.atomic
def let_go(ctx: Ctx, *, row: ReturnRow, line: LineRow, due: int) -> None:
    """Releases what a line is exchanged for, once all its units are due; what it costs less is refunded with it.

    Where only a part came back, or its money was given back meanwhile, a person decides; where nothing came back, the
    exchange is called off.
    Locks: the payment of the order that was bought, then the parts of the order that brings the exchange, or that order where
    it is called off.  Nobody who holds an order waits for the payment of an older one, so that no two wait for each other.
    Emits: HoldReleased, RefundGranted or OrderCancelled.
    """
    if line.exchange_order_id is None or line.settled:
        return
    if due == line.qty:
        payments.lock_payment(ctx, order_id=row.order_id)  # a refund reads, under it, what was exchanged
    if due == line.qty and _is_refunded(ctx, row, line):
        _ask(ctx, row, line, REFUNDED, {})
    elif due == line.qty:
        parts = order_queries.fulfilment_orders_of(ctx, order_ids=[line.exchange_order_id])
        orders.release_hold(
            ctx, fulfilment_order_ids=[part.id for part in parts], reason=HoldReason.AWAITING_RETURN_ITEMS
        )
        _refund_rest(ctx, row, line)
        actions.settle_lines(ctx, settled={line.id: line.qty})
    elif row.goods == Goods.INSPECTED and due == 0:
        _call_off(ctx, line)
    elif row.goods == Goods.INSPECTED:
        _ask(ctx, row, line, TASK, {"came": due, "qty": line.qty})


def _is_refunded(ctx: Ctx, row: ReturnRow, line: LineRow) -> bool:
    """Whether the units that are exchanged were refunded or credited meanwhile, so that there is nothing to exchange."""
    [sold] = [x for x in order_queries.lines_of(ctx, order_ids=[row.order_id]) if x.id == line.order_line_id]
    before = money.bill_of(ctx, order_id=row.order_id).before.get(line.order_line_id, 0)
    swapped = queries.exchanged_of(ctx, order_line_ids=[line.order_line_id]).get(line.order_line_id, 0)
    return before + swapped + line.qty > sold.qty


def _ask(ctx: Ctx, row: ReturnRow, line: LineRow, kind: str, more: Mapping[str, int]) -> None:
    facts = {"number": row.name, "order": row.order_name, "title": line.title, **more}
    draft = TaskDraft(f"{kind}:{line.id}", kind, f"return:{row.id}", f"order:{row.order_id}", facts)
    tasks.create(ctx, tasks=[draft])


def _refund_rest(ctx: Ctx, row: ReturnRow, line: LineRow) -> None:
    wanted = catalog.variants_by_id(ctx, ids=[line.exchange_variant_id or 0])[line.exchange_variant_id or 0]
    placed = order_queries.lines_of(ctx, order_ids=[line.exchange_order_id or 0])
    paid_minor = worth(ctx, row=row, line=line)
    price = _sold_for(placed[0]) if placed else _price(line.qty, wanted, row.currency, paid_minor)
    refundable = money.bill_of(ctx, order_id=row.order_id).refundable_minor
    less = min(paid_minor - price * line.qty, refundable)
    if less > 0:
        payments.grant_refund(
            ctx, order_id=row.order_id, wish=RefundWish(amount_minor=less), key=_rest_key(row, line),
            subject=f"return:{row.id}", reason=REASON,
        )  # fmt: skip


def _sold_for(line: SoldLine) -> int:
    """What a unit of what was asked for costs: of the bundle, where the line was opened of one."""
    return line.unit_price_minor if line.bundle_id is None else line.bundle_price_minor


def withdraw(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Calls off the exchanges of returns that were cancelled or expired: their units are free again."""
    for line in queries.lines_of(ctx, return_ids=sorted({event.subject_id for event in happened})):
        _call_off(ctx, line)


def _call_off(ctx: Ctx, line: LineRow) -> None:
    if line.exchange_order_id is None:
        return
    order = order_queries.orders_by_id(ctx, ids=[line.exchange_order_id])[line.exchange_order_id]
    if order.state == OrderState.OPEN:
        cancel.cancel(ctx, order_id=order.id, reason=REASON)
