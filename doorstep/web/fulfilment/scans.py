"""Scanning: the page for the picker's phone, and where its queue is sent to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeGuard

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.flows import short_pick
from doorstep.fulfilment import queries, scanning
from doorstep.fulfilment.values import PickTaskRow, Reported, Scanned
from doorstep.locations import queries as locations
from doorstep.web.fulfilment import floor_map, lots
from doorstep.web.orders import rerouting
from doorstep.web.parts.given import find_object, object_of
from doorstep.web.parts.pages import StaffRequest, page

MOST = 200
MOST_UNITS = 1_000_000
CLIENT_ID = re.compile(r"[0-9A-Za-z-]{8,40}")
CONTROLS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def _words() -> dict[str, str]:
    return {
        "": gettext("Right"),
        "unknown_code": gettext("Nobody knows this code"),
        "not_on_list": gettext("Not on this list"),
        "cancelled": gettext("Order cancelled: leave it"),
        "already_complete": gettext("Enough of these"),
        "on_hold": gettext("On hold: leave it"),
        "list_closed": gettext("This list is closed"),
        "unreadable": gettext("Unreadable scan"),
        "undone": gettext("Taken back"),
        "nothing_to_undo": gettext("Nothing to take back"),
        "undo_later": gettext("Taking back needs Wi-Fi"),
        "short": gettext("Reported as short"),
        "missing": gettext("missing"),
        "next": gettext("Item complete"),
        "pack": gettext("Pack"),
        "done": gettext("Everything is picked"),
        "held": gettext("Only held units are left"),
        "online": gettext("Everything is sent"),
        "sending": gettext("Sending"),
        "offline": gettext("No Wi-Fi: scans are kept"),
        "waiting": gettext("waiting"),
        "signed_out": gettext("You are signed out. Your scans are kept: sign in again, then come back."),
        "refused": gettext("The scans are not taken. They are kept on this phone; ask your manager."),
        "no_camera": gettext("The camera cannot be used here"),
        "reject_later": gettext("Sending an order elsewhere needs Wi-Fi, and every scan sent"),
        "begun": gettext("Some of this order is picked: report what is missing as too few"),
    }


def _shown(task: PickTaskRow, lot: str) -> dict[str, Any]:
    return {
        "id": task.id,
        "sku": task.sku,
        "barcode": task.barcode,
        "title": task.title,
        "picture": reverse("products:picture", args=[task.picture]) if task.picture else "",
        "bin": task.bin,
        "order": task.order_name, "part_of": gettext("part of %(bundle)s") % {"bundle": task.part_of} if task.part_of else "",
        "part": task.fulfilment_order_id,
        "pack": reverse("fulfilment:pack", args=[task.fulfilment_order_id]),
        "qty": task.qty,
        "picked": task.picked,
        "on_hold": task.on_hold,
        "tote": task.tote,
        "lot": lot,
    }


def _gone(ctx: Ctx, pick_list_id: int) -> list[dict[str, Any]]:
    """What was on the list until its order was cancelled, so that a phone without Wi-Fi knows it too."""
    cancelled = queries.list_cancelled(ctx, pick_list_id=pick_list_id)
    return [{"id": t.id, "sku": t.sku, "barcode": t.barcode, "order": t.order_name} for t in cancelled]


def state_of(ctx: Ctx, pick_list_id: int) -> dict[str, Any]:
    """How the list stands: what is still wanted, and what was cancelled though it may still hang on the list."""
    gone = _gone(ctx, pick_list_id)
    left = _wanted(queries.tasks_of(ctx, pick_list_id=pick_list_id), gone)
    tasks = [{"id": t.id, "qty": t.qty, "picked": t.picked, "on_hold": t.on_hold} for t in left]
    return {"tasks": tasks, "gone": gone}


def _wanted(tasks: Sequence[PickTaskRow], gone: Sequence[dict[str, Any]]) -> list[PickTaskRow]:
    ids = {one["id"] for one in gone}
    return [task for task in tasks if task.id not in ids]


@page("fulfilment:write")
def scan(request: StaffRequest, id: int) -> HttpResponse:
    """One item after the other, as big as the phone."""
    row = queries.get_pick_list(request.ctx, pick_list_id=id)
    gone = _gone(request.ctx, id)
    tasks = _wanted(queries.tasks_of(request.ctx, pick_list_id=id), gone)
    told = lots.words_for(request.ctx, location_id=row.location_id, tasks=tasks)
    facts = {
        "row": row,
        "tasks": [_shown(task, told.get(task.id, "")) for task in tasks],
        "gone": gone,
        "words": _words(),
        "map": floor_map.of_list(request.ctx, row, tasks),
        "walk_bins": list(dict.fromkeys(task.bin for task in tasks if task.bin)),
        "location": locations.get(request.ctx, location_id=row.location_id),
        "reject_reasons": [(why.value, word) for why, word in rerouting.REASONS.items()],
    }
    return render(request, "fulfilment/scan.html", facts)


@page("fulfilment:write", methods=("GET", "POST"))
def scans(request: StaffRequest, id: int) -> HttpResponse:
    """Counts what a phone kept, scans and short picks in their order, and answers each; GET tells how the list stands.

    What is sent twice gets the same answer twice and counts once.
    """
    queries.get_pick_list(request.ctx, pick_list_id=id)
    answers = [_take(request, id, one) for one in kept_of(request.body)] if request.method == "POST" else []
    return JsonResponse({"answers": answers, **state_of(request.ctx, id)})


def _is_name(client_id: Any) -> TypeGuard[str]:
    return isinstance(client_id, str) and CLIENT_ID.fullmatch(client_id) is not None


def kept_of(body: bytes) -> list[Any]:
    """What a phone kept and sends now, in its order.  Refuses: anything but a list, and too much at once."""
    found = object_of(body).get("scans")
    if not isinstance(found, list) or len(found) > MOST:
        raise Refused(INVALID, {"field": "scans", "problem": gettext_noop("A list of at most 200 scans is expected.")})
    return found


def _take(request: StaffRequest, pick_list_id: int, given: Any) -> dict[str, Any]:
    """The answer to one thing that a phone kept; what cannot be read stops no other."""
    client_id = given.get("client_id") if isinstance(given, dict) else None
    if not _is_name(client_id):
        return _unreadable(client_id)
    at = moment_of(given.get("at"), request.ctx.now)
    if "found" in given:
        return _report(request, pick_list_id, client_id, given, at)
    return _count(request, pick_list_id, client_id, given, at)


def _unreadable(client_id: Any) -> dict[str, Any]:
    named = client_id if isinstance(client_id, str) else None
    return {"client_id": named, "problem": "unreadable", "task_id": None, "picked": 0, "qty": 0}


def _count(
    request: StaffRequest, pick_list_id: int, client_id: str, given: dict[str, Any], at: datetime
) -> dict[str, Any]:
    code = given.get("code")
    code = CONTROLS.sub("", code).strip()[:120] if isinstance(code, str) else ""
    if not code:
        return _unreadable(client_id)
    got = scanning.scan(
        request.ctx,
        pick_list_id=pick_list_id,
        client_id=client_id,
        code=code,
        typed=bool(given.get("typed")),
        at=at,
    )
    return _told(client_id, got)


def _report(
    request: StaffRequest, pick_list_id: int, client_id: str, given: dict[str, Any], at: datetime
) -> dict[str, Any]:
    task_id, found = given.get("task_id"), given.get("found")
    if type(task_id) is not int or type(found) is not int or not 0 <= found <= MOST_UNITS or not 0 < task_id < 2**63:
        return _unreadable(client_id)
    got = short_pick.report(
        request.ctx, pick_list_id=pick_list_id, task_id=task_id, client_id=client_id, found=found, at=at
    )
    return _told(client_id, got) | {"missing": got.missing}


def _told(client_id: str, got: Scanned | Reported) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "problem": got.problem,
        "task_id": got.task_id,
        "picked": got.picked,
        "qty": got.qty,
    }


def moment_of(text: Any, now: datetime) -> datetime:
    """When the phone says it was; a clock that makes no sense gives way to ours."""
    try:
        given = datetime.fromisoformat(text)
        at = given.astimezone(UTC) if given.tzinfo else now
    except (ValueError, TypeError, OverflowError):
        return now
    return at if at.year >= 2000 else now


@page("fulfilment:write", methods=("POST",))
def undo(request: StaffRequest, id: int) -> HttpResponse:
    """Takes back the scan that the phone names, or the last that counted where it names none.

    Refuses: what cannot be read, and names that no scan has.
    """
    got = scanning.undo(request.ctx, pick_list_id=id, client_id=_named(request))
    return JsonResponse({"task_id": got.task_id if got else None, **state_of(request.ctx, id)})


def _named(request: StaffRequest) -> str:
    """Which scan an undo means; empty where it names none.

    Refuses: JSON that cannot be read and names that no scan has, lest the last scan is taken back instead.
    """
    is_told = request.content_type == "application/json" and request.body
    told = find_object(request.body) if is_told else {}
    named = "" if told is None else told.get("client_id") or ""
    if told is None or (named and not _is_name(named)):
        raise Refused(INVALID, {"field": "client_id", "problem": gettext_noop("No scan has such a name.")})
    return str(named)
