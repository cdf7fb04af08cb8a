"""Settings, Carriers: own rate sheets, where a carrier collects, what a parcel would cost, and the rules of choosing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.accounts.rules import require_text
from doorstep.base import sheets
from doorstep.base.ctx import Ctx
from doorstep.base.problems import TOO_LARGE
from doorstep.base.refusals import Refused
from doorstep.flows import offers
from doorstep.locations import queries as locations
from doorstep.shipping import carriers as accounts
from doorstep.shipping import own, policy, queries
from doorstep.shipping.choosing import WHY, Offer
from doorstep.shipping.policy import PolicyRow
from doorstep.shipping.port import LabelWish, abilities_of
from doorstep.shipping.sheets import reading
from doorstep.shipping.sheets import rules as rate_sheets
from doorstep.shipping.sheets.examples import EXAMPLES
from doorstep.shipping.sheets.values import NOT_TEXT, Preview, Problem
from doorstep.web.parts.given import ids_of, keepable, whole
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.settings.views import show

LONGEST_SHEET = 200_000
DAYS = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
MODES = [(own.BY_RANGE, _("From a range of numbers")), (own.BY_HAND, _("Typed by hand at each parcel"))]
CHECKS = [("none", _("No check digit")), ("mod7", _("Modulo 7")), ("mod10", _("Modulo 10 (Luhn)"))]


@page("settings:write", methods=("POST",))
def add(request: StaffRequest) -> HttpResponse:
    """Adds a carrier without an interface; its sheet comes next."""
    name = require_text("name", request.POST.get("name", ""), longest=80)
    code = (slugify(name, allow_unicode=True) or "own")[:30]
    made = accounts.connect(request.ctx, code=code, name=name, provider="own_rates", settings=own.check_numbers(*own.PLAIN))
    return redirect("carriers:sheet", made)


@page("settings:read", methods=("GET", "HEAD", "POST"))
def sheet(request: StaffRequest, id: int) -> HttpResponse:
    """A carrier's rate sheet: looked at, pasted, previewed, saved."""
    return _save(request, id) if request.method == "POST" else _look(request, id)


def _look(request: StaffRequest, id: int) -> HttpResponse:
    saved = own.find_sheet_row(request.ctx, carrier_id=id)
    example = EXAMPLES.get(request.GET.get("example", ""), "")
    text = example or (saved.text if saved else "")
    return _show(request, id, text, reading.read(text) if text else None)


@page("settings:write", methods=("POST",))
def _save(request: StaffRequest, id: int) -> HttpResponse:
    file = request.FILES.get("file")
    if file is not None and (file.size or 0) > 4 * LONGEST_SHEET:
        raise Refused(TOO_LARGE, {"most": LONGEST_SHEET})
    text = sheets.decoded(file.read()) if file else request.POST.get("sheet", "")
    if text is None:
        return _show(request, id, "", Preview(None, (Problem(0, NOT_TEXT),)))
    if len(text) > LONGEST_SHEET:  # a part of it would be another sheet
        raise Refused(TOO_LARGE, {"most": LONGEST_SHEET})
    text = keepable(text)
    preview = reading.read(text)
    if preview.sheet is None or request.POST.get("doing") != "save":
        return _show(request, id, text, preview)
    own.save_sheet(request.ctx, carrier_id=id, text=text)
    messages.success(request, gettext("The rate sheet is saved and counts from now on."))
    return redirect("carriers:carrier", id)


def _show(request: StaffRequest, id: int, text: str, preview: Preview | None) -> HttpResponse:
    wrong = preview.problems if preview else ()
    problems = [(one.line, gettext(one.problem) % one.facts if one.facts else gettext(one.problem)) for one in wrong]
    facts = {
        "row": queries.get_carrier(request.ctx, carrier_id=id), "saved": own.find_sheet_row(request.ctx, carrier_id=id),
        "text": text, "sheet": preview.sheet if preview else None, "tables": _tables(preview), "problems": problems[:20],
        "examples": [("kr", _("Korean example")), ("us", _("American example"))],
    }  # fmt: skip
    return show(request, "rate_sheet", facts, status=422 if problems else 200)


def _weight(grams: int, origin: str) -> str:
    """As whoever wrote the sheet reads it: pounds where parcels leave from the United States."""
    return f"{round(grams / float(reading.GRAMS['lb']), 2):g} lb" if origin == "US" else f"{grams / 1000:g} kg"


def _tables(preview: Preview | None) -> list[dict[str, Any]]:
    """Each service as a table: weights down, zones across.  Units: minor units of the sheet's currency."""
    if preview is None or preview.sheet is None:
        return []
    found = []
    for service in preview.sheet.services:
        zones = rate_sheets.columns(service)
        breaks = [(f"≤ {_weight(one.up_to_g, preview.sheet.origin)}", one) for one in service.breaks]
        breaks += [(f"+ {_weight(service.more.up_to_g, preview.sheet.origin)}", service.more)] if service.more else []
        found.append({
            "name": service.name, "zones": zones, "days": [service.days.get(zone) for zone in zones],
            "rows": [(word, [one.prices.get(zone) for zone in zones]) for word, one in breaks],
        })  # fmt: skip
    return found


