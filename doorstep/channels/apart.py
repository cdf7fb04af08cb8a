"""Units that are set aside for the listings of channels that have theirs apart (docs/adr/0031)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.channels import exposures
from doorstep.channels.values import ExposureRow, ListingRow
from doorstep.orders.values import OrderDraft
from doorstep.stock import set_aside
from doorstep.stock.set_aside import Aside

_MARK = "shown:"
WORTH = 5  # a channel shows none for a moment for a fifth more than it shows
CARVED_FOR = timedelta(hours=1)  # an order takes them in the same transaction; should it be refused, they come free


def _token(listing_id: int) -> str:
    return f"{_MARK}{listing_id}"


def held(ctx: Ctx, *, listing_ids: Sequence[int]) -> dict[int, int]:
    """What is set aside for listings, by listing; nothing is left out."""
    found = set_aside.held(ctx, tokens=[_token(id) for id in listing_ids]) if listing_ids else {}
    return {int(token.removeprefix(_MARK)): qty for token, qty in found.items()}


def of_variants(ctx: Ctx, *, variant_ids: Sequence[int]) -> dict[int, int]:
    """What is set aside for all listings of variants, by variant."""
    if not variant_ids:
        return {}
    found = db.dicts(
        """SELECT l.variant_id, sum(l.qty)::int AS qty FROM stock_cartline l
             JOIN stock_cart c ON c.organisation_id = l.organisation_id AND c.id = l.cart_id
            WHERE l.organisation_id = %s AND l.variant_id = ANY(%s) AND l.state = 'open' AND c.token LIKE 'shown:%%' GROUP BY 1""",
        [ctx.organisation_id, list(variant_ids)],
    )
    return {line["variant_id"]: line["qty"] for line in found}


@transaction.atomic
def hold(ctx: Ctx, *, wanted: Mapping[ListingRow, int], compares: Collection[int]) -> dict[int, int]:
    """Sets aside what listings are to show, as far as it is free.  Returns: what each is told, by listing.

    A channel never may sell more than is set aside for it: what it shows, and what it may have sold that we do not know of. So a
    number that goes up is told only as far as there is room, and where a channel cannot compare, what it shows now may all be sold
    before it takes the next: then it shows none for a moment, until its orders are known.  Nothing is given back here.
    Shapes: `compares` are the connections whose shops compare.  Locks: the exposures, then carts, then pool rows, ascending.
    """
    if not wanted:
        return {}
    known = exposures.lock(ctx, listing_ids=sorted(row.id for row in wanted))
    wants = [
        Aside(_token(row.id), row.variant_id or 0, max(n, _shows(known.get(row.id))) + _unseen(known.get(row.id)))
        for row, n in sorted(wanted.items(), key=lambda one: one[0].id)
    ]
    has = set_aside.hold(ctx, wants=wants)
    return {
        row.id: _told(known.get(row.id), n, has.get(_token(row.id), 0), row.connection_id in compares)
        for row, n in wanted.items()
    }


def _shows(now: ExposureRow | None) -> int:
    """The most that a listing may show."""
    if now is None:
        return 0
    return (now.accepted or 0) if now.shows is None else now.shows


def _unseen(now: ExposureRow | None) -> int:
    return now.unseen if now is not None else 0


def _told(now: ExposureRow | None, wanted: int, held: int, compares: bool) -> int:
    """What a listing is told, of which so much is set aside."""
    if now is not None and now.sent is not None:
        return now.wanted
    if now is None or (now.accepted is None and now.shows is None):  # never told
        return min(wanted, held)
    shows = _shows(now)
    room = held - now.unseen - (0 if compares else shows)
    if not wanted or held < shows + now.unseen:  # it did not have its units apart before
        return min(wanted, max(room, 0))
    if wanted <= shows:
        return wanted if wanted <= room else shows
    if min(wanted, room) > shows:
        return min(wanted, room)
    worth = min(wanted, held - now.unseen) - shows
    return 0 if not compares and worth > max(1, shows // WORTH) else shows


@transaction.atomic
def let_go(ctx: Ctx, *, listing_ids: Sequence[int]) -> int:
    """Gives back all that is set aside for listings that have nothing apart.  Returns: units given back."""
    found = held(ctx, listing_ids=listing_ids)
    return _lower(ctx, dict.fromkeys(found, 0))


@transaction.atomic
def let_go_of_others(ctx: Ctx, *, rows: Sequence[ListingRow]) -> int:
    """Gives back what is set aside of a variant that a listing was before.  Returns: units given back."""
    found = db.dicts(
        """SELECT c.token, l.variant_id FROM unnest(%s::text[], %s::bigint[]) u(t, v)
             JOIN stock_cart c ON c.organisation_id = %s AND c.token = u.t
             JOIN stock_cartline l ON l.organisation_id = c.organisation_id AND l.cart_id = c.id AND l.state = 'open'
            WHERE l.variant_id <> u.v""",
        [[_token(row.id) for row in rows], [row.variant_id or 0 for row in rows], ctx.organisation_id],
    )
    return set_aside.lower(ctx, to=[Aside(line["token"], line["variant_id"], 0) for line in found]) if found else 0


@transaction.atomic
def give_back(ctx: Ctx, *, connection_id: int, before: datetime) -> int:
    """Gives back what a connection cannot sell any more: it took a lower number before then, and its orders are known since.

    Returns: units given back.  Locks: the exposures, then carts, then pool rows, ascending.  Emits: StockArrived.
    """
    showing = db.dicts(
        """SELECT e.listing_id, GREATEST(COALESCE(e.shows, e.accepted) + e.unseen, e.wanted) AS most FROM channels_exposure e
            WHERE e.organisation_id = %s AND e.connection_id = %s AND e.apart AND e.sent IS NULL AND e.accepted_at < %s
            ORDER BY e.listing_id FOR NO KEY UPDATE""",
        [ctx.organisation_id, connection_id, before],
    )
    most = {line["listing_id"]: line["most"] for line in showing}
    more = {id: most[id] for id, qty in held(ctx, listing_ids=list(most)).items() if qty > most[id]}
    return _lower(ctx, more)


def _lower(ctx: Ctx, to: Mapping[int, int]) -> int:
    if not to:
        return 0
    found = db.dicts(
        """SELECT c.token, l.variant_id FROM stock_cart c
             JOIN stock_cartline l ON l.organisation_id = c.organisation_id AND l.cart_id = c.id AND l.state = 'open'
            WHERE c.organisation_id = %s AND c.token = ANY(%s)""",
        [ctx.organisation_id, [_token(id) for id in to]],
    )
    wants = [Aside(line["token"], line["variant_id"], to[int(line["token"].removeprefix(_MARK))]) for line in found]
    return set_aside.lower(ctx, to=wants)


@transaction.atomic
def carve(
    ctx: Ctx, *, drafts: Sequence[OrderDraft], variants: Mapping[str, int], listings: Mapping[tuple[int, int], int],
    mark: str = "of", variant_ids: Collection[int] = (),
) -> list[OrderDraft]:  # fmt: skip
    """Has orders of channels take what is set aside for what they sold: it moves into a cart for each.  `mark`: as `cart_of`.

    Shapes: variant ids by SKU; listings that have units apart by (connection id, variant id); the drafts, in order.
    `variant_ids`: what the caller will want besides, such as what is in bundles, so that all are locked in one go.
    Locks: carts, then the pool rows of all that the drafts want, ascending.
    """
    carts: dict[str, list[Aside]] = {}
    for draft in drafts:
        wants = Counter[int]()
        for line in draft.lines:
            if line.sku in variants and (draft.connection_id, variants[line.sku]) in listings:
                wants[variants[line.sku]] += line.qty
        if wants and not draft.reservation:
            carts[cart_of(draft.connection_id, draft.external_id, mark=mark)] = [
                Aside(_token(listings[draft.connection_id, variant]), variant, qty) for variant, qty in sorted(wants.items())
            ]
    wanted = {*variants.values(), *variant_ids}
    moved = set_aside.carve(ctx, carts=carts, until=ctx.now + CARVED_FOR, variant_ids=wanted) if carts else {}
    tokens = [cart_of(draft.connection_id, draft.external_id, mark=mark) for draft in drafts]
    return [
        replace(draft, reservation=token) if moved.get(token) else draft for draft, token in zip(drafts, tokens, strict=True)
    ]


def cart_of(connection_id: int, external_id: str, *, mark: str = "of") -> str:
    """The token of the cart that holds the units of an order.  `mark`: of what kind it is."""
    name = f"{connection_id}:{external_id}".encode()
    return f"{mark}:{hashlib.blake2b(name, digest_size=16).hexdigest()}"
