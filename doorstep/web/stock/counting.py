"""Count sheets: the list, a new one, one sheet with what its counts differ by, and what a reviewer decides."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from doorstep.accounts import queries as accounts
from doorstep.base import money, outbox
from doorstep.base.money import Money
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.flows import count_stock
from doorstep.flows.count_stock import Promised
from doorstep.locations import queries as locations
from doorstep.stock import count_queries, counts
from doorstep.stock.counting import Choice, Chosen, EntryRow, Limits, LineRow, LineState, SheetRow, SheetState
from doorstep.web.parts import cursor, timeline
from doorstep.web.parts.given import id_of, ids_of, keepable
from doorstep.web.parts.pages import StaffRequest, page, words_of
from doorstep.web.stock import words

LIMIT, MOST_CODES = 50, 500
TABS = (("", _("All")), ("open", _("To count")), ("review", _("To decide")), ("closed", _("Closed")))
CHOICES = {
    Choice.ALL: _("Everything that lies there"), Choice.BINS: _("Some shelves"), Choice.VARIANTS: _("Some products"),
    Choice.NOT_COUNTED: _("What was long not counted"), Choice.RECOUNT: _("Where a picker found too few"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line as a reviewer sees it; `promised` are the orders that stand in its way."""

    row: LineRow
    variant: VariantRow
    value: Money
    entries: list[EntryRow]
    promised: list[Promised]
    committed: int


@page("stock:read")
def index(request: StaffRequest) -> HttpResponse:
    """Count sheets, newest first."""
    state = request.GET.get("state", "")
    state = state if state in set(SheetState) else ""
    after = cursor.unpack(request.GET.get("after", ""), int)
    before = after[0] if after else None
    found = count_queries.list_sheets(request.ctx, state=state, before=before, limit=LIMIT + 1)
    facts = {
        "page": cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.id,)), "after": after, "state": state,
        "names": {place.id: place.name for place in locations.list_locations(request.ctx)}, "tabs": TABS,
        "can_write": request.may("stock:write"), "may_approve": request.may("stock:approve"), "choices": CHOICES,
        "limits": count_queries.limits(request.ctx), "is_empty": not found and not request.GET,
        "limit_value": _limit_text(count_queries.limits(request.ctx)),
    }  # fmt: skip
    return render(request, "stock/counts.html", facts)


def _limit_text(limits: Limits) -> str:
    return "" if limits.value_minor is None else str(Money(limits.value_minor, limits.currency).decimal)


@page("stock:write", methods=("GET", "POST"))
def new(request: StaffRequest) -> HttpResponse:
    """Chooses what to count."""
    if request.method == "GET":
        return _new_form(request)
    try:
        place = locations.get(request.ctx, location_id=id_of(request.POST.get("location", "")))
        note = " ".join(keepable(request.POST.get("note", "")).split())[:120]
        made = counts.open_sheet(request.ctx, location_id=place.id, chosen=_chosen(request), note=note)
    except Refused as refused:
        return _new_form(request, problem=" ".join(words_of(refused)), status=refused.refusal.status)
    return redirect("stock:count_sheet", made)


