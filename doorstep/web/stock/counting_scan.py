"""Counting on a phone: one shelf after the other, blind, and what the phone kept without Wi-Fi."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.flows import count_stock
from doorstep.flows.count_stock import Typed
from doorstep.locations import queries as locations
from doorstep.stock import count_queries
from doorstep.stock.counting import Kept
from doorstep.web.parts.given import keepable, object_of
from doorstep.web.parts.pages import StaffRequest, page

MOST, MOST_UNITS, LONGEST_WAIT_S = 100, 1_000_000, 7 * 86_400
CLIENT_ID = re.compile(r"[0-9A-Za-z-]{8,40}")
UNREADABLE = "unreadable"


def _words() -> dict[str, str]:
    return {
        "kept": gettext("Kept"), "unknown_code": gettext("Nobody knows this code"), "unreadable": gettext("Unreadable entry"),
        "sheet_over": gettext("This count sheet is over"), "how_many": gettext("Count this shelf"),
        "added": gettext("Not on the sheet: count it anyway"), "again": gettext("Counted before: type it again to correct it"),
        "done": gettext("Everything is counted"), "online": gettext("Everything is sent"), "sending": gettext("Sending"),
        "offline": gettext("No Wi-Fi: counts are kept"), "waiting": gettext("waiting"), "counted": gettext("counted"),
        "signed_out": gettext("You are signed out. Your counts are kept: sign in again, then come back."),
        "refused": gettext("The counts are not taken. They are kept on this phone; ask your manager."),
        "first": gettext("Scan a shelf's item, or pick the next one"), "no_camera": gettext("The camera cannot be used here"),
    }  # fmt: skip


def _lines(ctx: Ctx, sheet_id: int) -> list[dict[str, Any]]:
    """The lines as the phone holds them: nothing of the books among them."""
    rows = count_queries.blind_lines(ctx, sheet_id=sheet_id)
    variants = catalog.variants_by_id(ctx, ids=[row.variant_id for row in rows])
    return [
        {
            "id": row.id, "sku": variants[row.variant_id].sku, "barcode": variants[row.variant_id].barcode,
            "title": variants[row.variant_id].title, "bin": row.bin, "todo": row.is_to_count, "counted": row.counted,
            "picture": reverse("products:picture", args=[picture]) if (picture := variants[row.variant_id].picture) else "",
        }
        for row in rows
    ]  # fmt: skip


@page("stock:write")
def scan(request: StaffRequest, sheet_id: int) -> HttpResponse:
    """Scan, type a number, next."""
    row = count_queries.get_sheet(request.ctx, sheet_id=sheet_id)
    facts = {
        "row": row, "lines": _lines(request.ctx, sheet_id), "words": _words(),
        "location": locations.get(request.ctx, location_id=row.location_id),
    }  # fmt: skip
    return render(request, "stock/count_scan.html", facts)


@page("stock:write", methods=("GET", "POST"))
def entries(request: StaffRequest, sheet_id: int) -> HttpResponse:
    """Keeps what a phone counted and answers each; GET tells how the sheet stands.  Neither tells anything of the books.

    What is sent twice gets the same answer twice and counts once.
    """
    count_queries.get_sheet(request.ctx, sheet_id=sheet_id)
    answers = _take(request, sheet_id) if request.method == "POST" else []
    row = count_queries.get_sheet(request.ctx, sheet_id=sheet_id)
    return JsonResponse({"answers": answers, "state": row.state, "lines": _lines(request.ctx, sheet_id)})


def _take(request: StaffRequest, sheet_id: int) -> list[dict[str, Any]]:
    given = _given(request.body)
    typed = [one for each in given if (one := _typed(request.ctx, each))]
    kept = {one.client_id: one for one in count_stock.enter(request.ctx, sheet_id=sheet_id, typed=typed)} if typed else {}
    return [_told(kept.get(client), client) for client in (_client(each) for each in given)]


def _told(kept: Kept | None, client_id: str) -> dict[str, Any]:
    if kept is None:
        return {"client_id": client_id, "problem": UNREADABLE, "line_id": None}
    return {"client_id": client_id, "problem": kept.problem, "line_id": kept.line_id}


def _given(body: bytes) -> list[Any]:
    found = object_of(body).get("entries")
    if not isinstance(found, list) or len(found) > MOST:
        raise Refused(INVALID, {"field": "entries", "problem": gettext_noop("A list of at most 100 counts is expected.")})
    return found


def _client(given: Any) -> str:
    client_id = given.get("client_id") if isinstance(given, dict) else None
    return client_id if isinstance(client_id, str) else ""


def _typed(ctx: Ctx, given: Any) -> Typed | None:
    """One entry; None where it cannot be read, which stops no other.

    `age_ms`: how long the phone kept it, by its own clock, so that a clock that is set wrong does no harm.
    """
    if not isinstance(given, dict) or not CLIENT_ID.fullmatch(_client(given)):
        return None
    code, counted, age = given.get("code"), given.get("counted"), given.get("age_ms")
    code = keepable(code).strip()[:120] if isinstance(code, str) else ""
    if not code or type(counted) is not int or not 0 <= counted <= MOST_UNITS:
        return None
    waited = min(max(age, 0), LONGEST_WAIT_S * 1000) if type(age) is int else 0
    return Typed(_client(given), code, counted, ctx.now - timedelta(milliseconds=waited))
