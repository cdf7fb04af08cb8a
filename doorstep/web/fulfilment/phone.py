"""The floor on a phone: everything that somebody with a scanner does, one tap away; and putting away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.fulfilment import put_away as putting
from doorstep.fulfilment.values import PutAwayAnswer, ToPutAwayRow
from doorstep.locations import queries as locations
from doorstep.locations.values import LocationRow
from doorstep.stock import count_queries
from doorstep.stock.inbound import reads
from doorstep.stock.inbound.values import DeliveryFilter, TransferFilter
from doorstep.web.fulfilment.floor import Work, work_of
from doorstep.web.fulfilment.scans import CLIENT_ID, CONTROLS, MOST_UNITS, kept_of, moment_of
from doorstep.web.parts.given import id_of, object_of
from doorstep.web.parts.pages import StaffRequest, page

CHOSEN = "floor_location"  # in the session: where this phone is
SHOWN = 4


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do.  `count`: how many wait; `url`: where it goes on at once, else where it is chosen."""

    icon: str
    word: str
    about: str
    url: str
    count: int
    urgent: bool = False


@page("fulfilment:read")
def home(request: StaffRequest) -> HttpResponse:
    """What there is to do at the location where this phone is."""
    works = [work for work in work_of(request.ctx) if request.staff.works_at(work.location.id)]
    asked = id_of(request.GET.get("at", "")) or request.session.get(CHOSEN, 0)
    work = next((one for one in works if one.location.id == asked), works[0] if works else None)
    if work is not None and request.GET.get("at"):
        request.session[CHOSEN] = work.location.id
    facts = {
        "work": work, "places": [one.location for one in works], "jobs": _jobs(request, work) if work else [],
        "to_put_back": work.to_put_back if work else [],
    }  # fmt: skip
    return render(request, "fulfilment/phone.html", facts)


def _jobs(request: StaffRequest, work: Work) -> list[Job]:
    found: list[Job] = []
    if request.may("fulfilment:write"):
        found += [_pick(work), _pack(work)]
    if request.may("stock:write"):
        found += [_put_away(request.ctx, work.location), *_inbound(request.ctx, work.location), _count(request.ctx, work.location)]
    return found


def _pick(work: Work) -> Job:
    own, first = work.mine, work.to_pick[0] if work.to_pick else None
    if own is not None:
        about = gettext("Go on with list #%(id)s: %(picked)s of %(units)s")
        told = about % {"id": own.id, "picked": own.picked, "units": own.units}
        return Job("barcode", gettext("Pick"), told, reverse("fulfilment:scan", args=[own.id]), len(work.to_pick) + 1, True)
    if first is not None:
        about = gettext("List #%(id)s: %(units)s units") % {"id": first.id, "units": first.units}
        return Job("barcode", gettext("Pick"), about, reverse("fulfilment:scan", args=[first.id]), len(work.to_pick))
    return Job("barcode", gettext("Pick"), gettext("Nothing is to be picked"), "", 0)


def _pack(work: Work) -> Job:
    ready = work.packable
    if not ready:
        return Job("package", gettext("Pack"), gettext("Nothing is to be packed"), "", 0)
    url = reverse("fulfilment:pack", args=[ready[0]["fulfilment_order_id"]])
    return Job("package", gettext("Pack"), gettext("Next: %(name)s") % {"name": ready[0]["order_name"]}, url, len(ready))


def _put_away(ctx: Ctx, at: LocationRow) -> Job:
    waiting = putting.count_to_put_away(ctx, location_id=at.id)
    about = gettext("From receiving to its bin") if waiting else gettext("Receiving is empty")
    return Job("box", gettext("Put away"), about, reverse("fulfilment:put_away", args=[at.id]), waiting)


def _inbound(ctx: Ctx, at: LocationRow) -> list[Job]:
    """Deliveries that are due and transfers on their way: one goes on at once, several are chosen from."""
    due = reads.list_deliveries(ctx, where=DeliveryFilter(view="open", location_id=at.id, today=ctx.now.date()), limit=20)
    coming = [
        row for row in reads.list_transfers(ctx, where=TransferFilter(view="moving", location_id=at.id), limit=20)
        if row.destination_id == at.id
    ]  # fmt: skip
    found = []
    if len(due) == 1:
        found.append(Job("truck", gettext("Receive"), due[0].document, reverse("deliveries:receive", args=[due[0].id]), 1))
    else:
        about = gettext("Expected deliveries") if due else gettext("No delivery is due")
        found.append(Job("truck", gettext("Receive"), about, reverse("deliveries:index") if due else "", len(due)))
    if coming:
        one = coming[0]
        url = reverse("transfers:receive", args=[one.id]) if len(coming) == 1 else reverse("transfers:index")
        found.append(Job("arrows-shuffle", gettext("Take in a transfer"), one.name, url, len(coming)))
    return found


