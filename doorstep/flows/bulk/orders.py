"""Orders: hold, release, cancel, print their labels."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import reroute
from doorstep.flows.bulk.values import Verb, Wished, every
from doorstep.flows.cancel import cancel
from doorstep.flows.printing import reprint
from doorstep.orders import actions as orders
from doorstep.orders import edits, queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.values import WRONG_STATE, HoldReason, OrderRow
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import WITH_LABEL

WAITS_FOR_STOCK = Refusal(
    "waits_for_stock",
    gettext_noop("Order %(order)s waits for stock, so nobody can release it by hand."),
    gettext_noop("Receive the missing units; the hold then ends by itself."),
)
NOT_HELD = Refusal("not_held", gettext_noop("Order %(order)s is not on hold."))
NO_LABEL_YET = Refusal(
    "order_without_label",
    gettext_noop("Order %(order)s has no label yet."),
    gettext_noop("Pack it first; its label is bought then."),
)


def _names(ctx: Ctx, ids: Sequence[int]) -> dict[int, str]:
    return {id: row.name for id, row in queries.orders_by_id(ctx, ids=ids).items()}


def _able(verb: str, ctx: Ctx, ids: Sequence[int]) -> tuple[int, int]:
    rows = list(queries.orders_by_id(ctx, ids=ids).values())
    able = [row for row in rows if _is_able(verb, row)]
    if verb == "print":
        labelled = {p.order_id for p in shipping.parcels_of(ctx, order_ids=ids) if p.state in WITH_LABEL}
        able = [row for row in rows if row.id in labelled]
    return len(able), sum(row.units for row in able) if verb == "cancel" else 0


def _is_able(verb: str, row: OrderRow) -> bool:
    if verb == "release":
        return row.state == "open" and row.on_hold
    if verb in ("cancel", "reroute"):
        return row.state == "open" and row.fulfilment_state == "unfulfilled"
    return row.state == "open" and row.fulfilment_state in ("unfulfilled", "partially_fulfilled")


@transaction.atomic
def hold_order(ctx: Ctx, *, order_id: int, note: str) -> None:
    """Holds every part of an order that has not left.  Refuses: orders of which nothing can be held."""
    order = _order(ctx, order_id)
    parts = [part.id for part in queries.fulfilment_orders_of(ctx, order_ids=[order_id])]
    if not orders.hold(ctx, wishes=[HoldWish(id, HoldReason.OPERATOR, note) for id in parts]):
        raise Refused(WRONG_STATE, {"order": order.name, "state": order.state, "what": "order"})


@transaction.atomic
def release_order(ctx: Ctx, *, order_id: int) -> None:
    """Ends every hold of an order but the one that waits for stock.  Refuses: orders without such a hold."""
    order = _order(ctx, order_id)
    parts = [part.id for part in queries.fulfilment_orders_of(ctx, order_ids=[order_id])]
    reasons = {HoldReason(hold.reason) for hold in queries.holds_of(ctx, fulfilment_order_ids=parts)}
    if not reasons:
        raise Refused(NOT_HELD, {"order": order.name})
    by_hand = sorted(reasons - {HoldReason.INVENTORY_OUT_OF_STOCK})
    if not by_hand:
        raise Refused(WAITS_FOR_STOCK, {"order": order.name})
    for reason in by_hand:
        orders.release_hold(ctx, fulfilment_order_ids=parts, reason=reason)


def _order(ctx: Ctx, order_id: int) -> OrderRow:
    found = queries.orders_by_id(ctx, ids=[order_id]).get(order_id)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "order", "key": order_id})
    return found


def _hold(ctx: Ctx, wished: Wished, id: int) -> None:
    hold_order(ctx, order_id=id, note=wished.note)


def _release(ctx: Ctx, wished: Wished, id: int) -> None:  # noqa: ARG001
    release_order(ctx, order_id=id)


def _cancel(ctx: Ctx, wished: Wished, id: int) -> None:
    cancel(ctx, order_id=id, reason=wished.note)


def _reroute(ctx: Ctx, wished: Wished, id: int) -> bool:  # noqa: ARG001
    order_id = _order(ctx, id).id
    return reroute.again(ctx, order_id=order_id) > 0 or bool(reroute.called_back(ctx, order_id=order_id))


def _print(ctx: Ctx, wished: Wished, id: int) -> None:
    parcels = [p.id for p in shipping.parcels_of(ctx, order_ids=[id]) if p.state in WITH_LABEL]
    if not parcels:
        raise Refused(NO_LABEL_YET, {"order": _order(ctx, id).name})
    reprint(ctx, parcel_ids=parcels, document="label", wish=f"bulk{wished.job_id}")


def _tag(ctx: Ctx, wished: Wished, id: int) -> bool:
    return edits.tag(ctx, order_id=_order(ctx, id).id, add=_one_tag(wished))


def _untag(ctx: Ctx, wished: Wished, id: int) -> bool:
    return edits.tag(ctx, order_id=_order(ctx, id).id, drop=_one_tag(wished))


def _one_tag(wished: Wished) -> str:
    return " ".join(wished.note.replace(",", " ").split())[:60]


VERBS = (
    Verb("orders.tag", "orders:write", _names, every, _tag),
    Verb("orders.untag", "orders:write", _names, every, _untag),
    Verb("orders.hold", "orders:write", _names, partial(_able, "hold"), _hold),
    Verb("orders.release", "orders:write", _names, partial(_able, "release"), _release),
    Verb("orders.reroute", "orders:write", _names, partial(_able, "reroute"), _reroute),
    Verb("orders.print", "fulfilment:write", _names, partial(_able, "print"), _print),
    Verb("orders.cancel", "orders:write", _names, partial(_able, "cancel"), _cancel),
)
