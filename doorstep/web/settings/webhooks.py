"""Settings pages of the webhooks that go out: who is told of what, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from doorstep.base import outbox
from doorstep.base.refusals import Refused
from doorstep.channels import deliveries, events, webhooks
from doorstep.channels.rules import EVERYTHING
from doorstep.channels.values import DeliveryState
from doorstep.flows.webhooks import catalogue
from doorstep.flows.webhooks.send import reach
from doorstep.web.parts import cursor, states, timeline
from doorstep.web.parts.given import Known, unknown
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.parts.timeline import Telling
from doorstep.web.settings.views import Errors, errors_of, show

PER_PAGE = 50
FILTERS: Mapping[str, Known] = {"state": set(DeliveryState)}
GROUPS = {
    "order": _("Orders"), "fulfilment": _("Fulfilment"), "parcel": _("Parcels"), "label": _("Labels"), "stock": _("Stock"),
    "customer": _("Customers"), "product": _("Products"), "payment": _("Payments"), "refund": _("Refunds"),
    "credit": _("Store credit"), "return": _("Returns"), "routing": _("Routing"), "conversation": _("Conversations"),
    "message": _("Messages"), "notice": _("Notices"), "text": _("Text messages"),
    "delivery": _("Inbound deliveries"), "lot": _("Lots"), "transfer": _("Transfers"),
}  # fmt: skip

timeline.register(
    {
        events.WEBHOOK_ADDED: Telling(_("added the webhook to %(url)s"), "send", states.DONE),
        events.WEBHOOK_CHANGED: Telling(_("changed the webhook"), "pencil"),
        events.WEBHOOK_SECRET_CHANGED: Telling(_("made a new secret"), "key"),
        events.WEBHOOK_REMOVED: Telling(_("removed the webhook to %(url)s"), "trash"),
        events.WEBHOOK_FAILING: Telling(
            _("gave up a delivery"), "alert-triangle", states.BROKEN, facts=lambda _event: {},
            why=lambda event: str(event.data["problem"]),
        ),
        events.WEBHOOK_REPLAYED: Telling(_("had %(deliveries)s deliveries sent again"), "refresh", states.MOVING),
    }
)  # fmt: skip


def _choices(chosen: list[str]) -> list[tuple[Any, list[tuple[str, bool]]]]:
    """The types of the catalogue under their headings, ticked or not."""
    groups: dict[str, list[tuple[str, bool]]] = {}
    for type_ in catalogue.TYPES:
        groups.setdefault(type_.partition(".")[0], []).append((type_, type_ in chosen))
    return [(GROUPS.get(area, area), types) for area, types in groups.items()]


def _index(request: StaffRequest, *, status: int = 200, **facts: Any) -> HttpResponse:
    form: dict[str, Any] = facts.pop("form", {"url": "", "types": [EVERYTHING]})
    standings = deliveries.standings(request.ctx)
    found = {
        "lines": [(row, standings.get(row.id)) for row in deliveries.list_subscriptions(request.ctx)],
        "form": form, "groups": _choices(form["types"]), "is_all": EVERYTHING in form["types"], "errors": {}, **facts,
    }  # fmt: skip
    return show(request, "webhooks", found, status=status)


def _given(request: StaffRequest) -> dict[str, Any]:
    return {"url": request.POST.get("url", ""), "types": request.POST.getlist("types")}


@page("settings:read")
def index(request: StaffRequest) -> HttpResponse:
    """Every webhook and how it stands."""
    return _index(request)


@page("settings:write", methods=("POST",))
def add(request: StaffRequest) -> HttpResponse:
    """Adds a webhook; its secret is in this answer and nowhere else."""
    form = _given(request)
    try:
        added = webhooks.add(request.ctx, **form, known=catalogue.TYPES, reach=reach())
    except Refused as refused:
        return _index(request, form=form, errors=errors_of(refused), status=422)
    return _webhook(request, added.subscription.id, secret=added.secret)


def _webhook(request: StaffRequest, id: int, *, status: int = 200, **facts: Any) -> HttpResponse:
    row = deliveries.get_subscription(request.ctx, id=id)
    state = request.GET.get("state", "")
    state = state if state in set(DeliveryState) else ""
    before = cursor.unpack(request.GET.get("after", ""), int)
    rows = deliveries.list_deliveries(
        request.ctx, subscription_id=id, state=state, before=before[0] if before else None, limit=PER_PAGE + 1
    )
    form: dict[str, Any] = facts.pop("form", {"url": row.url, "types": row.types})
    found = {
        "row": row, "standing": deliveries.standings(request.ctx).get(id), "state": state,
        "unknown": unknown(request.GET, FILTERS),
        "page": cursor.paged(request, rows, limit=PER_PAGE, key=lambda line: (line.id,)), "form": form,
        "groups": _choices(form["types"]), "is_all": EVERYTHING in form["types"], "errors": Errors(),
        "history": timeline.told(outbox.timeline(request.ctx, of=[f"webhook:{id}"], limit=30)), **facts,
    }  # fmt: skip
    return show(request, "webhook", found, status=status)


@page("settings:read")
def webhook(request: StaffRequest, id: int) -> HttpResponse:
    """One webhook and its deliveries."""
    return _webhook(request, id)


@page("settings:write", methods=("POST",))
def change(request: StaffRequest, id: int) -> HttpResponse:
    """Saves where it goes and of what it tells."""
    form = _given(request)
    try:
        webhooks.change(request.ctx, id=id, **form, known=catalogue.TYPES, reach=reach())
    except Refused as refused:
        return _webhook(request, id, form=form, errors=errors_of(refused), status=422)
    messages.success(request, gettext("The webhook is saved."))
    return redirect("settings:webhook", id)


def _set_active(request: StaffRequest, id: int, active: bool) -> HttpResponse:
    webhooks.change(request.ctx, id=id, active=active, known=catalogue.TYPES, reach=reach())
    return redirect("settings:webhook", id)


@page("settings:write", methods=("POST",))
def pause(request: StaffRequest, id: int) -> HttpResponse:
    """Sends nothing until it is resumed."""
    return _set_active(request, id, False)


@page("settings:write", methods=("POST",))
def resume(request: StaffRequest, id: int) -> HttpResponse:
    """Sends again, first what happened meanwhile."""
    return _set_active(request, id, True)


@page("settings:write", methods=("POST",))
def change_secret(request: StaffRequest, id: int) -> HttpResponse:
    """Makes a new secret, shown in this answer and nowhere else."""
    return _webhook(request, id, secret=webhooks.change_secret(request.ctx, id=id).secret)


@page("settings:write", methods=("POST",))
def remove(request: StaffRequest, id: int) -> HttpResponse:
    """Ends a webhook."""
    webhooks.remove(request.ctx, id=id)
    messages.success(request, gettext("The webhook is removed."))
    return redirect("settings:webhooks")


@page("settings:read")
def delivery(request: StaffRequest, id: int) -> HttpResponse:
    """One delivery: what was sent and what was answered."""
    row = deliveries.get(request.ctx, id=id)
    facts = {
        "row": row, "webhook": deliveries.get_subscription(request.ctx, id=row.subscription_id),
        "body": json.dumps(json.loads(row.body), ensure_ascii=False, indent=2),
    }  # fmt: skip
    return show(request, "delivery", facts)


@page("settings:write", methods=("POST",))
def replay(request: StaffRequest, id: int) -> HttpResponse:
    """Sends one delivery again."""
    row = webhooks.replay(request.ctx, id=id)
    messages.success(request, gettext("It is sent again now."))
    return redirect("settings:webhook", row.subscription_id)


@page("settings:write", methods=("POST",))
def replay_dead(request: StaffRequest, id: int) -> HttpResponse:
    """Sends everything again that was given up."""
    n = webhooks.replay_dead(request.ctx, subscription_id=id)
    if n:
        says = ngettext("It is sent again now.", "These %(n)s are sent again now.", n) % {"n": n}
        messages.success(request, says)
    else:
        messages.info(request, gettext("There was nothing to send again."))
    return redirect("settings:webhook", id)