def _count(ctx: Ctx, at: LocationRow) -> Job:
    sheets = count_queries.list_sheets(ctx, state="open", location_id=at.id, limit=20)
    if not sheets:
        return Job("list-check", gettext("Count"), gettext("Start a count"), reverse("stock:count_new"), 0)
    about = gettext("Sheet #%(id)s: %(left)s shelves left") % {"id": sheets[0].id, "left": sheets[0].to_count}
    return Job("list-check", gettext("Count"), about, reverse("stock:count_scan", args=[sheets[0].id]), len(sheets))


# --- putting away


def _words() -> dict[str, str]:
    return {
        "": gettext("Put away"), "item": gettext("Now scan the bin"), "first": gettext("Scan an item"),
        "unknown_code": gettext("Nobody knows this code"), "unknown_bin": gettext("There is no such bin"),
        "nothing_waits": gettext("None of this waits in receiving"), "too_many": gettext("So many do not wait"),
        "other_bin": gettext("It lies elsewhere"), "unreadable": gettext("Unreadable scan"), "undone": gettext("Taken back"),
        "nothing_to_undo": gettext("Nothing to take back"), "undo_later": gettext("Taking back needs Wi-Fi"),
        "free": gettext("A free bin"), "any": gettext("Any bin"), "done": gettext("Receiving is empty"),
        "online": gettext("Everything is sent"), "sending": gettext("Sending"), "offline": gettext("No Wi-Fi: scans are kept"),
        "waiting": gettext("waiting"), "no_camera": gettext("The camera cannot be used here"),
        "signed_out": gettext("You are signed out. Your scans are kept: sign in again, then come back."),
        "refused": gettext("The scans are not taken. They are kept on this phone; ask your manager."),
    }  # fmt: skip


def _shown(rows: Sequence[ToPutAwayRow]) -> list[dict[str, Any]]:
    return [
        {
            "id": row.variant_id, "sku": row.sku, "barcode": row.barcode, "title": row.title, "bin": row.bin, "qty": row.qty,
            "picture": reverse("products:picture", args=[row.picture]) if row.picture else "",
        }
        for row in rows
    ]  # fmt: skip


@page("stock:write", methods=("GET", "POST"))
def put_away(request: StaffRequest, location_id: int) -> HttpResponse:
    """Scan an item, be told its bin, scan the bin; POST books what a phone kept, each once."""
    at = locations.get(request.ctx, location_id=location_id)
    if request.method == "POST":
        answers = [_take(request.ctx, at.id, one) for one in kept_of(request.body)]
        return JsonResponse({"answers": answers, "items": _shown(putting.list_to_put_away(request.ctx, location_id=at.id))})
    facts = {
        "at": at, "items": _shown(putting.list_to_put_away(request.ctx, location_id=at.id)), "words": _words(),
        "bins": [row.code for row in locations.bins(request.ctx, location_id=at.id)],
        "free": putting.suggest(request.ctx, location_id=at.id, limit=SHOWN),
    }  # fmt: skip
    return render(request, "fulfilment/put_away.html", facts)


@page("stock:write", methods=("POST",))
def undo_put_away(request: StaffRequest, location_id: int) -> HttpResponse:
    """Takes back the put-away that the phone names.  Refuses: names that none has."""
    at = locations.get(request.ctx, location_id=location_id)
    client_id = object_of(request.body).get("client_id")
    if not isinstance(client_id, str) or CLIENT_ID.fullmatch(client_id) is None:
        raise Refused(INVALID, {"field": "client_id", "problem": gettext_noop("No scan has such a name.")})
    done = putting.undo(request.ctx, location_id=at.id, client_id=client_id)
    return JsonResponse({"done": done, "items": _shown(putting.list_to_put_away(request.ctx, location_id=at.id))})


def _take(ctx: Ctx, location_id: int, given: Any) -> dict[str, Any]:
    """The answer to one put-away; what cannot be read stops no other."""
    told = given if isinstance(given, dict) else {}
    client_id, qty = told.get("client_id"), told.get("qty")
    code, bin = (CONTROLS.sub("", text).strip() if isinstance(text := told.get(name), str) else "" for name in ("code", "bin"))
    is_named = isinstance(client_id, str) and CLIENT_ID.fullmatch(client_id) is not None
    if not is_named or type(qty) is not int or not 0 < qty <= MOST_UNITS or not code:
        named = client_id if isinstance(client_id, str) else None
        return {"client_id": named, "problem": "unreadable", "bin": "", "qty": 0, "left": 0}
    got = putting.put_away(
        ctx, location_id=location_id, client_id=str(client_id), code=code[:120], bin=bin[:30], qty=qty,
        moves=told.get("moves") is True, at=moment_of(told.get("at"), ctx.now),
    )  # fmt: skip
    return _told(got)


def _told(got: PutAwayAnswer) -> dict[str, Any]:
    return {"client_id": got.client_id, "problem": got.problem, "bin": got.bin, "qty": got.qty, "left": got.left}
