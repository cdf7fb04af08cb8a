"""Settings, Partner warehouses: who runs which location, and what they were asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext

from doorstep.base import outbox
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.flows.warehouses import warehouse_of, webhook_url
from doorstep.fulfilment.port import warehouses
from doorstep.fulfilment.warehouses import accounts, queries
from doorstep.fulfilment.warehouses.values import OPEN, WAREHOUSE_SILENT, RequestRow, WarehouseRow
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.web.parts import states, timeline, vendors
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.parts.views import back_to
from doorstep.web.settings.views import errors_of, show

MOST = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What a warehouse was asked, as its page shows it."""

    row: RequestRow
    order_name: str
    units: int
    look: states.Look


def _line(row: WarehouseRow, names: dict[int, str], open_: int) -> dict[str, Any]:
    return vendors.line(row, None) | {"location": names.get(row.location_id, ""), "open": open_}


def _show(
    request: StaffRequest, *, form: dict[str, str] | None = None, errors: dict[str, str] | None = None, opened: str = ""
) -> HttpResponse:
    names = {at.id: at.name for at in locations.list_locations(request.ctx)}
    taken = queries.runs(request.ctx)
    counted: dict[int, int] = {}
    for (id, _state), n in queries.counts(request.ctx).items():
        counted[id] = counted.get(id, 0) + n
    facts = {
        "warehouses": [_line(row, names, counted.get(row.id, 0)) for row in queries.list_warehouses(request.ctx)],
        "providers": vendors.choices(warehouses.names()),
        "places": [(str(at.id), at.name) for at in locations.list_active(request.ctx) if at.id not in taken],
        "form": form or {"name": "", "provider": "", "url": "", "location": ""},
        "errors": errors or {},
        "opened": opened,
    }
    return show(request, "warehouses", facts, status=422 if errors else 200)


@page("settings:read")
def index(request: StaffRequest) -> HttpResponse:
    """Every partner warehouse, and which location it runs."""
    return _show(request)


@page("settings:write", methods=("POST",))
def connect(request: StaffRequest) -> HttpResponse:
    """Has a partner run a location; its token is never shown again."""
    form = vendors.form_of(request) | {"location": request.POST.get("location", "")}
    try:
        account = vendors.wanted(request, providers=warehouses.names())
        accounts.connect(request.ctx, location_id=_location(request), **account)
    except Refused as refused:
        field = {"warehouse_code_taken": "name", "location_run_by_another": "location"}.get(refused.code)
        if field:
            refused.facts["field"] = field
        return _show(request, form=form, errors=errors_of(refused), opened="connect")
    messages.success(request, gettext("%(name)s is connected. Test it once.") % {"name": account["name"]})
    return redirect("warehouses:index")


def _location(request: HttpRequest) -> int:
    given = request.POST.get("location", "")
    if not given.isdigit() or len(given) > 18:
        raise Refused(NOT_FOUND, {"what": "location", "key": given[:20], "field": "location"})
    return int(given)


@page("settings:write", methods=("POST",))
def change(request: StaffRequest, id: int) -> HttpResponse:
    """Says where a warehouse is reached; an empty token keeps the one that is there, at the same address."""
    try:
        accounts.set_settings(request.ctx, warehouse_id=id, settings=vendors.reached(request))
    except Refused as refused:
        return _show(request, form=vendors.form_of(request), errors=errors_of(refused), opened=f"change-{id}")
    messages.success(request, gettext("The warehouse is saved."))
    return redirect("warehouses:index")


@page("settings:read")
def warehouse(request: StaffRequest, id: int) -> HttpResponse:
    """One partner: what it was asked, how its webhooks are doing, and everything that happened to it."""
    row = queries.get_warehouse(request.ctx, warehouse_id=id)
    only_open = request.GET.get("state") != "all"
    found = queries.list_requests(request.ctx, warehouse_id=id, states=OPEN if only_open else (), limit=MOST)
    names = orders.orders_by_id(request.ctx, ids=[one.order_id for one in found])
    asked = [
        Asked(one, names[one.order_id].name, sum(map(int, one.lines.values())), states.look_of("warehouse_request", one.state))
        for one in found
    ]
    places = {at.id: at.name for at in locations.list_locations(request.ctx)}
    facts = {
        "row": row, "line": _line(row, places, 0), "webhook_url": webhook_url(row), "asked": asked, "only_open": only_open,
        "items": timeline.told(outbox.timeline(request.ctx, of=[f"warehouse:{id}"], limit=50)),
    }  # fmt: skip
    return show(request, "warehouse", facts)


@page("settings:write", methods=("POST",))
def retire(request: StaffRequest, id: int) -> HttpResponse:
    """Takes a partner out of use; what it was asked it still sends."""
    accounts.set_active(request.ctx, warehouse_id=id, active=False)
    messages.success(request, gettext("Your own floor runs the location from now on."))
    return redirect("warehouses:warehouse", id)


@page("settings:write", methods=("POST",))
def bring_back(request: StaffRequest, id: int) -> HttpResponse:
    """Takes a partner back into use."""
    accounts.set_active(request.ctx, warehouse_id=id, active=True)
    messages.success(request, gettext("The warehouse is in use again."))
    return redirect("warehouses:warehouse", id)


@page("settings:write", methods=("POST",))
def subscribe(request: StaffRequest, id: int) -> HttpResponse:
    """Tells a partner again where its webhooks go."""
    accounts.subscribe(request.ctx, warehouse_id=id)
    messages.success(request, gettext("The warehouse is being told where its webhooks go."))
    return redirect("warehouses:warehouse", id)


@page("settings:write", methods=("POST",))
def test(request: StaffRequest, id: int) -> HttpResponse:
    """Asks a partner whether it answers us."""
    row = queries.get_warehouse(request.ctx, warehouse_id=id)
    try:
        warehouse_of(row).news(row.cursor)
    except (httpx.HTTPError, httpx.InvalidURL) as trouble:
        raise Refused(WAREHOUSE_SILENT, {"warehouse": row.name, "problem": str(trouble)[:200]}) from trouble
    messages.success(request, gettext("%(name)s answers.") % {"name": row.name})
    return HttpResponseRedirect(back_to(request, "/settings/warehouses/"))