def _new_form(request: StaffRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    id = id_of(given.get("variant", ""))
    found = catalog.variants_by_id(request.ctx, ids=[id]).get(id)
    facts = {
        "given": given, "problem": problem, "how": given.get("how") or ("variants" if found else "not_counted"),
        "places": [(place.id, place.name) for place in locations.list_active(request.ctx)],
        "choices": [(choice.value, word) for choice, word in CHOICES.items()],
        "codes": given.get("codes") or (found.sku if found else ""),
    }  # fmt: skip
    return render(request, "stock/count_new.html", facts, status=status)


def _chosen(request: StaffRequest) -> Chosen:
    how, days = request.POST.get("how", ""), request.POST.get("days", "").strip()
    if how not in set(Choice):
        raise Refused(INVALID, {"field": gettext_noop("What to count"), "problem": gettext_noop("Choose one of the list.")})
    if how == Choice.NOT_COUNTED and not (days.isascii() and days.isdecimal() and len(days) < 5):
        raise Refused(INVALID, {"field": gettext_noop("Days"), "problem": gettext_noop("Write a whole number.")})
    codes = [code.strip()[:120] for code in keepable(request.POST.get("codes", "")).splitlines() if code.strip()]
    bins = keepable(request.POST.get("bins", "")).replace(",", " ").split()[:200]
    found = []
    for code in codes[:MOST_CODES] if how == Choice.VARIANTS else ():
        variant = catalog.find_by_code(request.ctx, code=code)
        if variant is None:
            raise Refused(INVALID, {"field": code, "problem": gettext_noop("Nobody knows this code")})
        found.append(variant.id)
    return Chosen(Choice(how), tuple(found), tuple(code[:31] for code in bins), int(days or 0) if days.isdecimal() else 0)


@page("stock:read")
def sheet(request: StaffRequest, sheet_id: int) -> HttpResponse:
    """One sheet: how far it is counted; for who may decide also what its counts differ by."""
    row = count_queries.get_sheet(request.ctx, sheet_id=sheet_id)
    may = request.may("stock:approve")
    blind = count_queries.blind_lines(request.ctx, sheet_id=sheet_id)
    variants = catalog.variants_by_id(request.ctx, ids=[line.variant_id for line in blind])
    lines = _lines(request, row, variants) if may else []
    facts = {
        "row": row, "place": locations.get(request.ctx, location_id=row.location_id), "may_approve": may,
        "can_write": request.may("stock:write"), "choice": CHOICES.get(Choice(row.chosen), row.chosen),
        "blind": [(line, variants[line.variant_id]) for line in blind], "is_live": row.state in counts.LIVE,
        "bookable": [line for line in lines if line.row.state == LineState.WAITING and not line.promised],
        "waiting": [line for line in lines if line.row.state == LineState.WAITING],
        "others": [line for line in lines if line.row.state != LineState.WAITING], "counted": row.counted,
        "people": [(0, gettext("Anyone")), *[(p.user_id, p.called) for p in accounts.list_staff(request.ctx)]],
        "timeline": timeline.told(outbox.timeline(request.ctx, of=[f"count_sheet:{sheet_id}"], limit=100)),
    }  # fmt: skip
    return render(request, "stock/count_sheet.html", facts)


def _lines(request: StaffRequest, sheet: SheetRow, variants: dict[int, VariantRow]) -> list[Line]:
    rows = count_queries.lines_of(request.ctx, sheet_id=sheet.id)
    entries = count_queries.entries_of(request.ctx, line_ids=[row.id for row in rows])
    can = count_stock.takeable(request.ctx, lines=rows, location_id=sheet.location_id)
    found = []
    for row in rows:
        variant = variants[row.variant_id]
        stands = row.state == LineState.WAITING and row.difference < 0 and can[row.variant_id] + row.difference < 0
        promised = (
            count_stock.promised_from(request.ctx, line=row, location_id=sheet.location_id) if stands else []
        )
        value = Money(row.difference * variant.price_minor, variant.currency)
        found.append(Line(row, variant, value, entries[row.id], promised, sum(one.qty for one in promised)))
    return found


@page("stock:approve", methods=("POST",))
def approve(request: StaffRequest, sheet_id: int) -> HttpResponse:
    """Books the differences of the chosen lines."""
    chosen = ids_of(request.POST.getlist("line"))
    try:
        count_stock.approve(
            request.ctx, sheet_id=sheet_id, line_ids=chosen, reroute=request.POST.get("reroute") == "on"
        )
    except Refused as refused:
        raise words.named(request.ctx, refused) from None
    said = ngettext("%(n)s difference is booked.", "%(n)s differences are booked.", len(chosen)) % {"n": len(chosen)}
    messages.success(request, said)
    return redirect("stock:count_sheet", sheet_id)


@page("stock:approve", methods=("POST",))
def again(request: StaffRequest, sheet_id: int) -> HttpResponse:
    """Wants the chosen lines counted once more, by a person who gets a task."""
    owner = id_of(request.POST.get("owner", "")) or None
    note = " ".join(keepable(request.POST.get("note", "")).split())[:200]
    chosen = ids_of(request.POST.getlist("line"))
    count_stock.ask_again(request.ctx, sheet_id=sheet_id, line_ids=chosen, owner_id=owner, words=note)
    messages.success(request, gettext("A recount is asked for; it stands among the tasks."))
    return redirect("stock:count_sheet", sheet_id)


@page("stock:write", methods=("POST",))
def finish(request: StaffRequest, sheet_id: int) -> HttpResponse:
    """Ends the counting."""
    counts.finish(request.ctx, sheet_id=sheet_id)
    messages.success(request, gettext("The counting is finished."))
    return redirect("stock:count_sheet", sheet_id)


@page("stock:write", methods=("POST",))
def cancel(request: StaffRequest, sheet_id: int) -> HttpResponse:
    """Calls a sheet off."""
    counts.cancel(request.ctx, sheet_id=sheet_id)
    messages.success(request, gettext("The count sheet is cancelled."))
    return redirect("stock:counts")


@page("stock:approve", methods=("POST",))
def limits(request: StaffRequest) -> HttpResponse:
    """Sets how large a difference is booked without asking."""
    currency = count_queries.limits(request.ctx).currency
    text = request.POST.get("value", "").strip()
    try:
        value = money.typed(text, currency).minor if text else None
    except ValueError:
        raise Refused(INVALID, {"field": gettext_noop("Value"), "problem": gettext_noop("Write an amount.")}) from None
    wished = Limits(_limit(request, "units"), _limit(request, "percent"), value, currency)
    counts.set_limits(request.ctx, limits=wished)
    messages.success(request, gettext("The limits are set."))
    return redirect("stock:counts")


def _limit(request: StaffRequest, name: str) -> int | None:
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 8):
        raise Refused(INVALID, {"field": gettext_noop("Limits"), "problem": gettext_noop("Write a whole number.")})
    return int(text)
