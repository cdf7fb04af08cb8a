"""Customers are told of their orders without asking: each thing once, by the ways they may be reached, when it is true and no
longer night.

Other flows call `tell`; which kinds there are, and what makes each of them due, stands in `messaging.notices.values.NOTICES`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext, override

from doorstep.accounts import queries as accounts
from doorstep.base import alone, zones
from doorstep.base.ctx import Ctx
from doorstep.customers.rules import mobile_number
from doorstep.flows import notice_words
from doorstep.messaging import actions, queries
from doorstep.messaging.notices import book, desk, opt_outs
from doorstep.messaging.notices.rules import quiet, truth
from doorstep.messaging.notices.values import NOTICES, NoticeKind, NoticeRow, NoticeState, Want, Way, Why
from doorstep.orders import promised
from doorstep.orders import queries as orders
from doorstep.orders.queries import Destination
from doorstep.shipping import queries as shipping


@dataclass(frozen=True, slots=True)
class About:
    """What a notice is about.

    `occurrence`: which time of several, e.g. the day of an attempt; the same again is never told.  `happened_at`: when it
    happened, where that was not now.  `reason`: a sentence of ours (gettext_noop), said in the customer's language with
    `reason_facts`.  `until`: the day that is promised now.  `facts`: further variables, in the language of the order.
    """

    order_id: int
    parcel_id: int = 0
    occurrence: str = ""
    happened_at: datetime | None = None
    reason: str = ""
    reason_facts: Mapping[str, str] = field(default_factory=dict)
    until: date | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def tell(ctx: Ctx, kind: NoticeKind, about: Sequence[About], *, wish: str = "") -> int:
    """Has customers told of something, once for each thing and way; who cannot be reached is left in peace.

    What happened too long ago is no news and is not told; in quiet hours it waits for their end.
    `wish`: a person wants the mail sent once more, whatever is switched on; the same wish twice sends it once.
    Returns: how many notices are new.  Emits: MessageQueued; NoticeNotTold where somebody does not want them.
    """
    to = orders.destinations(ctx, order_ids=sorted({one.order_id for one in about}))
    told = _told_before(ctx, kind, about) if not wish else set()
    wants = _wants(ctx, kind, [(one, to[one.order_id]) for one in about if one.order_id in to], wish=wish, told=told)
    rows = book.want(ctx, wants=wants)
    _queue(ctx, [row for row in rows if row.state == NoticeState.QUEUED])
    return len(rows)


def _told_before(ctx: Ctx, kind: NoticeKind, about: Sequence[About]) -> set[int]:
    """The parcels of which this was told so lately that saying it again, without a new day, would only annoy."""
    after = NOTICES[kind].again_after
    asked = [one.parcel_id for one in about if one.parcel_id and one.until is None]
    if after is None or not asked:
        return set()
    return book.told_of(ctx, kind=kind, parcel_ids=asked, order_ids=[one.order_id for one in about], since=ctx.now - after)


def key_of(kind: NoticeKind, one: About, *, wish: str = "") -> str:
    """By what the same thing is known again."""
    of = f"parcel:{one.parcel_id}" if one.parcel_id else f"order:{one.order_id}"
    return ":".join(filter(None, (kind.value, of, one.occurrence, wish)))[:100]


def _wants(
    ctx: Ctx, kind: NoticeKind, about: Sequence[tuple[About, Destination]], *, wish: str, told: Set[int]
) -> list[Want]:
    """One wish for each thing and way by which its customer can be reached.  `told`: parcels of which it was said lately."""
    switched = desk.switches(ctx)
    ways = [way for way in Way if switched[kind, way]] if not wish else [Way.MAIL]
    if Way.SMS in ways and queries.find_default_sms_account(ctx) is None:
        ways.remove(Way.SMS)
    hours, otherwise = desk.hours(ctx), accounts.organisation(ctx).timezone
    wants = []
    for way in ways:
        reached = [(one, whom, address_of(whom, way)) for one, whom in about]
        silent = opt_outs.opted_out(ctx, way=way, addresses=[address for *_, address in reached])
        for one, whom, address in reached:
            if not address:
                continue
            at = one.happened_at or ctx.now
            not_before, why = None, None
            if not wish:
                zone = zones.zone_for(whom.ship_to, otherwise=otherwise, at=ctx.now)
                if not NOTICES[kind].is_urgent:
                    not_before = quiet.ends_at(hours[way], ctx.now, zone=zone)
                why = _why_not(ctx, kind, way, at, opted_out=opt_outs.normal(way, address) in silent)
                if why is None and one.until is None and one.parcel_id in told:
                    why = Why.SAID_BEFORE
            wants.append(
                Want(key_of(kind, one, wish=wish), kind, way, one.order_id, one.parcel_id, address, _kept(one, whom), at,
                     None if why else not_before, why)
            )  # fmt: skip
    return wants


def _why_not(ctx: Ctx, kind: NoticeKind, way: Way, at: datetime, *, opted_out: bool) -> Why | None:
    """Why somebody is not told; None where they are."""
    news_for = NOTICES[kind].news_for
    if news_for is not None and at < ctx.now - news_for:
        return Why.OLD
    return None if may_tell(kind, way, opted_out=opted_out) else Why.OPTED_OUT


def is_owed(kind: NoticeKind, way: Way) -> bool:
    """Whether opting out does not silence it: the mail that a customer is owed; a text message can always be ended."""
    return NOTICES[kind].is_necessary and way is Way.MAIL


def may_tell(kind: NoticeKind, way: Way, *, opted_out: bool) -> bool:
    """Whether somebody may be told: who wants no notices only of what they are owed."""
    return not opted_out or is_owed(kind, way)


def address_of(whom: Destination, way: Way) -> str:
    """Where a customer is reached by a way; "" where they are not."""
    if way is Way.MAIL:
        return whom.email
    return mobile_number(whom.phone or str(whom.ship_to.get("phone", "")), whom.country)


def _kept(one: About, whom: Destination) -> dict[str, str]:
    """What is told with a notice and cannot be looked up later, in the language of the order."""
    facts = {name: value for name, value in one.facts.items() if value}
    with override(whom.language):
        if one.reason:
            facts["delay.reason"] = gettext(one.reason) % dict(one.reason_facts)
        if one.until:
            facts["delay.until"] = date_format(one.until, "DATE_FORMAT")
    return facts


def _queue(ctx: Ctx, rows: Sequence[NoticeRow]) -> None:
    """Has messages sent that tell of these, and notes which."""
    if not rows:
        return
    drafts = notice_words.drafts(ctx, rows=rows)
    actions.queue(ctx, drafts=list(drafts.values()), domain=settings.MAIL_FROM.partition("@")[2])
    known = queries.ids_by_key(ctx, keys=[draft.key for draft in drafts.values()])
    book.note_queued(ctx, messages={id: known.get(draft.key) for id, draft in drafts.items()})
    book.drop(ctx, dropped=[(row, Why.NO_WORDS) for row in rows if row.id not in drafts])


def sweep(now: datetime) -> None:
    """Tells what waited for the end of quiet hours, in every organisation."""
    found = book.find_waiting(now=now)
    owners = [(owner, owner) for owner in sorted(found)]
    alone.each_of(owners, lambda ctx, owner: tell_waiting(ctx, ids=found[owner]), now=now, what="notices")


@transaction.atomic
def tell_waiting(ctx: Ctx, *, ids: Sequence[int]) -> None:
    """Tells what waited: of each parcel the furthest that is still true, once; the others are dropped, and say why.

    Locks: the notices, ascending.  Emits: MessageQueued, NoticeNotTold.
    """
    rows = book.lock_waiting(ctx, ids=ids)
    stands = _stands(ctx, sorted({row.order_id for row in rows}))
    silent = {way: opt_outs.opted_out(ctx, way=way, addresses=[r.address for r in rows if r.way == way]) for way in Way}
    due: list[NoticeRow] = []
    for order_id, way in sorted({(row.order_id, row.way) for row in rows}):
        waited = [row for row in rows if (row.order_id, row.way) == (order_id, way)]
        unwanted = [
            row for row in waited
            if not may_tell(
                NoticeKind(row.kind), Way(way), opted_out=opt_outs.normal(Way(way), row.address) in silent[Way(way)]
            )
        ]  # fmt: skip
        told, dropped = truth.choose([row for row in waited if row not in unwanted], stands.get(order_id, {}))
        book.drop(ctx, dropped=[*dropped, *((row, Why.OPTED_OUT) for row in unwanted)])
        due += told
    _queue(ctx, due)


def _stands(ctx: Ctx, order_ids: Sequence[int]) -> dict[int, dict[int, truth.Now]]:
    """How it stands now with orders, and with their parcels.  Shapes: by order, then by parcel; 0 is the order itself."""
    found: dict[int, dict[int, truth.Now]] = {}
    waits = promised.promised_of(ctx, order_ids=order_ids)
    for order in orders.orders_by_id(ctx, ids=order_ids).values():
        is_all_gone = order.fulfilment_state in ("fulfilled", "delivered")
        found[order.id] = {0: truth.Now(order.state, is_all_gone, waits=order.id in waits)}
    parcels = shipping.parcels_of(ctx, order_ids=order_ids)
    scanned: dict[int, datetime] = {}
    for scan in shipping.tracking_of(ctx, parcel_ids=[parcel.id for parcel in parcels]):
        scanned[scan.parcel_id] = max(scan.at, scanned.get(scan.parcel_id, scan.at))
    for parcel in parcels:
        of = found[parcel.order_id][0]
        found[parcel.order_id][parcel.id] = truth.Now(
            of.order_state, of.is_all_gone, parcel.state, parcel.status, of.waits, scanned.get(parcel.id)
        )
    return found
