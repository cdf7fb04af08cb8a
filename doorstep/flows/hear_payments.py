"""Payment providers tell by themselves what became of money: they learn our address, and what they send settles wishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from doorstep.base.arrivals import Arrival
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.flows.pay import provider_of
from doorstep.flows.reading import NOTHING_NEW, Reading
from doorstep.payments import queries, settling
from doorstep.payments.port import Told
from doorstep.payments.values import CallRow

NOT_OURS = gettext_noop("It tells of something that was not asked for here.")
NO_PAYMENT = gettext_noop("It tells of no payment.")


@dataclass(slots=True)
class PaymentReading(Reading):
    """A provider's arrival, and what it tells."""

    told: list[Told] = field(default_factory=list)


def read(ctx: Ctx, rows: Sequence[Arrival]) -> list[Reading]:
    """Reads what providers sent and settles its wishes, in the caller's transaction; a key nobody knows harms nothing.

    Retired accounts are heard too: their refunds are still under way.  Locks: orders and their payments, by order.
    """
    known = {row.id: row for row in queries.list_accounts(ctx)}
    readings = [_open(ctx, row) for row in rows if row.connection_id in known]
    calls = {id: _calls_of(ctx, id, readings) for id in {r.connection_id for r in readings}}
    heard = [
        (r, told, calls[r.connection_id][told.key])
        for r in readings
        for told in r.told
        if told.key in calls[r.connection_id]
    ]
    news: set[int] = set()
    for reading, told, call in sorted(heard, key=lambda h: h[2].order_id):
        account = known[reading.connection_id]
        acting = ctx.as_actor(Actor("payment", account.id, account.name))
        if settling.settle(acting, call_id=call.id, told=told):
            news.add(reading.arrival.id)
    by_arrival = {reading.arrival.id: call for reading, _, call in heard}
    for reading in readings:
        if reading.outcome != "refused":
            _note(reading, by_arrival.get(reading.arrival.id), reading.arrival.id in news)
    return list(readings)


def _open(ctx: Ctx, row: Arrival) -> PaymentReading:
    reading = PaymentReading(row, row.connection_id)
    try:
        reading.told = provider_of(ctx, row.connection_id).read_webhook(bytes(row.body))
    except Refused as refused:
        reading.refuse(refused)
    return reading


def _calls_of(ctx: Ctx, account_id: int, readings: Sequence[PaymentReading]) -> dict[str, CallRow]:
    keys = [told.key for r in readings if r.connection_id == account_id for told in r.told]
    return queries.calls_by_vendor_key(ctx, account_id=account_id, vendor_keys=keys)


def _note(reading: PaymentReading, call: CallRow | None, is_news: bool) -> None:
    """What became of one arrival: news, known before, of nothing that was asked for here, or no payment at all."""
    if call is None:
        reading.say("ignored", reason=NOT_OURS if reading.told else NO_PAYMENT)
    elif is_news:
        reading.say("processed", order_id=call.order_id)
    else:
        reading.say("ignored", order_id=call.order_id, reason=NOTHING_NEW)
