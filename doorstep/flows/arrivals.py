"""What came in is read: the same way for a webhook, a replay, a reconciliation and a sweep after a crash."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db import InterfaceError, OperationalError, transaction

from doorstep.base import arrivals
from doorstep.base.arrivals import Arrival
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.channels import actions as channels
from doorstep.channels import heard, queries, told
from doorstep.channels.port import (
    ADDRESS_WITHHELD,
    CANCEL_WISHED,
    OrderCalledOff,
    OrderTold,
    RefundTold,
    ReturnTold,
    ShopFact,
    UnitsPending,
)
from doorstep.channels.values import PAUSED, ConnectionRow
from doorstep.flows import (
    cancel,
    doubts,
    expose,
    file_mail,
    hear_carriers,
    hear_payments,
    hear_refunds,
    hear_returns,
    hear_shops,
    intake,
    mapping,
    pending,
    shop_edits,
)
from doorstep.flows.reading import NOTHING_NEW, Reading
from doorstep.orders import actions as orders
from doorstep.orders import edits, recipients, rules
from doorstep.orders import queries as order_queries
from doorstep.orders.placing import Accepted, Answer, Duplicate, NotAccepted
from doorstep.orders.queries import Existing
from doorstep.orders.values import EXTERNAL_ID_REUSED, HoldReason, OrderDraft, OrderRow, OrderState, PaymentState
from doorstep.payments import actions as payments

log = logging.getLogger("doorstep.arrivals")
Key = tuple[int, str]

FETCHED = "listed:"  # how arrivals of orders that we fetched are called: and then the shop's id, and when it changed
OLDER = gettext_noop("The shop told of a newer state of this order before.")
OTHER_TOTAL = gettext_noop("The change was taken over; the shop's total is another one, for its shipping or its tax.")
READ_AGAIN = gettext_noop("Another state of this order has the same time; the order is fetched to see which is the newer.")
NOT_HERE_YET = gettext_noop("It calls off an order that has not come; should it come, it is not taken.")
PAID_AFTERWARDS = Refusal(
    "paid_afterwards",
    gettext_noop("Order %(order)s is cancelled here, and the shop took the money for it afterwards."),
    gettext_noop("Give the money back in the shop, or place the order anew."),
)
CANCEL_IS_WISHED = gettext_noop("Its buyer wishes to cancel it; it is held.")
CALLED_OFF_BEFORE = gettext_noop("The shop called this order off before it came.")


@dataclass(slots=True)
class ShopReading(Reading):
    """A shop's arrival, and what it says."""

    facts: list[ShopFact] = field(default_factory=list)


def process(ctx: Ctx, *, arrival_ids: Sequence[int], again: bool = False) -> dict[int, str]:
    """Reads arrivals and does what they say; one that cannot be read never stops the others.

    Rows of files are left alone: flows.order_import and flows.moving_in read them, with what they know of the file.
    `again`: also those that were read before (a replay).  Returns: the outcome of each arrival that was read now.
    Locks: arrivals by id, orders by external id, those that are here by id, then stock, then parcels by id.
    Emits: what the facts cause.
    Raises: OperationalError when the database is away; nothing is noted then, and asking again is right.
    """
    if not arrival_ids:
        return {}
    try:
        here = arrivals.sources_of(ctx, ids=arrival_ids)
        parts = [part for part in PARTS if here.intersection(part)]
        return {id: said for part in parts for id, said in _process(ctx, arrival_ids, again, part).items()}
    except (OperationalError, InterfaceError):
        raise
    except Exception as trouble:  # one bad arrival must not stop the others: each is tried alone
        if len(arrival_ids) > 1:
            return {
                id: said for one in arrival_ids for id, said in process(ctx, arrival_ids=[one], again=again).items()
            }
        log.exception("arrival %s, trace %s", arrival_ids[0], ctx.trace)
        problem = {"problem": type(trouble).__name__, "trace": ctx.trace}
        arrivals.settle(ctx, [(arrival_ids[0], "failed", problem)])
        return {arrival_ids[0]: "failed"}


