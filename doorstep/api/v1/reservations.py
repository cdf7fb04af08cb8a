"""Units reserved for carts, how variants are sold beyond what is available, and what may be promised for which day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from ninja import Path, Router, Status

from doorstep.api.v1 import show
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import CART
from doorstep.api.v1.stock_shapes import (
    AtpOut,
    ReservationIn,
    ReservationOut,
    ReservationPatchIn,
    ReservedLineIn,
    SellingIn,
    SellingOut,
)
from doorstep.api.v1.translate import LONGEST, OF_THE_HOUSE
from doorstep.base.ctx import Ctx
from doorstep.base.problems import Mistake, Mistaken
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.flows import bundles, promises
from doorstep.flows.intake import places_of_carts
from doorstep.orders.values import UNKNOWN_SKU
from doorstep.stock import carts, promising, queries
from doorstep.stock.bundles import available_of
from doorstep.stock.values import NOT_RESERVED, OWN_MARKS, CartRow, CartWant, SellingRow

router = Router(tags=["Stock"])
Token = Annotated[str, Path(pattern=CART)]
Sku = Annotated[str, Path(min_length=1, max_length=LONGEST["sku"])]
LIVE = ("open", "expired")


@operation(router, "POST", "/reservations", scope="orders:write", answers={201: ReservationOut, 200: ReservationOut})
def reserve_stock(request: Asked, given: ReservationIn) -> Status[dict[str, Any]]:
    """Reserves units for a cart, all of them or none. The same token again is the same cart: it holds what you say now, until
    the time you say now. Name the token as `reservation` of the order, and its units become the order's. Too few units are
    refused with `not_reserved`, and the cart holds what it held. Of a bundle it holds the components.

    Only what lies where online orders are sent from can be held; with `country`, where those for that country are."""
    if given.token.startswith(OWN_MARKS):
        raise Mistaken([Mistake("/token", "bad_token", OF_THE_HOUSE)])
    was = carts.find(request.ctx, token=given.token)
    until = request.ctx.now + timedelta(minutes=given.minutes)
    _reserve(request.ctx, given.token, _wants(request.ctx, given.lines), until, given.country)
    return Status(200 if was and was.state in LIVE else 201, _shown(request.ctx, given.token))


@operation(router, "GET", "/reservations/{token}", scope="orders:read", answers={200: ReservationOut})
def get_reservation(request: Asked, token: Token) -> dict[str, Any]:
    """What a cart holds, and until when."""
    _require_theirs(token)
    return _shown(request.ctx, token)


@operation(router, "PATCH", "/reservations/{token}", scope="orders:write", answers={200: ReservationOut})
def change_reservation(request: Asked, token: Token, given: ReservationPatchIn) -> dict[str, Any]:
    """Extends a reservation, or has it hold other units; as long as it was not released or ordered."""
    _require_theirs(token)
    was = carts.get(request.ctx, token=token)
    wants = [CartWant(line.variant_id, line.qty) for line in was.lines]
    if given.lines is not None:
        wants = _wants(request.ctx, given.lines)
    until = max(was.until or request.ctx.now, request.ctx.now + timedelta(minutes=1))
    if given.minutes is not None:
        until = request.ctx.now + timedelta(minutes=given.minutes)
    _reserve(request.ctx, token, wants, until, given.country)
    return _shown(request.ctx, token)


@operation(router, "DELETE", "/reservations/{token}", scope="orders:write", answers={204: None})
def release_reservation(request: Asked, token: Token) -> Status[None]:
    """Gives back what a cart holds; doing it twice changes nothing."""
    _require_theirs(token)
    carts.release(request.ctx, token=token)
    return Status(204, None)


@operation(router, "GET", "/stock/{sku}/atp", scope="stock:read", answers={200: AtpOut})
def get_atp(request: Asked, sku: Sku) -> dict[str, Any]:
    """What may be promised of a variant: today, and from each day on which units are due or were promised. Of a bundle: what
    its components allow; what is due or was promised is told of them."""
    row = _variant(request.ctx, sku)
    pool = queries.pool_of(request.ctx, variant_ids=[row.id])[row.id]
    available = available_of(request.ctx, variant_ids=[row.id])[row.id]
    return {
        "sku": row.sku, "available": available, "waiting": pool.waiting, "selling": _selling(request.ctx, row.id),
        "days": show.atp(promising.atp_of(request.ctx, variant_id=row.id)),
    }  # fmt: skip


@operation(router, "PUT", "/stock/{sku}/selling", scope="stock:write", answers={200: SellingOut})
def set_selling(request: Asked, sku: Sku, given: SellingIn) -> dict[str, Any]:
    """Says whether a variant is sold beyond what is available. Orders that wait keep what they were promised; where that
    will be later now, they are found among those that slipped."""
    row = _variant(request.ctx, sku)
    rule = SellingRow(row.id, given.kind, _day(given.available_on), given.max_units)
    promises.sell(request.ctx, rule=rule)
    return _selling(request.ctx, row.id)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Mistaken([Mistake("/available_on", "bad_day", gettext_noop("is not a day such as 2026-12-01."))]) from None


def _selling(ctx: Ctx, variant_id: int) -> dict[str, Any]:
    return show.selling(promising.selling_of(ctx, variant_ids=[variant_id]).get(variant_id))


def _require_theirs(token: str) -> None:
    """Refuses what the house holds under a token of its own, as if it were not there: its units are shown by a channel."""
    if token.startswith(OWN_MARKS):
        raise Refused(NOT_FOUND, {"what": "reservation", "key": token})


def _reserve(ctx: Ctx, token: str, wants: Sequence[CartWant], until: datetime, country: str) -> None:
    places = places_of_carts(ctx, country=country)
    shorts = carts.reserve(ctx, token=token, wants=wants, until=until, places=places)
    if shorts:
        variant = catalog.variants_by_id(ctx, ids=[shorts[0].variant_id])[shorts[0].variant_id]
        raise Refused(
            NOT_RESERVED, {"sku": variant.sku, "available": shorts[0].available, "wanted": shorts[0].wanted}
        )


def _wants(ctx: Ctx, lines: Sequence[ReservedLineIn]) -> list[CartWant]:
    found = catalog.find_variants(ctx, skus=sorted({line.sku for line in lines}))
    missing = [line.sku for line in lines if line.sku not in found]
    if missing:
        raise Refused(UNKNOWN_SKU, {"sku": ", ".join(dict.fromkeys(missing))[:200]})
    return bundles.open_cart(ctx, wants=[(found[line.sku], line.qty) for line in lines])


def _variant(ctx: Ctx, sku: str) -> VariantRow:
    found = catalog.find_variants(ctx, skus=[sku]).get(sku)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "variant", "key": sku[:80]})
    return found


def _shown(ctx: Ctx, token: str) -> dict[str, Any]:
    cart: CartRow = carts.get(ctx, token=token)
    found = catalog.variants_by_id(ctx, ids=[line.variant_id for line in cart.lines])
    return show.reservation(cart, {id: row.sku for id, row in found.items()})
