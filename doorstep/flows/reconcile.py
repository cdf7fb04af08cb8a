"""What the webhooks missed is fetched: orders listed by the shop, compared with what is here."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b

import httpx
from django.db import transaction

from doorstep.base import arrivals
from doorstep.base.arrivals import Incoming
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.channels import actions as channels
from doorstep.channels import exposures, queries, told
from doorstep.channels.port import ListedOrder, ShopPort, Throttled
from doorstep.channels.values import ConnectionRow
from doorstep.flows import each_shop, expose
from doorstep.flows.arrivals import process
from doorstep.flows.hear_orders import FETCHED
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderState, PaymentState

log = logging.getLogger("doorstep.reconcile")
# A shop may show an order a moment after the time that it writes on it.
OVERLAP = timedelta(minutes=1)
HOOK_LATE = timedelta(minutes=2)  # a webhook that did not come by then is missed
MOST_PAGES = 1000
OPEN_PAYMENTS = (PaymentState.PENDING, PaymentState.AUTHORISED)


def reconcile(ctx: Ctx) -> int:
    """Reconciles every connection in use; one that cannot be reached is marked and never stops the others.

    Returns: how many arrivals were kept.  Calls the network; no transaction is open meanwhile.
    """
    return each_shop.ask(ctx, lambda connection: reconcile_connection(ctx, connection))


@dataclass(slots=True)
class _Round:
    """One reconciliation, which may be interrupted and go on later.  `missed`: when orders changed whose webhooks did not come."""

    since: datetime | None
    after: str
    until: datetime | None
    kept: int = 0
    missed: list[datetime] = field(default_factory=list)

    @property
    def place(self) -> dict[str, str]:
        """Where to go on."""
        moments = {"since": self.since, "until": self.until}
        return {"after": self.after} | {name: at.isoformat() for name, at in moments.items() if at is not None}


def _begin(ctx: Ctx, connection: ConnectionRow) -> _Round:
    """From where the last round was interrupted, else from a little before where it ended."""
    place = connection.resume
    if place:
        since, until = (datetime.fromisoformat(place[name]) if name in place else None for name in ("since", "until"))
        return _Round(since, place.get("after", ""), until)
    since = connection.reconciled_until and min(connection.reconciled_until, ctx.now + told.AHEAD) - OVERLAP
    return _Round(since, "", connection.reconciled_until)


def reconcile_connection(ctx: Ctx, connection: ConnectionRow) -> int:
    """Fetches what changed since the last time, page by page, keeps what is missing here and reads it.

    Returns: how many arrivals were kept.  The cursor moves only after the last page, so a crash asks again; where no call is free,
    the next time goes on from there.
    """
    shop = queries.shop_of(ctx, connection=connection)
    if not shop.can.lists_orders:
        return 0
    a_round = _begin(ctx, connection)
    try:
        _read_pages(ctx, shop, connection, a_round)
    except Throttled as wait:
        log.info("connection %s: %s", connection.id, wait)
        channels.note_interrupted(ctx, connection_id=connection.id, resume=a_round.place if a_round.after else {})
        return a_round.kept
    except (httpx.HTTPError, Refused) as trouble:
        log.warning("connection %s: %s", connection.id, trouble)
        channels.note_interrupted(ctx, connection_id=connection.id, resume={})
        channels.note_problem(ctx, connection_id=connection.id, problem=f"{type(trouble).__name__}: {trouble}")
        return a_round.kept
    channels.note_interrupted(ctx, connection_id=connection.id, resume={})
    channels.note_seen(ctx, connection_id=connection.id, until=a_round.until and min(a_round.until, ctx.now + told.AHEAD))
    if a_round.missed:
        channels.note_silent(ctx, connection_id=connection.id, since=max(a_round.missed))
    if not connection.resume:  # else the first of its pages are of another time
        exposures.forget_unseen(ctx, connection_id=connection.id, before=ctx.now - OVERLAP)
        expose.give_back_apart(ctx, connection_id=connection.id)
    return a_round.kept


def _read_pages(ctx: Ctx, shop: ShopPort, connection: ConnectionRow, a_round: _Round) -> None:
    """Reads on to the last page."""
    for _ in range(MOST_PAGES):
        page = shop.list_orders(since=a_round.since, after=a_round.after)
        news = _news(ctx, connection.id, page.orders)
        a_round.kept += _keep(ctx, connection.id, news)
        a_round.missed += [order.updated_at for order in news if order.updated_at < ctx.now - HOOK_LATE]
        a_round.until = _latest(a_round.until, page.orders)
        if page.next_after is None:
            return
        a_round.after = page.next_after


def read_one(ctx: Ctx, *, connection_id: int, external_id: str) -> int:
    """Fetches one order, keeps it where it is news and reads it.  Returns: how many arrivals were kept.

    Calls the network; no transaction is open meanwhile.  Raises: httpx errors, Throttled.
    """
    connection = queries.get(ctx, connection_id=connection_id)
    listed = queries.shop_of(ctx, connection=connection).read_order(external_id) if connection.active else None
    return _keep(ctx, connection_id, _news(ctx, connection_id, [listed], is_named=True)) if listed is not None else 0


def _latest(until: datetime | None, listed: Sequence[ListedOrder]) -> datetime | None:
    moments = [order.updated_at for order in listed] + ([until] if until else [])
    return max(moments, default=None)


def _keep(ctx: Ctx, connection_id: int, news: Sequence[ListedOrder]) -> int:
    """Keeps what is news and reads it at once.

    It is kept in a transaction of its own: whatever ends this process, what is kept is read.
    """
    if not news:
        return 0
    incoming = [Incoming(connection_id, _name(order), "orders/listed", order.body) for order in news]
    with transaction.atomic():
        kept = arrivals.keep(ctx, incoming)
    process(ctx, arrival_ids=[k.id for k in kept if k.is_new])
    # What came before and is news still, such as an order that could not be read by its name, is read again.
    process(ctx, arrival_ids=[k.id for k in kept if not k.is_new], again=True)
    return sum(k.is_new for k in kept)


def _name(order: ListedOrder) -> str:
    """What an order's state is known by: two that have the same second are told apart by what they say."""
    return f"{FETCHED}{order.external_id}:{order.updated_at.isoformat()}:{blake2b(order.body, digest_size=8).hexdigest()}"