@page("settings:write", methods=("POST",))
def numbers(request: StaffRequest, id: int) -> HttpResponse:
    """Says how a carrier's tracking numbers are made."""
    given = [request.POST.get(name, "").strip() for name in own.NUMBERS]
    own.set_numbers(request.ctx, carrier_id=id, settings=own.check_numbers(*given))
    messages.success(request, gettext("The carrier is saved."))
    return redirect("carriers:carrier", id)


@page("settings:write", methods=("POST",))
def reach(request: StaffRequest, id: int) -> HttpResponse:
    """Says where a carrier collects and on which days it moves."""
    bits = sum(1 << day for day in range(7) if str(day) in request.POST.getlist("day"))
    policy.set_reach(request.ctx, carrier_id=id, location_ids=ids_of(request.POST.getlist("location")), delivers=bits)
    messages.success(request, gettext("The carrier is saved."))
    return redirect("carriers:carrier", id)


@page("settings:read")
def rules(request: StaffRequest) -> HttpResponse:
    """How services are chosen and addresses checked, and a box to try it."""
    ctx = request.ctx
    rows = queries.list_carriers(ctx)
    facts = {
        "policy": policy.find(ctx), "never": "\n".join(f"{_name(rows, c)}: {s}" for c, s in sorted(policy.find(ctx).never)),
        "checkers": [("", _("Nobody"))] + [(str(row.id), row.name) for row in rows if abilities_of(row.provider).checks_addresses],
        "locations": locations.list_active(ctx), "tried": _try(ctx, request), "given": request.GET,
    }  # fmt: skip
    return show(request, "carrier_rules", facts)


def _name(rows: list[Any], carrier_id: int) -> str:
    return next((row.name for row in rows if row.id == carrier_id), str(carrier_id))


@page("settings:write", methods=("POST",))
def save_rules(request: StaffRequest) -> HttpResponse:
    """Keeps how services are chosen."""
    by_name = {row.name: row.id for row in queries.list_carriers(request.ctx)}
    never = set()
    for line in request.POST.get("never", "").splitlines():
        name, _colon, service = (part.strip() for part in line.partition(":"))
        if name in by_name and service:
            never.add((by_name[name], service))
    days = request.POST.get("promise_days", "").strip()
    wanted = PolicyRow(
        frozenset(never), "hold_addresses" in request.POST, whole(request.POST.get("ask_carrier", "")),
        "void_unused" in request.POST, None if not days else -1 if whole(days) is None else whole(days),
    )  # fmt: skip
    policy.save(request.ctx, policy=wanted)
    messages.success(request, gettext("The rules are saved. They count for labels bought from now on."))
    return redirect("carriers:rules")


def _try(ctx: Ctx, request: StaffRequest) -> dict[str, Any] | None:
    """What would a parcel cost: from a location, to a postal code, of a weight."""
    grams, origin = whole(request.GET.get("weight_g", "")), whole(request.GET.get("from", ""))
    if not grams or not origin:
        return None
    at = locations.get(ctx, location_id=origin)
    to = {
        "name": "-", "company": "", "lines": ["1"], "city": request.GET.get("city", ""), "region": "", "phone": "",
        "postal_code": request.GET.get("postal_code", "")[:20], "country": request.GET.get("country", "")[:2].upper(),
    }  # fmt: skip
    wish = LabelWish("test", "test", "", at.as_address(), to, min(grams, 100_000))
    choice = offers.shown(ctx, wish=wish, location_id=at.id)
    return {"location_id": at.id, "lines": [_line(one) for one in choice.offers]}


def _line(offer: Offer) -> dict[str, Any]:
    return {
        "offer": offer, "why": gettext(WHY[offer.verdict]), "arrives_on": offer.arrives_on, "days": offer.transit_days,
        "price": offer.price,
    }  # fmt: skip


def own_facts(ctx: Ctx, row: Any) -> dict[str, Any]:
    """What the page of a carrier shows of its sheet and its numbers, and where it collects."""
    able = abilities_of(row.provider)
    return {
        "able": able, "sheet": own.find_sheet_row(ctx, carrier_id=row.id) if able.sells_by_sheet else None,
        "numbers": own.numbers_of(row.settings), "modes": MODES, "checks": CHECKS,
        "places": [(at.id, at.name, at.id in (row.location_ids or ())) for at in locations.list_active(ctx)],
        "days": [(n, name, bool(row.delivers >> n & 1)) for n, name in enumerate(DAYS)],
    }  # fmt: skip


