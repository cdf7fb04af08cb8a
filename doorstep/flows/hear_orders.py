"""Orders that shops tell of: new ones are taken in together, those that are here follow what became of them there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.channels import actions as channels
from doorstep.channels import heard, queries, told
from doorstep.channels.port import ADDRESS_WITHHELD, CANCEL_WISHED, OrderCalledOff, OrderTold, RefundTold, ShopFact
from doorstep.flows import cancel, doubts, expose, intake, mapping, pending, shop_edits
from doorstep.flows.doubts import Doubt
from doorstep.flows.reading import NOTHING_NEW, Reading
from doorstep.orders import actions as orders
from doorstep.orders import edits, recipients, rules
from doorstep.orders import queries as order_queries
from doorstep.orders.placing import Accepted, Answer, NotAccepted
from doorstep.orders.values import EXTERNAL_ID_REUSED, HoldReason, OrderDraft, OrderRow, OrderState, PaymentState
from doorstep.payments import actions as payments

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


@dataclass(frozen=True, slots=True)
class Followed:
    """What a shop told of an order that is here.

    `is_unsure`: another state of it has the same time.  `unmapped`: SKUs of lines that are no product of ours yet.
    """

    reading: ShopReading
    draft: OrderDraft
    changed_at: datetime | None
    is_unsure: bool
    unmapped: Sequence[str]

    @property
    def key(self) -> Key:
        return self.draft.connection_id, self.draft.external_id


def take(ctx: Ctx, readings: Sequence[ShopReading]) -> list[Followed]:
    """Takes in every new order told of, all in one go.  Returns: those that are here, each to be followed by itself.

    Needs: the orders locked by `channels.lock_orders`.
    Locks: how they were told of, SKUs that are made, people, then exposures, carts and pool rows, each kind ascending.
    Emits: as `intake.accept`.
    """
    came = [(r, fact) for r in readings for fact in r.facts if isinstance(fact, OrderTold)]
    gone = queries.find_withdrawn(ctx, keys=[(r.connection_id, fact.draft.external_id) for r, fact in came]) if came else set()
    wanted = []
    for reading, fact in came:
        if (reading.connection_id, fact.draft.external_id) in gone:
            reading.say("ignored", reason=CALLED_OFF_BEFORE, external_id=fact.draft.external_id)
        else:
            wanted.append((reading, fact))
    wanted, alike = _newest(ctx, wanted)
    if not wanted:
        return []
    ours = mapping.as_ours(ctx, told=[(reading.connection_id, fact) for reading, fact in wanted])
    drafts = [replace(one.draft, arrival_id=reading.arrival.id) for (reading, _), one in zip(wanted, ours, strict=True)]
    here = order_queries.find_existing(ctx, keys=[(d.connection_id, d.external_id) for d in drafts])
    new = [n for n, draft in enumerate(drafts) if (draft.connection_id, draft.external_id) not in here]
    answers = dict(zip(new, _accept(ctx, [drafts[n] for n in new], [wanted[n][1].is_history for n in new]), strict=True))
    accepted = {n: answer.order_id for n, answer in answers.items() if isinstance(answer, Accepted)}
    mapping.hold_unmapped(ctx, orders_of={id: ours[n].unmapped for n, id in accepted.items() if ours[n].unmapped})
    kept_apart = {id: drafts[n].keep_days for n, id in accepted.items() if drafts[n].keep_days}
    if kept_apart:
        recipients.expect(ctx, keep_days=kept_apart)
    _hold_doubtful(ctx, [(id, *wanted[n]) for n, id in accepted.items()])
    follows = []
    for n, ((reading, fact), draft) in enumerate(zip(wanted, drafts, strict=True)):
        reading.detail |= {"external_id": draft.external_id, "name": draft.name}
        if not _note(reading, answers.get(n)):
            unsure = (draft.connection_id, draft.external_id) in alike
            follows.append(Followed(reading, draft, fact.changed_at, unsure, ours[n].unmapped))
    return follows


def _note(reading: ShopReading, answer: Answer | None) -> bool:
    """What became of one order told of.  Returns: whether that is all; else it is here, and may have changed meanwhile."""
    if isinstance(answer, Accepted):
        reading.say("processed", order_id=answer.order_id)
        return True
    if isinstance(answer, NotAccepted) and answer.refusal is not EXTERNAL_ID_REUSED:
        reading.refuse(Refused(answer.refusal, answer.facts))
        return True
    return False


def _hold_doubtful(ctx: Ctx, new: Sequence[tuple[int, ShopReading, OrderTold]]) -> None:
    """Holds new orders that nobody may send as they are: those whose shop withholds where they go, and those begun elsewhere."""
    found: dict[int, Doubt] = {}
    for order_id, reading, fact in new:
        if ADDRESS_WITHHELD in fact.draft.tags:
            found[order_id] = Doubt.ADDRESS_WITHHELD
        elif fact.is_begun(_refunds_of(reading, fact)):
            found[order_id] = Doubt.BEGUN_ELSEWHERE
        elif CANCEL_WISHED in fact.draft.tags:
            found[order_id] = Doubt.CANCEL_WISHED
    doubts.hold(ctx, why=found)


def _refunds_of(reading: ShopReading, fact: OrderTold) -> list[RefundTold]:
    """What the shop says that it gave back of an order, in the same breath."""
    return [one for one in reading.facts if isinstance(one, RefundTold) and one.external_id == fact.draft.external_id]


def _accept(ctx: Ctx, drafts: Sequence[OrderDraft], done: Sequence[bool]) -> list[Answer]:
    """Takes orders in; those of which the shop has nothing left to send are history, and promise nothing.

    Whose they are is found for all at once and before any stock is taken: others lock people before stock.
    """
    drafts = intake.recognise(ctx, drafts)
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


def follow(ctx: Ctx, one: Followed) -> None:
    """Has an order that is here follow what its shop told of it: edits, the buyer's wish to cancel, and that it was paid.

    What was fetched is the newest; of what was sent nobody knows, where another state has the same time: the order is fetched.
    Needs: the order locked by `channels.lock_orders`.  Locks, Emits: as `edit_order.apply`, then its payment.
    """
    reading, draft = one.reading, one.draft
    newest = told.changed_at(ctx, keys=[one.key]).get(one.key)
    if one.changed_at is not None and newest is not None and newest > one.changed_at:
        reading.say("ignored", reason=OLDER)
        return
    existing = order_queries.find_existing(ctx, keys=[one.key])[one.key]
    row = order_queries.orders_by_id(ctx, ids=[existing.id])[existing.id]
    if row.state == OrderState.CANCELLED:
        _note_alive(reading, row, draft)
        return
    if bytes(existing.body_hash) == rules.body_hash(draft):
        reading.say("ignored", order_id=row.id, reason=NOTHING_NEW)
    elif one.is_unsure and not reading.arrival.external_id.startswith(FETCHED):
        channels.want_order(ctx, connection_id=draft.connection_id, external_id=draft.external_id)
        reading.say("processed", order_id=row.id, reason=READ_AGAIN)
    else:
        _follow_edit(ctx, reading, row.id, draft)
    if one.unmapped and reading.outcome == "processed":
        mapping.hold_added(ctx, order_id=row.id, unmapped=one.unmapped)
    if _follow_wish(ctx, row, draft) and reading.outcome != "refused":
        reading.say("processed", order_id=row.id, reason=CANCEL_IS_WISHED)
    if draft.payment_state in (PaymentState.PAID, PaymentState.PARTIALLY_REFUNDED) and _pay(ctx, row):
        reading.say("processed", order_id=row.id, reason="")
    if draft.keep_days and one.changed_at is not None:  # after the order, as whoever edits it locks both
        recipients.want_again(ctx, changed={row.id: one.changed_at})


def _follow_wish(ctx: Ctx, row: OrderRow, draft: OrderDraft) -> bool:
    """Holds an order whose buyer wishes since to cancel it, once: a person decides.  Returns: whether that was news."""
    if CANCEL_WISHED not in draft.tags or CANCEL_WISHED in row.tags or row.state != OrderState.OPEN:
        return False
    edits.tag(ctx, order_id=row.id, add=CANCEL_WISHED)
    doubts.hold(ctx, why={row.id: Doubt.CANCEL_WISHED})
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


def withdraw(ctx: Ctx, gone: Sequence[tuple[ShopReading, OrderCalledOff]]) -> None:
    """Has orders that never came, and were called off, never be taken, and gives back what was kept for them.

    Needs: the orders locked by `channels.lock_orders`.  Locks: that they were called off, then carts, then pool rows, ascending.
    Emits: StockArrived.
    """
    keys = [(r.connection_id, fact.external_id) for r, fact in gone]
    here = order_queries.find_existing(ctx, keys=keys)
    missing = [key for key in keys if key not in here]
    channels.withdraw(ctx, keys=missing)
    pending.forget(ctx, keys=missing)


def call_off(ctx: Ctx, gone: Sequence[tuple[ShopReading, OrderCalledOff]]) -> None:
    """Cancels what the shop called off; what has left already needs a person.

    Needs: the orders locked by `channels.lock_orders`.  Locks, Emits: as `cancel.cancel_many`.
    """
    here = order_queries.find_existing(ctx, keys=[(r.connection_id, fact.external_id) for r, fact in gone])
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
