"""Orders come in: the one way, be it one order from a webhook or hundreds from a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import SoldRow
from doorstep.customers import actions as customers
from doorstep.customers.values import Person
from doorstep.flows import bundles, languages, waiting
from doorstep.flows.bundles import Opened
from doorstep.flows.waiting import Waiting
from doorstep.locations import queries as locations
from doorstep.locations.values import LocationRow
from doorstep.orders import actions as orders
from doorstep.orders import queries, rules
from doorstep.orders.actions import HoldWish
from doorstep.orders.placing import Accepted, Answer, Duplicate, NotAccepted, Placed, Placement
from doorstep.orders.queries import Existing
from doorstep.orders.values import (
    BELOW_NOTHING,
    EXTERNAL_ID_REUSED,
    TOO_MANY_UNITS,
    UNKNOWN_SKU,
    HoldReason,
    OrderDraft,
    PaymentState,
)
from doorstep.payments import actions as payments
from doorstep.payments.values import Opening, PayState
from doorstep.routing import asked
from doorstep.stock import actions as stock
from doorstep.stock.values import Group, Want

Key = tuple[int, str]
PAID_SO_FAR = {
    PaymentState.PENDING: PayState.PENDING, PaymentState.AUTHORISED: PayState.AUTHORISED,
    PaymentState.PAID: PayState.CAPTURED, PaymentState.PARTIALLY_REFUNDED: PayState.CAPTURED,
    PaymentState.REFUNDED: PayState.CAPTURED, PaymentState.VOIDED: PayState.VOIDED,
}  # fmt: skip


@transaction.atomic(savepoint=False)
def accept(ctx: Ctx, drafts: Sequence[OrderDraft], *, historical: bool = False) -> list[Answer]:
    """Takes orders in: customers matched, bundles opened, orders kept, money opened, stock promised, events recorded; all or
    nothing per order.

    Shapes: one answer per draft, in order; one draft's refusal never spoils its neighbours.  `historical`: orders of
    the past, closed on arrival, that promise no stock.  Locks: identities, orders by external id, pool rows ascending.
    Emits: OrderPlaced, and OrderHeld for those that wait.
    """
    with db.pipelined():
        return _accept(ctx, drafts, historical)


def recognise(ctx: Ctx, drafts: Sequence[OrderDraft]) -> list[OrderDraft]:
    """New orders, each with its customer: for whoever locks stock before `accept`, which finds them before it does.

    Locks, Emits: as `customers.match`, once in a transaction.
    """
    people = _people(ctx, drafts, _languages(ctx, drafts)) if drafts else []
    return [replace(draft, customer_id=customer_id) for draft, customer_id in zip(drafts, people, strict=True)]


def _accept(ctx: Ctx, drafts: Sequence[OrderDraft], historical: bool) -> list[Answer]:
    db.by_index()
    answers: list[Answer | None] = [None] * len(drafts)
    # What needs no answer of another is asked in one go.
    sold = catalog.sold_later(ctx, skus=sorted({line.sku for draft in drafts for line in draft.lines}))
    here = queries.existing_later(ctx, keys=list(dict.fromkeys(_key(draft) for draft in drafts)))
    places = locations.locations_later(ctx)
    known = sold()
    _answer_known(drafts, range(len(drafts)), here(), answers)
    opened = _opened(ctx, drafts, known, _sift(drafts, known, answers), answers)
    fresh = list(opened)
    written = _languages(ctx, [drafts[i] for i in fresh])
    people = _people(ctx, [drafts[i] for i in fresh], written)
    placements = [
        Placement(o.draft, customer, o.variants, o.titles, language, o.sent)
        for o, customer, language in zip(opened.values(), people, written, strict=True)
    ]
    placed = orders.place(ctx, placements=placements, historical=historical)
    new = [(i, p) for i, p in zip(fresh, placed, strict=True) if p is not None]
    payments.open(ctx, openings=[_opening(p, drafts[i]) for i, p in new])
    if not historical:
        asked.keep(ctx, asked=[(p.order_id, drafts[i].shipping_service, drafts[i].customer_groups) for i, p in new])
    waits = {} if historical else _promise(ctx, drafts, new, places())
    skus = {id: line.sku for p in placements for id, line in zip(p.variants, p.draft.lines, strict=True)}
    for i, p in new:
        answers[i] = _accepted(p, waits.get(p.fulfilment_order_id), skus)
    # What came twice in the list, or to a neighbour in the same moment, is answered as a later request would be.
    left = [i for i, answer in enumerate(answers) if answer is None]
    if left:
        _answer_known(drafts, left, queries.find_existing(ctx, keys=list({_key(drafts[i]) for i in left})), answers)
    refused = {_key(d): answer for d, answer in zip(drafts, answers, strict=True) if answer is not None}
    return [answer or refused[_key(d)] for d, answer in zip(drafts, answers, strict=True)]


def _key(draft: OrderDraft) -> Key:
    return draft.connection_id, draft.external_id


def _sift(drafts: Sequence[OrderDraft], known: Mapping[str, SoldRow], answers: list[Answer | None]) -> list[int]:
    """Answers what names an unknown SKU, or comes to less than nothing, before its external id is taken.

    Returns: the drafts to place, the first acceptable one of each external id.
    """
    first: dict[Key, int] = {}
    for i, draft in enumerate(drafts):
        key = _key(draft)
        if answers[i] is not None or key in first:
            continue
        missing = dict.fromkeys(line.sku for line in draft.lines if line.sku not in known)
        if missing:
            answers[i] = NotAccepted(UNKNOWN_SKU, {"sku": ", ".join(missing)[:200]})
        elif draft.total_minor < 0:  # else its customer would be owed money for having ordered
            answers[i] = NotAccepted(BELOW_NOTHING)
        else:
            first[key] = i
    return list(first.values())


def _opened(
    ctx: Ctx,
    drafts: Sequence[OrderDraft],
    known: Mapping[str, SoldRow],
    fresh: Sequence[int],
    answers: list[Answer | None],
) -> dict[int, Opened]:
    """The drafts to place, their bundles opened, by their place in the list; answers those that hold too many units."""
    made = bundles.open_drafts(ctx, drafts=[drafts[i] for i in fresh], known=known)
    able = {}
    for i, one in zip(fresh, made, strict=True):
        if one.is_absurd:
            answers[i] = NotAccepted(TOO_MANY_UNITS)
        else:
            able[i] = one
    return able


def _answer_known(
    drafts: Sequence[OrderDraft], indexes: Sequence[int], known: Mapping[Key, Existing], answers: list[Answer | None]
) -> None:
    """Answers drafts that are here already."""
    for i in indexes:
        here = known.get(_key(drafts[i]))
        if here is None:
            continue
        same = bytes(here.body_hash) == rules.body_hash(drafts[i])
        answers[i] = (
            Duplicate(here.id) if same else NotAccepted(EXTERNAL_ID_REUSED, {"external_id": drafts[i].external_id})
        )


def _languages(ctx: Ctx, drafts: Sequence[OrderDraft]) -> list[str]:
    """The language to write to each buyer in: the one that was named, else by where the order goes."""
    silent = {draft.ship_to.country for draft in drafts if not draft.buyer.language}
    spoken = languages.by_country(ctx, countries=silent)
    return [draft.buyer.language or spoken[draft.ship_to.country] for draft in drafts]


def _people(ctx: Ctx, drafts: Sequence[OrderDraft], written: Sequence[str]) -> list[int]:
    """Whose orders these are: those named, else matched or made."""
    nameless = [n for n, draft in enumerate(drafts) if draft.customer_id is None]
    matched = customers.match(ctx, people=[_person(drafts[n], written[n]) for n in nameless]) if nameless else []
    found = dict(zip(nameless, matched, strict=True))
    return [found.get(n, draft.customer_id or 0) for n, draft in enumerate(drafts)]


def _person(draft: OrderDraft, language: str) -> Person:
    buyer = draft.buyer
    return Person(
        name=buyer.name or draft.ship_to.name,
        email=buyer.email,
        phone=buyer.phone or draft.ship_to.phone,
        language=language,
        country=draft.ship_to.country,
        accepts_marketing=buyer.accepts_marketing,
        identities=buyer.identities,
    )


def _opening(placed: Placed, draft: OrderDraft) -> Opening:
    """The money of a new order as it came."""
    return Opening(
        placed.order_id,
        draft.currency,
        draft.total_minor,
        PAID_SO_FAR[draft.payment_state],
        draft.payment_method,
        refunded=draft.payment_state is PaymentState.REFUNDED,
    )


def _accepted(placed: Placed, wish: HoldWish | None, skus: Mapping[int, str]) -> Accepted:
    if wish is None or wish.detail is None:
        return Accepted(placed.order_id)
    day = wish.detail["promised_on"]
    return Accepted(
        placed.order_id,
        tuple(skus[short["variant_id"]] for short in wish.detail["short"]),
        wish.detail["waits"],
        date.fromisoformat(day) if day else None,
    )


def _promise(
    ctx: Ctx, drafts: Sequence[OrderDraft], new: Sequence[tuple[int, Placed]], places: Sequence[LocationRow]
) -> dict[int, HoldWish]:
    """Takes stock for new orders; those that get none wait, and are held with the reason.

    Shapes: the hold for stock by fulfilment order.
    """
    able = able_to_serve(places, {drafts[i].ship_to.country for i, _ in new})
    groups = [
        Group(
            tuple(Want(line.line_id, line.variant_id, line.qty) for line in p.lines),
            able[drafts[i].ship_to.country],
            drafts[i].reservation,
        )
        for i, p in new
    ]
    shortages = stock.take(ctx, groups=groups)
    short = [
        Waiting(p.fulfilment_order_id, group.wants, shorts, drafts[i].placed_at)
        for (i, p), group, shorts in zip(new, groups, shortages, strict=True)
        if shorts
    ]
    waits = waiting.wait(ctx, parts=short)
    wishes = waits + [
        HoldWish(p.fulfilment_order_id, HoldReason.AWAITING_PAYMENT)
        for i, p in new
        if drafts[i].payment_state == PaymentState.PENDING
    ]
    if wishes:
        orders.hold(ctx.as_actor(SYSTEM), wishes=wishes)  # whoever sent the order asked for no hold
    return {wish.fulfilment_order_id: wish for wish in waits}


def places_by_country(ctx: Ctx, countries: set[str]) -> dict[str, frozenset[int] | None]:
    """The locations that may serve each country; None where every unit that the brand has may be sent there."""
    return able_to_serve(locations.list_locations(ctx), countries)


def places_of_carts(ctx: Ctx, *, country: str = "") -> frozenset[int] | None:
    """The locations that what a cart holds may come from; None for all.  `country`: where it will go, where that is known."""
    if country:
        return places_by_country(ctx, {country})[country]
    known = locations.list_locations(ctx)
    sending = frozenset(at.id for at in known if at.active and at.fulfils_online)
    return None if len(sending) == len(known) else sending


def able_to_serve(known: Sequence[LocationRow], countries: set[str]) -> dict[str, frozenset[int] | None]:
    """The same, of locations that were read before."""
    everywhere = {at.id for at in known}
    answer: dict[str, frozenset[int] | None] = {}
    for country in countries:
        able = frozenset(at.id for at in known if at.can_serve(country))
        answer[country] = None if able == everywhere else able
    return answer
