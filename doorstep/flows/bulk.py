"""One verb on many orders: each order by itself, so that one that refuses spoils no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from doorstep.accounts import bulk_jobs
from doorstep.accounts import queries as accounts
from doorstep.accounts.values import BulkJob
from doorstep.base import jobs
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import INVALID, NOT_FOUND, Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows.cancel import cancel
from doorstep.flows.printing import reprint
from doorstep.orders import actions as orders
from doorstep.orders import queries
from doorstep.orders.actions import HoldWish
from doorstep.orders.values import WRONG_STATE, HoldReason, OrderRow
from doorstep.shipping import queries as shipping

TASK = "bulk_orders"
PREFIX = "orders."
VERBS = ("hold", "release", "print", "cancel")
BATCH = 25

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
NOTHING_CHOSEN = Refusal(
    "nothing_chosen", gettext_noop("No order is selected."), gettext_noop("Tick at least one."), status=422
)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a verb would do.  `able` of `total` orders move; `units` of stock become available again."""

    verb: str
    total: int
    able: int
    units: int


def preview(ctx: Ctx, *, verb: str, order_ids: Sequence[int]) -> Effect:
    """What a verb would do to these orders, nothing written.  Refuses: no orders, unknown verbs."""
    _require(verb, order_ids)
    rows = list(queries.orders_by_id(ctx, ids=order_ids).values())
    able = [row for row in rows if _is_able(verb, row)]
    if verb == "print":
        labelled = {p.order_id for p in shipping.parcels_of(ctx, order_ids=[r.id for r in rows]) if _has_label(p.state)}
        able = [row for row in rows if row.id in labelled]
    return Effect(verb, len(rows), len(able), sum(row.units for row in able) if verb == "cancel" else 0)


def _is_able(verb: str, row: OrderRow) -> bool:
    if verb == "release":
        return row.state == "open" and row.on_hold
    if verb == "cancel":
        return row.state == "open" and row.fulfilment_state == "unfulfilled"
    return row.state == "open" and row.fulfilment_state in ("unfulfilled", "partially_fulfilled")


def _has_label(state: str) -> bool:
    return state in ("labelled", "handed_over")


@transaction.atomic
def start(ctx: Ctx, *, verb: str, order_ids: Sequence[int], note: str = "") -> int:
    """Starts a verb on orders in the worker; returns the bulk job that tells how far it is.

    Refuses: no orders, unknown verbs.  Orders of another organisation are left out.
    """
    _require(verb, order_ids)
    known = queries.orders_by_id(ctx, ids=order_ids)
    ids = [id for id in dict.fromkeys(order_ids) if id in known]
    if not ids:
        raise Refused(NOTHING_CHOSEN)
    arguments = {"ids": ids, "note": note[:500], "actor": [ctx.actor.kind, ctx.actor.id, ctx.actor.name]}
    job = bulk_jobs.start_bulk_job(ctx, verb=PREFIX + verb, arguments=arguments, total=len(ids))
    jobs.defer(TASK, arguments={"organisation_id": ctx.organisation_id, "job_id": job.id}, lock=f"bulk:{job.id}")
    return job.id


def _require(verb: str, order_ids: Sequence[int]) -> None:
    if verb not in VERBS:
        raise Refused(INVALID, {"field": "verb", "problem": verb[:40]})
    if not order_ids:
        raise Refused(NOTHING_CHOSEN)


def get_job(ctx: Ctx, *, job_id: int) -> BulkJob:
    """A bulk job on orders.  Refuses: unknown ids, and jobs of another kind."""
    job = accounts.get_bulk_job(ctx, id=job_id)
    if not job.verb.startswith(PREFIX):
        raise Refused(NOT_FOUND, {"what": "job", "key": job_id})
    return job


def work(ctx: Ctx, *, job_id: int) -> None:
    """Runs a job from where it stands to its end: after a crash it goes on with the batch that was not committed.

    Locks: per order, those of its verb, in a savepoint of its own.
    """
    job = get_job(ctx, job_id=job_id)
    if job.is_over:
        return
    kind, id, name = job.arguments["actor"]
    ctx = ctx.as_actor(Actor(kind, id, name))
    act = _ACTS[job.verb.removeprefix(PREFIX)]
    ids: list[int] = job.arguments["ids"]
    for at in range(job.done + job.failed, len(ids), BATCH):
        batch = ids[at : at + BATCH]
        with transaction.atomic():
            failures = [line for id in batch if (line := _try(ctx, job, act, id)) is not None]
            bulk_jobs.advance_bulk_job(ctx, id=job.id, done=len(batch) - len(failures), failures=failures)
    bulk_jobs.finish_bulk_job(ctx, id=job.id)


Act = Callable[[Ctx, BulkJob, OrderRow], None]


def _try(ctx: Ctx, job: BulkJob, act: Act, order_id: int) -> dict[str, Any] | None:
    """Does one order; a refusal undoes that order alone and becomes a line of the report."""
    order = queries.orders_by_id(ctx, ids=[order_id])[order_id]
    try:
        with transaction.atomic():
            act(ctx, job, order)
    except Refused as refused:
        facts: Mapping[str, object] = refused.facts
        return {
            "key": order.name, "order_id": order_id, "problem": refused.refusal.says,
            "next_step": refused.refusal.next_step, "facts": dict(facts),
        }  # fmt: skip
    return None


@transaction.atomic
def hold_order(ctx: Ctx, *, order_id: int, note: str) -> None:
    """Holds every part of an order that has not left.  Refuses: orders of which nothing can be held."""
    order = _order(ctx, order_id)
    parts = [part.id for part in queries.fulfilment_orders_of(ctx, order_ids=[order_id])]
    if not orders.hold(ctx, wishes=[HoldWish(id, HoldReason.OPERATOR, note) for id in parts]):
        raise Refused(WRONG_STATE, {"order": order.name, "state": order.state})


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


def _hold(ctx: Ctx, job: BulkJob, order: OrderRow) -> None:
    hold_order(ctx, order_id=order.id, note=str(job.arguments["note"]))


def _release(ctx: Ctx, job: BulkJob, order: OrderRow) -> None:  # noqa: ARG001
    release_order(ctx, order_id=order.id)


def _cancel(ctx: Ctx, job: BulkJob, order: OrderRow) -> None:
    cancel(ctx, order_id=order.id, reason=str(job.arguments["note"]))


def _print(ctx: Ctx, job: BulkJob, order: OrderRow) -> None:
    parcels = [p.id for p in shipping.parcels_of(ctx, order_ids=[order.id]) if _has_label(p.state)]
    if not parcels:
        raise Refused(NO_LABEL_YET, {"order": order.name})
    reprint(ctx, parcel_ids=parcels, document="label", wish=f"bulk{job.id}")


_ACTS: Mapping[str, Act] = {"hold": _hold, "release": _release, "cancel": _cancel, "print": _print}