def read_again(ctx: Ctx, *, arrival_id: int) -> str:
    """Reads one arrival again; what it did before stays as it was noted and is not done twice.

    Returns: what became of it now; "stays" where it could not be taken now but was before; nothing for a row of a file.
    Locks, Emits, Refuses: as `process`; unknown ids, and what was forgotten for its age.
    """
    row = arrivals.get(ctx, id=arrival_id)
    if row.forgotten_at is not None:
        raise Refused(arrivals.FORGOTTEN)
    before = row.outcome
    outcome = process(ctx, arrival_ids=[arrival_id], again=True).get(arrival_id, "")
    return "stays" if before == "processed" and outcome in ("refused", "failed") else outcome


@transaction.atomic
def _process(ctx: Ctx, arrival_ids: Sequence[int], again: bool, sources: Sequence[str]) -> dict[int, str]:
    rows = [row for row in arrivals.lock(ctx, ids=arrival_ids) if again or row.outcome == "received"]
    readings: list[Reading] = []
    for source in sources:
        read = READERS[source]
        if mine := [row for row in rows if row.source == source]:
            readings += read(ctx, mine)
    arrivals.settle(ctx, [(r.arrival.id, r.outcome, r.detail) for r in readings])
    return {r.arrival.id: r.outcome for r in readings}


def _hear_shops(ctx: Ctx, rows: Sequence[Arrival]) -> Sequence[Reading]:
    """Reads what shops sent and does it."""
    known = queries.connections_by_id(ctx, ids=sorted({row.connection_id for row in rows}))
    readings = [_read(ctx, row, known[row.connection_id]) for row in rows if row.connection_id in known]
    keys = [
        _key(reading, fact)
        for reading in readings
        for fact in reading.facts
        if isinstance(fact, OrderTold | OrderCalledOff | RefundTold | ReturnTold)
    ]
    channels.lock_orders(ctx, keys=keys)
    # Those that are here are locked before new ones take stock: whoever cancels one by hand does so in that sequence too.
    here = order_queries.find_existing(ctx, keys=keys) if keys else {}
    cancel.lock_all(ctx, order_ids=sorted(row.id for row in here.values()))
    for connection in known.values():
        mine = [r for r in readings if r.connection_id == connection.id]
        acting = ctx.as_actor(Actor("channel", connection.id, connection.name))
        _take(acting, mine)
        _call_off(acting, mine)
        hear_refunds.hear(
            acting,
            connection_id=connection.id,
            told=[(r, fact) for r in mine for fact in r.facts if isinstance(fact, RefundTold)],
            came=[fact.draft.external_id for r in mine for fact in r.facts if isinstance(fact, OrderTold)],
        )
        hear_returns.hear(
            acting, connection_id=connection.id, told=[(r, fact) for r in mine for fact in r.facts if isinstance(fact, ReturnTold)]
        )
        unpaid = [(r, fact) for r in mine for fact in r.facts if isinstance(fact, UnitsPending)]
        hear_shops.hold(acting, connection_id=connection.id, told=unpaid)
        for reading in mine:
            hear_shops.hear(acting, reading, reading.facts)
    return readings


def _key(reading: ShopReading, fact: OrderTold | OrderCalledOff | RefundTold | ReturnTold) -> Key:
    external_id = fact.draft.external_id if isinstance(fact, OrderTold) else fact.external_id
    return reading.connection_id, external_id


def _read(ctx: Ctx, row: Arrival, connection: ConnectionRow) -> ShopReading:
    reading = ShopReading(row, connection.id)
    if not connection.active:
        reading.refuse(Refused(PAUSED, {"name": connection.name}))
        return reading
    try:
        reading.facts = queries.shop_of(ctx, connection=connection).read_webhook(row.body)
    except Refused as refused:
        reading.refuse(refused)
        if row.external_id.startswith(FETCHED):  # which order it is was known before it was read
            reading.detail["external_id"] = row.external_id.split(":")[1]
    return reading


