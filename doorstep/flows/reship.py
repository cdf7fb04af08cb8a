"""What was lost or damaged is sent again at no charge: an order of its own, promised and routed like any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import day_capacity, doubts, intake
from doorstep.flows.route import route
from doorstep.orders import queries, recipients, reships, sent_again
from doorstep.orders.placing import NotAccepted
from doorstep.orders.values import (
    RESHIP_TAG,
    Address,
    Buyer,
    LineDraft,
    OrderDetail,
    OrderDraft,
    PaymentState,
    ReshipReason,
)

LONGEST_KEY, LONGEST_NOTE = 120, 500


@dataclass(frozen=True, slots=True)
class Reship:
    """What is to be sent again, and why.  Shapes: `units` by order line; those of none are left out."""

    units: Mapping[int, int]
    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """What sending again does.  `worth_minor`: what the units were sold for; `short`: SKUs of which there are too few."""

    order: OrderDetail
    worth_minor: int
    short: tuple[str, ...]


@transaction.atomic
def preview(ctx: Ctx, *, order_id: int, reship: Reship) -> Sent:
    """What `apply` would do now: the very same steps, taken back afterwards.  Refuses: as `apply`."""
    sent = apply(ctx, order_id=order_id, reship=reship, key=f"preview:{ctx.trace}")
    transaction.set_rollback(True)
    return sent


@transaction.atomic
def apply(ctx: Ctx, *, order_id: int, reship: Reship, key: str) -> Sent:
    """Sends units of an order again at no charge, to where the order went; the same wish again sends nothing more.

    They are promised and routed as those of any order; where one is short, the new order is kept and held for stock.
    Where who got it was erased since, it is held until somebody says where it goes.
    Locks: days that may be full, the order, stock.  Emits: OrderPlaced, OrderRouted or OrderHeld, and OrderReshipped on the first
    order.
    Refuses: unknown ids and reasons, what has not left, what was sent again already, nothing chosen.
    """
    reason = _reason(reship.reason)
    day_capacity.lock(ctx)
    detail = reships.begin(ctx, order_id=order_id)
    external_id = f"{RESHIP_TAG}:{order_id}:{key[:LONGEST_KEY]}"
    known = queries.find_existing(ctx, keys=[(0, external_id)]).get((0, external_id))
    if known is not None:
        return Sent(queries.get(ctx, id=known.id), _worth(detail, reship.units), ())
    able = sent_again.reshippable(ctx, order_id=order_id)
    units = {line_id: qty for line_id, qty in reship.units.items() if qty}
    reships.check(name=detail.order.name, able=able, units=units)
    number = len(sent_again.reships_of(ctx, order_id=order_id)) + 1
    [answer] = intake.accept(ctx, [_draft(ctx, detail, units, external_id, number)])
    if isinstance(answer, NotAccepted):
        raise Refused(answer.refusal, answer.facts)
    is_erased = recipients.inherit(ctx, order_id=answer.order_id, of=order_id)
    route(ctx, order_ids=[answer.order_id])
    if is_erased:
        doubts.hold(ctx, why={answer.order_id: doubts.Doubt.ADDRESS_ERASED})
    sent = queries.get(ctx, id=answer.order_id)
    reships.note(ctx, detail=detail, sent=sent, units=units, reason=reason, words=reship.note.strip()[:LONGEST_NOTE])
    return Sent(sent, _worth(detail, units), getattr(answer, "short_of", ()))


def _reason(text: str) -> ReshipReason:
    if text not in set(ReshipReason):
        raise Refused(INVALID, {"field": "reason", "problem": gettext_noop("Choose a reason.")})
    return ReshipReason(text)


def _worth(detail: OrderDetail, units: Mapping[int, int]) -> int:
    return sum(line.total_minor * units.get(line.id, 0) // line.qty for line in detail.lines)


def _draft(ctx: Ctx, detail: OrderDetail, units: Mapping[int, int], external_id: str, number: int) -> OrderDraft:
    row, kept = detail.order, detail.ship_to
    nothing = Money(0, row.currency)
    return OrderDraft(
        external_id=external_id,
        name=f"{row.name[:54]}-S{number}",
        currency=row.currency,
        lines=[LineDraft(line.sku, units[line.id], nothing, line.title) for line in detail.lines if line.id in units],
        buyer=Buyer(row.customer_name, row.email, detail.phone, detail.language),
        ship_to=Address(**{**kept, "lines": tuple(kept["lines"])}),
        placed_at=ctx.now,
        payment_state=PaymentState.PAID,
        tags=(RESHIP_TAG,),
        customer_id=row.customer_id,
    )
