"""Availability at speed: thousands of SKUs in one answer, and what changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import Router

from doorstep.api.refusals import not_together
from doorstep.api.v1 import following, paging
from doorstep.api.v1.availability_shapes import (
    MOST,
    After,
    AvailabilityChangesOut,
    AvailabilityListOut,
    AvailabilityQueryIn,
    LastEventId,
    Rows,
    SkusAsked,
    cursor_of,
    place_of,
)
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Country, Cursor
from doorstep.base.ctx import Ctx
from doorstep.base.problems import Mistake, Mistaken
from doorstep.base.words import gettext_noop
from doorstep.flows.intake import places_by_country
from doorstep.stock import availability, feed
from doorstep.stock.feed import Place

router = Router(tags=["Availability"])
LIST = "availability"
STREAM = "text/event-stream"


@operation(router, "GET", "/availability", scope="stock:read", answers={200: AvailabilityListOut})
def list_availability(
    request: Asked,
    sku: SkusAsked = [],  # noqa: B006  # ninja reads the default, nobody changes it
    country: Country = "",
    cursor: Cursor = "",
    limit: Rows = 1000,
) -> HttpResponse:
    """How many units of each SKU can be sold now, bundles included, in the order in which they were asked for, each once. Without
    `sku`: of every variant on sale, page by page. SKUs that hold a comma are asked for with `/availability/query`.

    With `country`: what can still be promised to an order from there, where only some of your locations serve it."""
    if sku:
        if cursor:
            raise not_together("sku")
        asked = [part for text in sku for one in text.split(",") if (part := one.strip())]
        return _of_skus(request.ctx, asked, country.upper())
    if country:
        raise Mistaken([Mistake("country", "needs_sku", gettext_noop("goes with `sku` only."))])
    begun = paging.by_place(cursor, LIST)
    place, after = (Place(begun[0], begun[1]), begun[3]) if begun else (feed.now(request.ctx), 0)
    rows = availability.list_on_sale(request.ctx, after=after, limit=limit + 1)
    shown, following_page = paging.cut(
        rows, limit=limit, kind=LIST, key=lambda row: (place.mark, place.since, 0, row.variant_id)
    )
    return _json({"availability": shown, "unknown": [], "cursor": cursor_of(place), "next": following_page})


@operation(router, "POST", "/availability/query", scope="stock:read", answers={200: AvailabilityListOut}, asks=True)
def query_availability(request: Asked, given: AvailabilityQueryIn) -> HttpResponse:
    """The same as `GET /availability` for more SKUs than an address holds, up to 5,000. It reads, and changes nothing."""
    return _of_skus(request.ctx, given.skus, given.country)


@operation(
    router, "GET", "/availability/changes", scope="stock:read", answers={200: AvailabilityChangesOut},
    follows=True,
)  # fmt: skip
def list_availability_changes(
    request: Asked, after: After = "", limit: Rows = 1000, last_event_id: LastEventId = ""
) -> HttpResponseBase:
    """Variants that may be sold otherwise than at `after`, each once and as it is now: new ones, and those whose units, way of
    selling, SKU, product or composition changed. None is ever left out; some may be told again. A cursor from before a restore, or
    an old one, is refused with `cursor_gone` (410): read all anew with `/availability`.

    With `Accept: text/event-stream` the answer goes on: within about a second of a change an event `availability` tells it, and
    the event's id is the cursor. Without `after` it begins now. 50 may follow an organisation; one more is refused with 429, and
    where many come in the same moment told so by an event `too_many_follow`, after which its stream ends."""
    is_stream = request.get_preferred_type(["application/json", STREAM]) == STREAM
    place = (is_stream and place_of(last_event_id, field="Last-Event-ID")) or place_of(after, field="after")
    if is_stream:
        return _stream(request, place)
    if place is None:
        return _json({"availability": [], "cursor": cursor_of(feed.now(request.ctx)), "more": False})
    found = feed.changes(request.ctx, after=place, limit=limit)
    return _json({"availability": found.rows, "cursor": cursor_of(found.place), "more": not found.place.at_rest})


def _stream(request: Asked, place: Place | None) -> StreamingHttpResponse:
    following.hub.require_room(request.ctx.organisation_id)
    newest = feed.require(request.ctx, place=place) if place else feed.now(request.ctx)
    # The stream may stay for minutes; without this it would keep its connection from everybody else.
    connection.close()
    listener = following.Listener(request.ctx, request.headers.get("Authorization", ""))
    return StreamingHttpResponse(
        following.stream(listener, place or newest), content_type=f"{STREAM}; charset=utf-8",
        headers={"X-Accel-Buffering": "no"},
    )  # fmt: skip


def _of_skus(ctx: Ctx, skus: Sequence[str], country: str) -> HttpResponse:
    asked = list(dict.fromkeys(skus))
    if len(asked) > MOST:
        raise Mistaken([Mistake("sku", "too_many", gettext_noop("names more than %(most)s SKUs."), {"most": MOST})])
    place = feed.now(ctx)
    places = places_by_country(ctx, {country})[country] if country else None
    known = availability.of_skus(ctx, skus=asked, places=places) if asked else {}
    return _json(
        {
            "availability": [known[sku] for sku in asked if sku in known], "unknown": [s for s in asked if s not in known],
            "cursor": cursor_of(place), "next": None,
        }
    )  # fmt: skip


def _json(document: Mapping[str, object]) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(document), content_type="application/json; charset=utf-8")