def _news(ctx: Ctx, connection_id: int, listed: Sequence[ListedOrder], *, is_named: bool = False) -> list[ListedOrder]:
    """Orders that are missing here, called off while ours goes on, paid meanwhile, or changed since the shop last told of them.

    A missing one that waits as a refused arrival is no news: a person reads that one again.  `is_named`: something happened to
    them, so that one with the time that it had before may still say something else.
    """
    here = orders.find_existing(ctx, keys=[(connection_id, order.external_id) for order in listed])
    rows = orders.orders_by_id(ctx, ids=[e.id for e in here.values()])
    missing = [o.external_id for o in listed if (connection_id, o.external_id) not in here]
    waiting = arrivals.find_refused(ctx, connection_id=connection_id, about=missing) if missing else set()
    gone = queries.find_withdrawn(ctx, keys=[(connection_id, external_id) for external_id in missing])
    changed = told.changed_at(ctx, keys=[*here, *((connection_id, o.external_id) for o in listed if o.pending)])
    found = []
    for order in listed:
        existing = here.get((connection_id, order.external_id))
        if existing is None and order.called_off:
            is_news = (connection_id, order.external_id) not in gone
        elif existing is None:
            was_told = changed.get((connection_id, order.external_id))
            is_held = order.pending and was_told is not None and was_told >= order.updated_at
            is_news = order.external_id not in waiting and not is_held
        elif order.called_off:
            is_news = rows[existing.id].state == OrderState.OPEN
        else:
            was_told = changed.get((connection_id, order.external_id))
            is_news = order.paid and rows[existing.id].payment_state in OPEN_PAYMENTS
            is_newer = was_told is not None and (was_told < order.updated_at or (is_named and was_told == order.updated_at))
            is_newer = is_newer or (was_told is not None and was_told > ctx.now + told.AHEAD >= order.updated_at)
            is_news = is_news or is_newer
        if is_news:
            found.append(order)
    return found
