"""How the brand's own web store is joined: what to call, with examples that run as they stand, and what its pages may show."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.flows.intake import places_by_country
from doorstep.locations import queries as locations
from doorstep.stock import availability
from doorstep.web.parts.pages import StaffRequest, page

SAMPLES, LOOKED_AT = 4, 200
NO_COUNTRY = "KR"
HOLDS_MINUTES = 15


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the API.  `says`: what it does; `shell`: as it is typed, with the key in `$KEY`."""

    id: str
    title: str
    says: str
    shell: str


@page("channels:read")
def store(request: StaffRequest) -> HttpResponse:
    """How the brand's own web store is joined."""
    slug = request.organisation.slug
    country = next((at.country for at in locations.list_locations(request.ctx) if at.can_serve(at.country)), NO_COUNTRY)
    samples = _samples(request.ctx, country)
    facts = {
        "calls": calls(request.ctx, samples[0] if samples else None, country=country),
        "badge": f'<script src="{settings.PUBLIC_URL}/badge/badge.js?brand={slug}" defer></script>',
        "place": f'<span data-doorstep-sku="{samples[0].sku if samples else "SKU"}"></span>',
        "chat": f'<script src="{settings.PUBLIC_URL}/chat/widget.js?brand={slug}" defer></script>',
        "badge_url": f"/badge/badge.js?brand={slug}",
        "samples": samples,
    }
    return render(request, "channels/store.html", facts)


def _samples(ctx: Ctx, country: str) -> list[VariantRow]:
    """Something that the brand sells, what can be sent to the country before others."""
    found = catalog.search_variants(ctx, query="", limit=LOOKED_AT)
    places = places_by_country(ctx, {country})[country]
    there = availability.of_variants(ctx, variant_ids=[row.id for row in found], places=places)
    sold = {row.variant_id for row in there if row.available > 0}
    return sorted(found, key=lambda row: row.id not in sold)[:SAMPLES]


def calls(ctx: Ctx, sold: VariantRow | None, *, country: str) -> list[Call]:
    """The three calls of a store, about one thing that is sold, to a buyer in a country."""
    token = f"cart-{ctx.now:%H%M%S}"
    sku = sold.sku if sold else "SKU"
    price = {"amount": str(sold.price.decimal), "currency": sold.currency} if sold else {"amount": "10.00", "currency": "EUR"}
    cart = {"token": token, "minutes": HOLDS_MINUTES, "country": country, "lines": [{"sku": sku, "qty": 1}]}
    order = {
        "external_id": f"W-{ctx.now:%y%m%d%H%M%S}", "placed_at": f"{ctx.now:%Y-%m-%dT%H:%M:%SZ}", "currency": price["currency"],
        "reservation": token, "customer": {"email": "buyer@example.com", "name": "Test buyer"},
        "ship_to": {"name": "Test buyer", "lines": ["1 Test street"], "city": "Test", "postal_code": "10115", "country": country},
        "lines": [{"sku": sku, "qty": 1, "unit_price": price}],
    }  # fmt: skip
    query = urlencode({"sku": sku, "country": country})
    return [
        Call("ask", gettext("Ask what can be sold"),
             gettext("What can be promised now to an order for that country, and whether more may be ordered beyond it."),
             _shell(f"/availability?{query}")),
        Call("hold", gettext("Hold a cart"),
             gettext("Holds the units while somebody pays; they come free by themselves when the minutes are over."),
             _shell("/reservations", cart)),
        Call("place", gettext("Place the order"),
             gettext("Places the order, and takes the units of its cart. The same external_id again is the same order."),
             _shell("/orders", order)),
    ]  # fmt: skip


def _shell(path: str, body: Mapping[str, Any] | None = None) -> str:
    """A call as it is typed into a shell."""
    parts = ['curl -H "Authorization: Bearer $KEY"']
    if body is not None:
        lines = (f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in body.items())
        parts += ['-H "Content-Type: application/json"', "-d " + shlex.quote("{\n" + ",\n".join(lines) + "}")]
    return " \\\n  ".join([*parts, shlex.quote(f"{settings.PUBLIC_URL}/api/v1{path}")])
