"""Every channel is told its number: what stock may be sold is followed, turned into numbers, and told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.base.refusals import Refused
from doorstep.catalog import queries as catalog
from doorstep.channels import actions as channels
from doorstep.channels import apart, exposure, exposure_rules, exposures, following, history, listings, queries
from doorstep.channels.exposure import Facts, Rule, Shown
from doorstep.channels.port import Capabilities, Declined, ListedItem, Number, NumberAnswer, ShopPort, Throttled
from doorstep.channels.values import Claimed, ConnectionRow, ListingRow, Wish
from doorstep.flows import bundles, pending
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderDraft
from doorstep.stock import availability, feed
from doorstep.stock import queries as stock
from doorstep.stock.availability import Availability

log = logging.getLogger("doorstep.expose")
CHANGES_AT_ONCE = 1000
SOLD_DAYS = 14
TRY_AGAIN_AFTER = timedelta(seconds=5)
READ_BEFORE = timedelta(minutes=2)  # the time that a shop is given to say what it shows
MOST_PAGES = 2000


def follow(ctx: Ctx) -> int:
    """Reads on in the feed of what may be sold otherwise, and says what listings are to show.  Returns: how many numbers changed.

    Locks: the organisation's follower, then exposures.  A place that is no longer known begins anew with all listings.
    """
    with transaction.atomic():
        place = following.lock(ctx)
        try:
            found = feed.changes(ctx, after=place, limit=CHANGES_AT_ONCE) if place else None
        except Refused as refused:
            if refused.refusal is not feed.CURSOR_GONE:
                raise
            found = None
        if found is None:
            following.keep(ctx, place=feed.now(ctx))
            return refresh(ctx, listing_ids=[id for c in _able(ctx) for id in listings.ids_of(ctx, connection_id=c)])
        if not found.rows and found.place.at_rest:  # nothing is written where nothing is news
            return 0
        if found.place != place:
            following.keep(ctx, place=found.place)
        return _want(ctx, listings.of_variants(ctx, variant_ids=[row.variant_id for row in found.rows]))


def refresh(ctx: Ctx, *, listing_ids: Sequence[int]) -> int:
    """Says anew what these listings are to show.  Returns: how many numbers changed.  Locks: exposures, ascending."""
    return _want(ctx, list(listings.listings_by_id(ctx, ids=listing_ids).values()))


def _able(ctx: Ctx) -> dict[int, Capabilities]:
    """What connections can do that take numbers, by connection."""
    able = queries.abilities_of(ctx, connections=queries.list_connections(ctx))
    return {id: can for id, can in able.items() if can.takes_stock}


def _want(ctx: Ctx, rows: Sequence[ListingRow]) -> int:
    able = _able(ctx)
    mapped = [row for row in rows if row.variant_id is not None and row.ended_at is None and row.connection_id in able]
    gone = [row.id for row in rows if row.variant_id is None or row.ended_at is not None]
    exposures.drop(ctx, listing_ids=gone)
    beside = listings.beside(ctx, listing_ids=[row.id for row in mapped])
    mapped = sorted({row.id: row for row in (*mapped, *beside)}.values(), key=lambda row: row.id)
    ruled = _rules(ctx, mapped)
    apart.let_go(ctx, listing_ids=gone + [row.id for row in mapped if not ruled[row.id].apart])
    shown = _shown(mapped, ruled, _facts(ctx, mapped, ruled))
    told = {id: one.number for id, one in shown.items()}
    wanted = {row: told[row.id] for row in mapped if ruled[row.id].apart}
    if wanted:
        apart.let_go_of_others(ctx, rows=list(wanted))
        told |= apart.hold(ctx, wanted=wanted, compares={id for id, can in able.items() if can.compares})
        # What was set aside just now is no longer there for others, nor for bundles that have it inside.
        after = _shown(mapped, ruled, _facts(ctx, mapped, ruled))
        told |= {row.id: after[row.id].number for row in mapped if row not in wanted}
    return exposures.want(ctx, wishes=[Wish(row.id, row.connection_id, told[row.id], row in wanted) for row in mapped])


def _shown(rows: Sequence[ListingRow], ruled: Mapping[int, Rule], facts: Mapping[int, Facts]) -> dict[int, Shown]:
    """Numbers, by listing: a shop adds up what several places of one item show, so these together never show more than there is."""
    found: dict[int, Shown] = {}
    before: dict[tuple[int, str], int] = {}
    for row in rows:
        key = (row.connection_id, row.item)
        found[row.id] = exposure.shown(ruled[row.id], replace(facts[row.id], shown_before=before.get(key, 0)))
        before[key] = before.get(key, 0) + found[row.id].number if row.item else 0
    return found


def explain(ctx: Ctx, *, rows: Sequence[ListingRow]) -> dict[int, Shown]:
    """What listings are to show now and why, by listing; those without a variant are left out."""
    asked = [row for row in rows if row.variant_id is not None]
    beside = listings.beside(ctx, listing_ids=[row.id for row in asked])
    mapped = sorted({row.id: row for row in (*asked, *beside)}.values(), key=lambda row: row.id)
    ruled = _rules(ctx, mapped)
    facts = _facts(ctx, mapped, ruled)
    held = apart.held(ctx, listing_ids=[row.id for row in mapped if ruled[row.id].apart])
    facts |= {id: replace(facts[id], set_aside=held.get(id, 0)) for id in facts if ruled[id].apart}
    shown = _shown(mapped, ruled, facts)
    return {row.id: shown[row.id] for row in asked}


def _rules(ctx: Ctx, rows: Sequence[ListingRow]) -> dict[int, Rule]:
    """What holds for each listing.  A bundle has no units of its own that could be set apart."""
    rules = exposure_rules.rules_of(ctx, connection_ids=sorted({row.connection_id for row in rows}))
    ruled = {row.id: exposure_rules.rule_for(rules, connection_id=row.connection_id, listing_id=row.id) for row in rows}
    if any(rule.apart for rule in ruled.values()):
        known = catalog.variants_by_id(ctx, ids=sorted({row.variant_id or 0 for row in rows}))
        bundles = [row.id for row in rows if known[row.variant_id or 0].bundle]
        ruled |= {id: replace(ruled[id], apart=False) for id in bundles}
    return ruled


def take_apart(ctx: Ctx, drafts: Sequence[OrderDraft]) -> list[OrderDraft]:
    """New orders of channels that have units apart, each with the cart that holds its own; others as they are.

    Locks: exposures, then carts, then the pool rows of all that the orders sell, what is in bundles too; each kind ascending.
    """
    ids = sorted({draft.connection_id for draft in drafts})
    rules = exposure_rules.rules_of(ctx, connection_ids=ids)
    if not any(rule.apart for rule in rules.values()):
        return list(drafts)
    here = orders.find_existing(ctx, keys=[(draft.connection_id, draft.external_id) for draft in drafts])
    known = catalog.find_variants(ctx, skus=sorted({line.sku for draft in drafts for line in draft.lines}))
    rows = listings.of_variants(ctx, variant_ids=sorted(row.id for row in known.values()))
    held = apart.held(ctx, listing_ids=[row.id for row in rows if row.connection_id in ids])
    at = {(row.connection_id, row.variant_id or 0): row.id for row in rows if row.id in held}
    new = [n for n, draft in enumerate(drafts) if (draft.connection_id, draft.external_id) not in here and not draft.reservation]
    sold = [(drafts[n].connection_id, known[line.sku].id, line.qty, drafts[n].placed_at)
            for n in new for line in drafts[n].lines if line.sku in known]  # fmt: skip
    exposures.note_sold(ctx, sold=sold, apart=True)
    inside = bundles.on_the_shelf(ctx, variant_ids=[row.id for row in known.values() if row.bundle])
    carved = apart.carve(
        ctx, drafts=[drafts[n] for n in new], variants={sku: row.id for sku, row in known.items()}, listings=at,
        variant_ids={part.variant_id for parts in inside.values() for part in parts},
    )  # fmt: skip
    found = dict(enumerate(drafts)) | dict(zip(new, carved, strict=True))
    return [found[n] for n in range(len(drafts))]


def _facts(ctx: Ctx, rows: Sequence[ListingRow], ruled: Mapping[int, Rule]) -> dict[int, Facts]:
    """What numbers are made of, by listing."""
    of = {row.id: row.variant_id or 0 for row in rows}
    everywhere = _available(ctx, of.values(), ())
    near = {places: _available(ctx, [of[id] for id in of if ruled[id].places == places], places)
            for places in {rule.places or () for rule in ruled.values()} if places}  # fmt: skip
    aside = apart.of_variants(ctx, variant_ids=sorted({of[id] for id in of if ruled[id].apart}))
    sized = [row for row in rows if ruled[row.id].sized_by_sales]
    since = ctx.now - timedelta(days=SOLD_DAYS)
    sold = stock.sold_since(ctx, variant_ids=sorted({of[row.id] for row in sized}), since=since) if sized else {}
    lag = history.lag_s(ctx, connection_ids=sorted({row.connection_id for row in sized})) if sized else {}
    found = {}
    for row in rows:
        whole, rule = everywhere[of[row.id]], ruled[row.id]
        here = near[rule.places][of[row.id]] if rule.places else whole
        more = aside.get(of[row.id], 0) if rule.apart else 0  # of others none may be promised
        found[row.id] = Facts(
            here.available + more, whole.available + more, whole.on_sale,
            sold.get(of[row.id], 0) / SOLD_DAYS, lag.get(row.connection_id, 0.0),
        )  # fmt: skip
    return found


def _available(ctx: Ctx, variant_ids: Iterable[int], places: tuple[int, ...]) -> dict[int, Availability]:
    found = availability.of_variants(ctx, variant_ids=sorted(set(variant_ids)), places=frozenset(places) or None)
    return {row.variant_id: row for row in found}


@transaction.atomic
def give_back_apart(ctx: Ctx, *, connection_id: int) -> int:
    """All orders of a connection are known up to now: what was set aside for it, and it cannot sell any more, is free.

    Returns: units given back.  Locks: exposures, then carts, then pool rows, ascending.
    """
    exposures.forget_unseen_apart(ctx, connection_id=connection_id, before=ctx.now)
    given = apart.give_back(ctx, connection_id=connection_id, before=ctx.now)
    refresh(ctx, listing_ids=exposures.ids_apart(ctx, connection_id=connection_id))
    return given


def push(ctx_now: Callable[[], Ctx], *, connection_id: int, go_on: Callable[[], bool]) -> int:
    """Tells a connection every number that is due, those that go to zero first, and asks after those that were told before.

    Returns: how many were told.  One caller at a time per connection.  Raises: Throttled where no call is free: what was to be told
    is due again; httpx errors, when all that was under way is as unknown as it is and told again.
    """
    ctx = ctx_now()
    connection = queries.get(ctx, connection_id=connection_id)
    shop = queries.shop_of(ctx, connection=connection)
    exposures.let_go(ctx, connection_id=connection_id)
    _ask(ctx_now, shop, connection)
    told = 0
    while go_on() and (claimed := exposures.claim(ctx_now(), connection_id=connection_id, limit=shop.can.numbers_at_once)):
        _tell(ctx_now, shop, connection, claimed)
        told += len(claimed)
    return told


def _tell(ctx_now: Callable[[], Ctx], shop: ShopPort, connection: ConnectionRow, claimed: Sequence[Claimed]) -> None:
    """Tells claimed numbers: intended before, settled after."""
    ids = [c.listing_id for c in claimed]
    key = f"{connection.id}:{claimed[0].listing_id}:{claimed[0].sent_at.isoformat()}"
    try:
        answers = shop.tell_numbers([Number(c.external_id, c.number, c.shows) for c in claimed], key=key)
    except Throttled as wait:
        ctx = ctx_now()
        exposures.put_off(ctx, listing_ids=ids, until=ctx.now + timedelta(seconds=wait.wait_s), unknown=False)
        raise
    except (httpx.HTTPError, Refused) as trouble:
        ctx = ctx_now()
        problem = f"{type(trouble).__name__}: {trouble}"
        exposures.put_off(ctx, listing_ids=ids, until=ctx.now + TRY_AGAIN_AFTER, unknown=True, problem=problem)
        channels.note_problem(ctx, connection_id=connection.id, problem=problem)
        raise
    _settle(ctx_now(), claimed, answers, connection_id=connection.id, compared=shop.can.compares)


@transaction.atomic
def _settle(
    ctx: Ctx, claimed: Sequence[Claimed], answers: Sequence[NumberAnswer], *, connection_id: int, compared: bool = False
) -> None:
    told = list(zip(claimed, answers, strict=True))
    broken = {c.listing_id: a.reason for c, a in told if isinstance(a, Declined) and a.is_broken_off}
    exposures.settle(ctx, told=[(c, a) for c, a in told if c.listing_id not in broken], compared=compared)
    if broken:  # the shop is asked what it shows, before anything is told anew
        until, reason = ctx.now + READ_BEFORE, next(iter(broken.values()))
        exposures.put_off(ctx, listing_ids=sorted(broken), until=until, unknown=True, problem=reason)
        channels.want_listings(ctx, connection_id=connection_id)
    refresh(ctx, listing_ids=[c.listing_id for c in claimed if c.apart])


def _ask(ctx_now: Callable[[], Ctx], shop: ShopPort, connection: ConnectionRow) -> None:
    """Asks what became of numbers that the shop took in without saying.

    Where no call is free for that, it is asked later: to be told numbers is more urgent, and often paced apart.
    """
    for handle, claimed in exposures.find_later(ctx_now(), connection_id=connection.id).items():
        try:
            answers = shop.ask_numbers([c.external_id for c in claimed], handle=handle)
        except Throttled as wait:
            ctx = ctx_now()
            until = ctx.now + timedelta(seconds=wait.wait_s)
            exposures.ask_later(ctx, listing_ids=[c.listing_id for c in claimed], until=until)
            continue
        _settle(ctx_now(), claimed, answers, connection_id=connection.id)


def read_listings(ctx_now: Callable[[], Ctx], *, connection_id: int) -> int:
    """Reads what a shop offers: new listings are linked, vanished ones end, what they show is compared.

    Returns: how many there are.  Calls the network; no transaction is open meanwhile.  Raises: httpx errors, Throttled.
    """
    connection = queries.get(ctx_now(), connection_id=connection_id)
    shop = queries.shop_of(ctx_now(), connection=connection)
    read: list[int] = []
    after: str | None = ""
    for _ in range(MOST_PAGES):
        if after is None:
            break
        asked_at = ctx_now().now
        page = shop.list_listings(after=after)
        read += note(ctx_now(), connection_id=connection_id, items=page.items, since=min(asked_at, page.asked_at or asked_at))
        after = page.next_after
    if after is None:
        ctx = ctx_now()
        with transaction.atomic():
            refresh(ctx, listing_ids=listings.end_unread(ctx, connection_id=connection_id, read=read))
    return len(read)


def want_listings(ctx: Ctx, *, connection_id: int | None = None) -> None:
    """Asks for what a shop offers to be read, or every shop: those in use that can say it."""
    meant = [row for row in queries.list_connections(ctx) if row.active and connection_id in (None, row.id)]
    for id, can in queries.abilities_of(ctx, connections=meant).items():
        if can.reads_listings:
            channels.want_listings(ctx, connection_id=id)


@transaction.atomic
def note(ctx: Ctx, *, connection_id: int, items: Sequence[ListedItem], since: datetime) -> list[int]:
    """Keeps what a shop offers, what it showed of it when it was asked, and says what it is to show.

    Returns: ids of the listings, in order.
    """
    if not items:
        return []
    ids = listings.note(ctx, connection_id=connection_id, items=items)
    refresh(ctx, listing_ids=sorted(set(ids)))
    shown = {item.id: exposure.bounded(item.number) for item in items if item.number is not None}
    exposures.note_shown(ctx, connection_id=connection_id, shown=shown, since=since)
    # Of units set aside, those that a shop has sold unknown to us are not offered once more while their orders come.
    if set_apart := {*ids}.intersection(exposures.ids_apart(ctx, connection_id=connection_id)):
        refresh(ctx, listing_ids=sorted(set_apart))
    return ids


@transaction.atomic
def link(ctx: Ctx, *, listing_id: int, variant_id: int | None) -> ListingRow:
    """Says which variant a listing is, and so what it is to show.  Emits: ListingLinked.  Refuses: unknown ids."""
    row = listings.link(ctx, listing_id=listing_id, variant_id=variant_id)
    refresh(ctx, listing_ids=[listing_id])
    return row


@transaction.atomic
def set_rule(ctx: Ctx, *, connection_id: int, rule: Rule, listing_id: int | None = None) -> None:
    """Decides how much of the stock a listing, or a whole connection, is shown, and so what it is to show.

    Emits: ListingRuleChanged.  Refuses: numbers out of range, unknown ids.
    """
    exposure_rules.set_rule(ctx, connection_id=connection_id, rule=rule, listing_id=listing_id)
    refresh(ctx, listing_ids=[listing_id] if listing_id is not None else listings.ids_of(ctx, connection_id=connection_id))


def note_sold(ctx: Ctx, happened: Sequence[Event]) -> None:
    """A shop that sold something shows less of it by itself, and is told nothing that it knows."""
    came = orders.orders_by_id(ctx, ids=sorted({event.subject_id for event in happened}))
    of_shops = {id: row for id, row in came.items() if row.connection_id}
    held = pending.were(ctx, keys=[(row.connection_id, row.external_id) for row in of_shops.values()])
    of_shops = {id: row for id, row in of_shops.items() if (row.connection_id, row.external_id) not in held}
    if not of_shops:
        return
    sold: dict[tuple[int, int], int] = {}
    for line in orders.lines_of(ctx, order_ids=sorted(of_shops)):
        if line.bundle_id is None:
            sold[line.order_id, line.variant_id] = sold.get((line.order_id, line.variant_id), 0) + line.qty
        else:
            sold[line.order_id, line.bundle_variant_id] = line.bundle_qty
    exposures.note_sold(
        ctx, sold=[(of_shops[o].connection_id, variant, qty, of_shops[o].placed_at) for (o, variant), qty in sold.items()]
    )