def _take(ctx: Ctx, readings: Sequence[ShopReading]) -> None:
    """Takes in every order told of, all in one go."""
    came = [(r, fact) for r in readings for fact in r.facts if isinstance(fact, OrderTold)]
    gone = queries.find_withdrawn(ctx, keys=[_key(r, fact) for r, fact in came])
    wanted = []
    for reading, fact in came:
        if _key(reading, fact) in gone:
            reading.say("ignored", reason=CALLED_OFF_BEFORE, external_id=fact.draft.external_id)
        else:
            wanted.append((reading, fact))
    wanted, alike = _newest(ctx, wanted)
    ours = mapping.as_ours(ctx, told=[(reading.connection_id, fact) for reading, fact in wanted]) if wanted else []
    drafts = [replace(one.draft, arrival_id=reading.arrival.id) for (reading, _), one in zip(wanted, ours, strict=True)]
    answers = _accept(ctx, drafts, [fact.is_history for _, fact in wanted])
    new = [(a.order_id, m.unmapped) for a, m in zip(answers, ours, strict=True) if isinstance(a, Accepted)]
    mapping.hold_unmapped(ctx, orders_of={order_id: unmapped for order_id, unmapped in new if unmapped})
    kept_apart = {a.order_id: d.keep_days for a, d in zip(answers, drafts, strict=True) if isinstance(a, Accepted) and d.keep_days}
    if kept_apart:
        recipients.expect(ctx, keep_days=kept_apart)
    _hold_doubtful(ctx, [(a.order_id, r, fact) for a, (r, fact) in zip(answers, wanted, strict=True) if isinstance(a, Accepted)])
    here = order_queries.find_existing(ctx, keys=[(d.connection_id, d.external_id) for d in drafts]) if drafts else {}
    for (reading, _), draft, answer, mapped in zip(wanted, drafts, answers, ours, strict=True):
        _note(ctx, reading, draft, answer, here, is_unsure=(draft.connection_id, draft.external_id) in alike)
        if mapped.unmapped and "order_id" in reading.detail and not isinstance(answer, Accepted) and reading.outcome == "processed":
            mapping.hold_added(ctx, order_id=int(reading.detail["order_id"]), unmapped=mapped.unmapped)


def _hold_doubtful(ctx: Ctx, new: Sequence[tuple[int, ShopReading, OrderTold]]) -> None:
    """Holds new orders that nobody may send as they are: those whose shop withholds where they go, and those begun elsewhere."""
    found: dict[int, tuple[HoldReason, str]] = {}
    for order_id, reading, fact in new:
        if ADDRESS_WITHHELD in fact.draft.tags:
            found[order_id] = HoldReason.INCORRECT_ADDRESS, "address_withheld"
        elif fact.is_begun(_refunds_of(reading, fact)):
            found[order_id] = HoldReason.OTHER, "begun_elsewhere"
        elif CANCEL_WISHED in fact.draft.tags:
            found[order_id] = HoldReason.OTHER, "cancel_wished"
    doubts.hold(ctx, why=found)


def _refunds_of(reading: ShopReading, fact: OrderTold) -> list[RefundTold]:
    """What the shop says that it gave back of an order, in the same breath."""
    return [one for one in reading.facts if isinstance(one, RefundTold) and one.external_id == fact.draft.external_id]


def _accept(ctx: Ctx, drafts: Sequence[OrderDraft], done: Sequence[bool]) -> list[Answer]:
    """Takes orders in; those of which the shop has nothing left to send are history, and promise nothing."""
    past = [draft for draft, is_done in zip(drafts, done, strict=True) if is_done]
    due = [draft for draft, is_done in zip(drafts, done, strict=True) if not is_done]
    old = iter(intake.accept(ctx, past, historical=True) if past else [])
    new = iter(intake.accept(ctx, expose.take_apart(ctx, pending.take(ctx, due))) if due else [])
    return [next(old) if is_done else next(new) for is_done in done]


