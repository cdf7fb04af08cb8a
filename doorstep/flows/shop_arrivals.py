"""What shops send is read, and done in several transactions: first all new orders, then what is said of orders that are here.

Each of them locks as a person does who does the same by hand: new orders as every order that comes in (people, then carts, then
pool rows), and what is said of an order that is here as whoever edits, cancels, refunds or returns it. One transaction for all of a
batch would take the stock of its new orders before it locks orders that are here, and meet others in deadlocks (docs/adr/0037).

Each locks its arrivals by id before anything else but days that may be full, and then the orders that it is about by what shops
call them, so that nobody else takes or changes these meanwhile. An arrival is settled in the transaction of the last thing that it
asks for: after a crash it is read again, and what was done is known as such.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from doorstep.base import arrivals, deadlocks
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import Refused
from doorstep.channels import actions as channels
from doorstep.channels import heard, queries
from doorstep.channels.port import (
    OrderCalledOff,
    OrderNamed,
    OrderTold,
    RefundTold,
    ReturnTold,
    ShopFact,
    UnitsPending,
)
from doorstep.channels.values import PAUSED, ConnectionRow
from doorstep.flows import day_capacity, hear_orders, hear_refunds, hear_returns, hear_shops, recipients
from doorstep.flows.hear_orders import FETCHED, Followed, ShopReading


@dataclass(frozen=True, slots=True)
class _Step:
    """What readings ask for together, and of which orders, as the shop calls them."""

    readings: Sequence[ShopReading]
    orders: frozenset[str]
    do: Callable[[], None]


def read(ctx: Ctx, arrival_ids: Sequence[int], again: bool) -> dict[int, str]:
    """Reads what one shop sent and does it.  Returns: the outcome of each arrival that was read now.

    `again`: also those that were read before.  Locks: see above.  Emits: what the facts cause.
    """
    readings, steps = deadlocks.once_more(lambda: _begin(ctx, arrival_ids, again), name="new orders")
    last = {reading.arrival.id: n for n, step in enumerate(steps) for reading in step.readings}
    for n, step in enumerate(steps):
        _do(ctx, step, [reading for reading in step.readings if last[reading.arrival.id] == n])
    return {reading.arrival.id: reading.outcome for reading in readings}


@transaction.atomic
def _begin(ctx: Ctx, arrival_ids: Sequence[int], again: bool) -> tuple[list[ShopReading], list[_Step]]:
    """Takes new orders in, and settles what asks for nothing else.  Returns: all that was read, and what is still to be done."""
    rows = arrivals.lock_unread(ctx, ids=arrival_ids, again=again)
    known = queries.connections_by_id(ctx, ids=sorted({row.connection_id for row in rows}))
    if not known:
        return [], []
    [connection] = known.values()
    readings = [_read(ctx, ShopReading(row, connection.id), connection) for row in rows]
    acting = ctx.as_actor(Actor("channel", connection.id, connection.name))
    told = sorted({id for reading in readings for fact in reading.facts if (id := _order_of(fact)) is not None})
    channels.lock_orders(ctx, keys=[(connection.id, id) for id in told])
    here = hear_orders.take(acting, readings)
    came = {fact.draft.external_id for reading in readings for fact in reading.facts if isinstance(fact, OrderTold)}
    waited = heard.find_waiting(ctx, connection_id=connection.id, external_ids=sorted(came))
    steps = _steps(acting, connection.id, readings, here, waited)
    still = {reading.arrival.id for step in steps for reading in step.readings}
    _settle(ctx, [reading for reading in readings if reading.arrival.id not in still])
    return readings, steps


def _order_of(fact: ShopFact) -> str | None:
    """Which order a fact tells of, as the shop calls it; none for what asks for no more than to be looked up."""
    match fact:
        case OrderTold():
            return fact.draft.external_id
        case OrderCalledOff() | RefundTold() | ReturnTold() | UnitsPending():
            return fact.external_id
    return None


def _read(ctx: Ctx, reading: ShopReading, connection: ConnectionRow) -> ShopReading:
    if not connection.active:
        reading.refuse(Refused(PAUSED, {"name": connection.name}))
        return reading
    try:
        reading.facts = queries.shop_of(ctx, connection=connection).read_webhook(reading.arrival.body)
    except Refused as refused:
        reading.refuse(refused)
        if reading.arrival.external_id.startswith(FETCHED):  # which order it is was known before it was read
            reading.detail["external_id"] = reading.arrival.external_id.split(":")[1]
    return reading


def _steps(
    ctx: Ctx, connection_id: int, readings: Sequence[ShopReading], here: Sequence[Followed], waited: set[str]
) -> list[_Step]:
    """What is to be done beyond taking new orders, in this sequence.  `waited`: orders whose refunds were told before they came."""
    steps = [
        _Step([one.reading], frozenset({one.draft.external_id}), partial(hear_orders.follow, ctx, one)) for one in here
    ]
    told = [(reading, fact) for reading in readings for fact in reading.facts]
    if gone := [(reading, fact) for reading, fact in told if isinstance(fact, OrderCalledOff)]:
        about = frozenset(fact.external_id for _, fact in gone)
        steps += [
            _Step([reading for reading, _ in gone], about, partial(do, ctx, gone))
            for do in (hear_orders.withdraw, hear_orders.call_off)
        ]
    steps += _refunds(ctx, connection_id, told, waited)
    steps += [
        _Step([reading], frozenset({fact.external_id}),
              partial(hear_returns.hear, ctx, connection_id=connection_id, told=[(reading, fact)]))
        for reading, fact in told
        if isinstance(fact, ReturnTold)
    ]  # fmt: skip
    if unpaid := [(reading, fact) for reading, fact in told if isinstance(fact, UnitsPending)]:
        about = frozenset(fact.external_id for _, fact in unpaid)
        hold = partial(hear_shops.hold, ctx, connection_id=connection_id, told=unpaid)
        steps.append(_Step([reading for reading, _ in unpaid], about, hold))
    return steps + [
        _Step([reading], frozenset(), partial(hear_shops.hear, ctx, reading, [fact]))
        for reading, fact in told
        if _order_of(fact) is None
    ]


def _refunds(
    ctx: Ctx, connection_id: int, told: Sequence[tuple[ShopReading, ShopFact]], waited: set[str]
) -> list[_Step]:
    """Refunds, order by order: those that are told now, and those that waited for an order that came."""
    of_order: dict[str, list[tuple[ShopReading, RefundTold]]] = {id: [] for id in waited}
    tellers: dict[str, list[ShopReading]] = {id: [] for id in waited}
    for reading, fact in told:
        if isinstance(fact, RefundTold):
            of_order.setdefault(fact.external_id, []).append((reading, fact))
            tellers.setdefault(fact.external_id, []).append(reading)
        elif isinstance(fact, OrderTold) and fact.draft.external_id in waited:
            tellers[fact.draft.external_id].append(reading)
    return [
        _Step(tellers[id], frozenset({id}), partial(hear_refunds.hear, ctx, connection_id=connection_id, told=some, came=[id]))
        for id, some in sorted(of_order.items())
    ]


def _do(ctx: Ctx, step: _Step, done: Sequence[ShopReading]) -> None:
    """Does one thing, and settles the arrivals that ask for nothing more."""
    before = [(reading, reading.outcome, reading.detail) for reading in step.readings]

    @transaction.atomic
    def work() -> None:
        for reading, outcome, detail in before:  # as they were, should it be the second time
            reading.outcome, reading.detail = outcome, dict(detail)
        day_capacity.lock(ctx)
        arrivals.hold(ctx, ids=[reading.arrival.id for reading in step.readings])
        connection_id = step.readings[0].connection_id
        channels.lock_orders(ctx, keys=[(connection_id, external_id) for external_id in step.orders])
        step.do()
        _settle(ctx, done)

    deadlocks.once_more(work, name="orders of shops")


def _settle(ctx: Ctx, readings: Sequence[ShopReading]) -> None:
    settled = {reading.arrival.id: (reading.arrival.id, reading.outcome, reading.detail) for reading in readings}
    arrivals.settle(ctx, list(settled.values()))
    for connection_id in {reading.connection_id for reading in readings}:
        mine = [reading for reading in readings if reading.connection_id == connection_id]
        recipients.forget_news(ctx, connection_id=connection_id, told={one.arrival.id: _orders_named(one) for one in mine})


def _orders_named(reading: ShopReading) -> set[str]:
    """Every order that an arrival is about, also where it asks for no more than to be looked up."""
    named = {fact.external_id for fact in reading.facts if isinstance(fact, OrderNamed)}
    named |= {id for fact in reading.facts if (id := _order_of(fact)) is not None}
    return named | ({str(reading.detail["external_id"])} if "external_id" in reading.detail else set())
