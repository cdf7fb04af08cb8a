"""Settings, Carriers: who takes the parcels, and how they are reached."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext

from doorstep.base import outbox
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.flows import ship
from doorstep.flows.hear_carriers import webhook_url
from doorstep.locations import queries as locations
from doorstep.shipping import carriers as accounts
from doorstep.shipping import policy, queries, upkeep
from doorstep.shipping.port import LabelWish, abilities_of, carriers, sells
from doorstep.shipping.values import NO_ANSWER, CarrierRow
from doorstep.web.parts import timeline, vendors
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.parts.views import back_to
from doorstep.web.settings.views import errors_of, show
from doorstep.web.shipments.sheet_views import own_facts

SAMPLE_G = 500
COSTS_OF = timedelta(days=30)


def _show(
    request: StaffRequest,
    *,
    form: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    opened: str = "",
) -> HttpResponse:
    default = _first(request.ctx)
    facts: dict[str, Any] = {
        "carriers": [vendors.line(row, default) for row in queries.list_carriers(request.ctx)],
        "providers": vendors.choices(name for name in carriers.names() if abilities_of(name).needs),
        "form": form or {"name": "", "provider": "", "url": settings.SANDBOX_CARRIER_URL},
        "errors": errors or {},
        "opened": opened,
    }
    return show(request, "carriers", facts, status=422 if errors else 200)


def _first(ctx: Ctx) -> CarrierRow | None:
    """The carrier that comes first: the one preferred, or the only one in use; else prices decide."""
    rows = [row for row in queries.list_carriers(ctx) if row.active]
    preferred = policy.wishes(ctx).preferred_id
    return next((row for row in rows if row.id == preferred), rows[0] if len(rows) == 1 else None)


@page("settings:read")
def index(request: StaffRequest) -> HttpResponse:
    """Every carrier; one of them sells the labels."""
    return _show(request)


@page("settings:write", methods=("POST",))
def connect(request: StaffRequest) -> HttpResponse:
    """Connects a carrier; its token is never shown again."""
    try:
        account = vendors.wanted(request, providers=[name for name in carriers.names() if abilities_of(name).needs])
        accounts.connect(request.ctx, **account)
    except Refused as refused:
        if refused.code == "carrier_code_taken":
            refused.facts["field"] = "name"
        return _show(request, form=vendors.form_of(request), errors=errors_of(refused), opened="connect")
    messages.success(request, gettext("%(name)s is connected. Test it once.") % {"name": account["name"]})
    return redirect("carriers:index")


@page("settings:write", methods=("POST",))
def change(request: StaffRequest, id: int) -> HttpResponse:
    """Says where a carrier is reached; an empty token keeps the one that is there, at the same address."""
    try:
        accounts.set_settings(request.ctx, carrier_id=id, settings=vendors.reached(request))
    except Refused as refused:
        return _show(request, form=vendors.form_of(request), errors=errors_of(refused), opened=f"change-{id}")
    messages.success(request, gettext("The carrier is saved."))
    return redirect("carriers:index")


@page("settings:read")
def carrier(request: StaffRequest, id: int) -> HttpResponse:
    """One carrier: whether it sells the labels, how its webhooks are doing, and everything that happened to it."""
    row = queries.get_carrier(request.ctx, carrier_id=id)
    default = _first(request.ctx)
    on_their_way = queries.count_open(request.ctx, carrier_id=id)
    facts = {
        "row": row,
        "line": vendors.line(row, default),
        "webhook_url": webhook_url(row),
        "others": [other for other in queries.list_carriers(request.ctx) if other.active and other.id != row.id],
        "on_their_way": on_their_way,
        "items": timeline.told(outbox.timeline(request.ctx, of=[f"carrier:{id}"], limit=50)),
        "costs": _costs(request.ctx, id),
        **own_facts(request.ctx, row),
    }
    return show(request, "carrier", facts)


@page("settings:write", methods=("POST",))
def retire(request: StaffRequest, id: int) -> HttpResponse:
    """Takes a carrier out of use; its parcels are tracked to the end."""
    accounts.set_active(request.ctx, carrier_id=id, active=False)
    messages.success(request, gettext("No label is bought there any more."))
    return redirect("carriers:carrier", id)


@page("settings:write", methods=("POST",))
def bring_back(request: StaffRequest, id: int) -> HttpResponse:
    """Takes a carrier back into use."""
    accounts.set_active(request.ctx, carrier_id=id, active=True)
    messages.success(request, gettext("The carrier is in use again."))
    return redirect("carriers:carrier", id)


@page("settings:write", methods=("POST",))
def prefer(request: StaffRequest, id: int) -> HttpResponse:
    """Lets a carrier sell the labels from now on."""
    accounts.prefer(request.ctx, carrier_id=id)
    messages.success(request, gettext("Labels are bought there from now on."))
    return redirect("carriers:carrier", id)


@page("settings:write", methods=("POST",))
def subscribe(request: StaffRequest, id: int) -> HttpResponse:
    """Tells a carrier again where its webhooks go."""
    accounts.subscribe(request.ctx, carrier_id=id)
    messages.success(request, gettext("The carrier is being told where its webhooks go."))
    return redirect("carriers:carrier", id)


@page("settings:write", methods=("POST",))
def test(request: StaffRequest, id: int) -> HttpResponse:
    """Asks a carrier what a small parcel would cost."""
    row = queries.get_carrier(request.ctx, carrier_id=id)
    if not sells(row.provider):
        ship.try_sign_in(request.ctx, carrier_id=id)
        messages.success(request, gettext("%(name)s answers: it is asked after parcels from now on.") % {"name": row.name})
        return HttpResponseRedirect(back_to(request, "/settings/carriers/"))
    try:
        rates = ship.carrier_of(request.ctx, id).rates(_sample(request.ctx))
    except (httpx.HTTPError, httpx.InvalidURL) as trouble:
        raise Refused(NO_ANSWER, {"carrier": row.name, "problem": str(trouble)[:200]}) from trouble
    words = ngettext(
        "%(name)s answers and offers %(n)s service.", "%(name)s answers and offers %(n)s services.", len(rates)
    )
    messages.success(request, words % {"name": row.name, "n": len(rates)})
    return HttpResponseRedirect(back_to(request, "/settings/carriers/"))


def _costs(ctx: Ctx, carrier_id: int) -> list[dict[str, Any]]:
    """What its labels of the last thirty days cost, and what comes back of those that were voided."""
    found = upkeep.costs(ctx, since=ctx.now - COSTS_OF, carrier_id=carrier_id)
    return [
        {
            "row": row,
            **{name: Money(getattr(row, f"{name}_minor"), row.currency) for name in ("bought", "given", "pending", "refused")},
        }
        for row in found
    ]


def _sample(ctx: Ctx) -> LabelWish:
    """A small parcel from the first location to itself."""
    at = next(iter(locations.list_active(ctx)), None)
    address = {
        "name": at.name if at else "Test", "company": at.company if at else "", "lines": at.lines if at else ["1"],
        "postal_code": at.postal_code if at else "04524", "city": at.city if at else "Seoul",
        "region": at.region if at else "", "country": at.country if at else "KR", "phone": at.phone if at else "",
    }  # fmt: skip
    return LabelWish("test", "test", "", address, address, SAMPLE_G)