def _newest(
    ctx: Ctx, wanted: Sequence[tuple[ShopReading, OrderTold]]
) -> tuple[list[tuple[ShopReading, OrderTold]], set[Key]]:
    """Those that are not an older state of an order than what the shop told before.

    Returns: and which were told of with this very time before: what came later by post need not be the later state.
    """
    dated = [(r.connection_id, f.draft.external_id, f.changed_at) for r, f in wanted if f.changed_at is not None]
    before = told.changed_at(ctx, keys=sorted({(c, e) for c, e, _ in dated})) if dated else {}
    times = Counter(dated)
    alike = {(c, e) for c, e, at in dated if before.get((c, e)) == at or times[c, e, at] > 1}
    newest = told.note(ctx, told=dated) if dated else set()
    found = []
    for reading, fact in wanted:
        if fact.changed_at is None or (reading.connection_id, fact.draft.external_id, fact.changed_at) in newest:
            found.append((reading, fact))
        else:
            reading.say("ignored", reason=OLDER, external_id=fact.draft.external_id, name=fact.draft.name)
    return found, alike


def _note(
    ctx: Ctx, reading: Reading, draft: OrderDraft, answer: Answer, here: Mapping[Key, Existing], *, is_unsure: bool
) -> None:
    """What became of one order told of; an order that is here already may have been paid meanwhile.

    `is_unsure`: another state of it has the same time.  What was fetched is the newest; of what was sent nobody knows, and so
    the order is fetched.
    """
    existing = here.get((draft.connection_id, draft.external_id))
    reading.detail |= {"external_id": draft.external_id, "name": draft.name}
    if isinstance(answer, Accepted):
        reading.say("processed", order_id=answer.order_id)
    elif isinstance(answer, Duplicate) or (answer.refusal is EXTERNAL_ID_REUSED and existing is not None):
        order_id = answer.order_id if isinstance(answer, Duplicate) else existing.id if existing else 0
        row = order_queries.orders_by_id(ctx, ids=[order_id])[order_id]
        if row.state == OrderState.CANCELLED:
            _note_alive(reading, row, draft)
            return
        if existing is None or bytes(existing.body_hash) == rules.body_hash(draft):
            reading.say("ignored", order_id=order_id, reason=NOTHING_NEW)
        elif is_unsure and not reading.arrival.external_id.startswith(FETCHED):
            channels.want_order(ctx, connection_id=draft.connection_id, external_id=draft.external_id)
            reading.say("processed", order_id=order_id, reason=READ_AGAIN)
        else:
            _follow_edit(ctx, reading, order_id, draft)
        if _follow_wish(ctx, row, draft) and reading.outcome != "refused":
            reading.say("processed", order_id=order_id, reason=CANCEL_IS_WISHED)
        if draft.payment_state in (PaymentState.PAID, PaymentState.PARTIALLY_REFUNDED) and _pay(ctx, row):
            reading.say("processed", order_id=order_id, reason="")
    elif isinstance(answer, NotAccepted):
        reading.refuse(Refused(answer.refusal, answer.facts))


def _follow_wish(ctx: Ctx, row: OrderRow, draft: OrderDraft) -> bool:
    """Holds an order whose buyer wishes since to cancel it, once: a person decides.  Returns: whether that was news."""
    if CANCEL_WISHED not in draft.tags or CANCEL_WISHED in row.tags or row.state != OrderState.OPEN:
        return False
    edits.tag(ctx, order_id=row.id, add=CANCEL_WISHED)
    doubts.hold(ctx, why={row.id: (HoldReason.OTHER, "cancel_wished")})
    return True


def _follow_edit(ctx: Ctx, reading: Reading, order_id: int, draft: OrderDraft) -> None:
    """Takes over what the shop changed; what the floor has begun needs a person."""
    taken = heard.taken_off(ctx, connection_id=draft.connection_id, external_id=draft.external_id)
    try:
        with transaction.atomic():
            effects = shop_edits.follow(ctx, order_id=order_id, draft=draft, taken=taken)
    except Refused as refused:
        reading.refuse(refused)
        reading.detail |= {"order_id": order_id}
        return
    after = effects.after.order.total_minor
    is_same = after == shop_edits.less(draft, taken).total_minor
    reading.say("processed", order_id=order_id, reason="" if is_same else OTHER_TOTAL)


def _note_alive(reading: Reading, row: OrderRow, draft: OrderDraft) -> None:
    """The shop goes on with an order that is cancelled here: where it took money for it since, somebody must look."""
    reading.detail |= {"order_id": row.id}
    if draft.payment_state == PaymentState.PAID and row.payment_state in (PaymentState.PENDING, PaymentState.VOIDED):
        reading.refuse(Refused(PAID_AFTERWARDS, {"order": row.name}))
    else:
        reading.say("ignored", order_id=row.id, reason=NOTHING_NEW)


def _pay(ctx: Ctx, row: OrderRow) -> bool:
    """Notes that an order was paid and ends its hold for it.  Returns: whether that was news."""
    order_id = row.id
    if row.payment_state not in (PaymentState.PENDING, PaymentState.AUTHORISED):
        return False
    if not payments.note_paid_elsewhere(ctx, order_id=order_id):
        return False
    parts = order_queries.fulfilment_orders_of(ctx, order_ids=[order_id])
    orders.release_hold(ctx, fulfilment_order_ids=[p.id for p in parts], reason=HoldReason.AWAITING_PAYMENT)
    return True


def _call_off(ctx: Ctx, readings: Sequence[ShopReading]) -> None:
    """Cancels what the shop called off; what has left already needs a person."""
    gone = [(r, fact) for r in readings for fact in r.facts if isinstance(fact, OrderCalledOff)]
    keys = [(r.connection_id, fact.external_id) for r, fact in gone]
    here = order_queries.find_existing(ctx, keys=keys) if keys else {}
    missing = [key for key in keys if key not in here]
    channels.withdraw(ctx, keys=missing)
    pending.forget(ctx, keys=missing)
    rows = order_queries.orders_by_id(ctx, ids=[existing.id for existing in here.values()])
    wished: dict[int, str] = {}
    asking: dict[int, list[ShopReading]] = {}
    for reading, fact in gone:
        existing = here.get((reading.connection_id, fact.external_id))
        reading.detail |= {"external_id": fact.external_id}
        if existing is None:
            reading.say("ignored", reason=NOT_HERE_YET)
            continue
        reading.detail |= {"name": rows[existing.id].name}
        if rows[existing.id].state == OrderState.CANCELLED:
            reading.say("ignored", order_id=existing.id, reason=NOTHING_NEW)
        else:
            wished.setdefault(existing.id, fact.reason)
            asking.setdefault(existing.id, []).append(reading)
    refused = cancel.cancel_many(ctx, reasons=wished)
    for order_id, readings_of in asking.items():
        _say_called_off(readings_of, order_id, refused.get(order_id))


def _say_called_off(readings: Sequence[ShopReading], order_id: int, refused: Refused | None) -> None:
    """What became of those that called the same order off: the first did it, the others brought nothing new."""
    for n, reading in enumerate(readings):
        reading.say("processed", order_id=order_id)
        if refused is not None:
            reading.refuse(refused)
        elif n:
            reading.say("ignored", reason=NOTHING_NEW)


# Who reads what came, in the order in which their locks are taken.
READERS: dict[str, Callable[[Ctx, Sequence[Arrival]], Sequence[Reading]]] = {
    arrivals.CHANNEL: _hear_shops,
    arrivals.CARRIER: hear_carriers.read,
    arrivals.PAYMENT: hear_payments.read,
    arrivals.MAIL: file_mail.file,
}
# Customers are matched once in a transaction, so mail has its own.
PARTS = ((arrivals.CHANNEL, arrivals.CARRIER, arrivals.PAYMENT), (arrivals.MAIL,))
