"""Returns: the list, and one return with why it was decided so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from doorstep.base import outbox
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.flows import return_labels, return_links, send_back, tracking
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.returns import actions, queries, rules
from doorstep.returns.reasons import NOT_CHOSEN
from doorstep.returns.values import (
    ON_THE_WAY,
    Decision,
    DecisionRow,
    Disposition,
    Goods,
    Grade,
    LineRow,
    Outcome,
    PictureRow,
    ReturnDetail,
    ReturnFilter,
    ReturnRow,
    Stated,
    Timing,
)
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import ParcelRow, ParcelState
from doorstep.web.parts import cursor, listing, timeline, traces
from doorstep.web.parts.given import keepable
from doorstep.web.parts.listing import Tab
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.returns import listing as returns
from doorstep.web.returns import money, words

LIMIT = 50
TO_RECEIVE = (*ON_THE_WAY, Goods.PARTIALLY_RECEIVED)


@page("returns:read")
def index(request: StaffRequest) -> HttpResponse:
    """Returns, newest first."""
    where = returns.read(request.GET)
    after = cursor.unpack(request.GET.get("after", ""), int)
    found = queries.list_returns(request.ctx, where=where, before=after[0] if after else None, limit=LIMIT + 1)
    counts = queries.count_views(request.ctx, views=returns.WAITING)
    listed = cursor.paged(request, found, limit=LIMIT, key=lambda row: (row.id,))
    facts = {
        "page": listed, "lines": returns.beside(request.ctx, listed.rows), "where": where,
        "bar": listing.bar(request, returns.LISTING, tabs=[Tab(v, w, counts.get(v)) for v, w in returns.TABS],
                           parameter="view"),
        "goods": [state.value for state in Goods],
        "reasons": [*words.reasons(), *((word.value, words.reason(word)) for word in NOT_CHOSEN)],
        "is_filtered": bool(where != ReturnFilter() or after), "can_write": request.may("returns:write"),
    }  # fmt: skip
    return render(request, "returns/index.html", facts)


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of a return as its page shows it."""

    row: LineRow
    variant: VariantRow
    reason: str
    outcome: Any
    stated: str
    swap: str
    pictures: Sequence[PictureRow]
    decisions: Sequence[tuple[DecisionRow, Sequence[traces.ToldRule]]]


@page("returns:read")
def detail(request: StaffRequest, id: int) -> HttpResponse:
    """Everything about one return."""
    ctx = request.ctx
    found = queries.get_detail(ctx, return_id=id)
    row = found.row
    parcel = parcel_of(ctx, row)
    history = queries.history_of(ctx, customer_id=row.customer_id)
    happened = outbox.timeline(ctx, of=[f"order:{row.order_id}"])
    parcels = {f"return:{id}", f"parcel:{row.parcel_id}"}
    facts: dict[str, Any] = {
        "row": row, "lines": shown_lines(ctx, found), "parcel": parcel, "next": next_step(row),
        "scans": tracking.told_of(ctx, parcels=[parcel], language=request.LANGUAGE_CODE)[parcel.id] if parcel else [],
        "has_label": rules.has_label(row, parcel),
        "can_ask_label": rules.wants_label(row, again=True) and (parcel is None or parcel.state == ParcelState.PACKED),
        "receipts": _receipts(ctx, found), "inspections": _inspections(found), "history": history,
        "money": money.facts_of(ctx, row=row, lines=found.lines),
        "rate": 100 * history["returned"] / history["units"] if history["units"] else None,
        "place": locations.get(ctx, location_id=row.location_id) if row.location_id else None,
        "timing": words.TIMINGS[Timing(row.timing)], "order": orders.orders_by_id(ctx, ids=[row.order_id])[row.order_id],
        "items": timeline.told([event for event in happened if event.subject in parcels]),
        "status_link": return_links.status_link(ctx, return_id=id), "can_write": request.may("returns:write"),
        "can_decide": row.decision == Decision.NEEDS_REVIEW,
        "can_cancel": rules.can_end(decision=row.decision, goods=row.goods, money=row.money),
    }  # fmt: skip
    return render(request, "returns/detail.html", facts)


def next_step(row: ReturnRow) -> str:
    """The one thing to do now: decide, receive, inspect, track; empty where nobody has to do anything."""
    if row.decision == Decision.NEEDS_REVIEW:
        return "decide"
    if row.decision != Decision.APPROVED or row.keep_item:
        return ""
    if row.goods in (Goods.RECEIVED, Goods.PARTIALLY_RECEIVED):
        return "inspect"
    if row.goods == Goods.IN_TRANSIT:
        return "track"
    return "receive" if row.goods in TO_RECEIVE else ""


def parcel_of(ctx: Ctx, row: ReturnRow) -> ParcelRow | None:
    """The parcel in which a return comes, where it has one."""
    return shipping.parcels_by_id(ctx, ids=[row.parcel_id]).get(row.parcel_id) if row.parcel_id else None


def shown_lines(ctx: Ctx, found: ReturnDetail) -> list[Shown]:
    """A return's lines with their reasons in words and the trace behind each decision."""
    ids = [line.variant_id for line in found.lines]
    swaps = [line.exchange_variant_id for line in found.lines if line.exchange_variant_id]
    variants = catalog.variants_by_id(ctx, ids=[*ids, *swaps])
    return [_shown(line, variants, found) for line in found.lines]


def _shown(line: LineRow, variants: dict[int, VariantRow], found: ReturnDetail) -> Shown:
    swap = variants.get(line.exchange_variant_id or 0)
    return Shown(
        line, variants[line.variant_id], words.reason(line.reason), words.OUTCOMES.get(Outcome(line.outcome), line.outcome),
        gettext(words.STATED[Stated(line.stated)]) if line.stated in list(Stated) else line.stated, swap.title if swap else "",
        [picture for picture in found.pictures if picture.line_id == line.id],
        [(d, traces.rules_of(d.trace, words=words.FIELD_WORDS)) for d in found.decisions if d.line_id == line.id],
    )  # fmt: skip


def _receipts(ctx: Ctx, found: ReturnDetail) -> list[dict[str, Any]]:
    variants = catalog.variants_by_id(ctx, ids=[r.variant_id for r in found.receipts if r.variant_id])
    return [
        {"row": receipt, "variant": variants.get(receipt.variant_id or 0), "came": words.CAME.get(receipt.came, "")}
        for receipt in found.receipts
    ]


def _inspections(found: ReturnDetail) -> list[dict[str, Any]]:
    skus = {line.id: line.sku for line in found.lines}
    return [
        {"row": row, "sku": skus[row.line_id], "grade": words.GRADES[Grade(row.grade)],
         "disposition": words.DISPOSITIONS[Disposition(row.disposition)]}
        for row in found.inspections
    ]  # fmt: skip


def _note(request: StaffRequest) -> str:
    return keepable(request.POST.get("note", "")).strip()[:2000]


@page("returns:write", methods=("POST",))
def decide(request: StaffRequest, id: int) -> HttpResponse:
    """Approves or declines what waits for a person."""
    approve = request.POST.get("decision") == "approve"
    if not approve and request.POST.get("decision") != "decline":
        raise Refused(NOT_FOUND, {"what": "decision", "key": request.POST.get("decision", "")[:20]})
    send_back.decide(request.ctx, return_id=id, approve=approve, note=_note(request))
    messages.success(request, gettext("The return is approved.") if approve else gettext("The return is declined."))
    return redirect("returns:detail", id)


@page("returns:write", methods=("POST",))
def cancel(request: StaffRequest, id: int) -> HttpResponse:
    """Calls off a return of which nothing was sent."""
    actions.cancel(request.ctx, return_id=id)
    messages.success(request, gettext("The return is cancelled; its units can be sent back again."))
    return redirect("returns:detail", id)


@page("returns:write", methods=("POST",))
def ask_label(request: StaffRequest, id: int) -> HttpResponse:
    """Asks the carrier for the label of a return that has none."""
    if send_back.want_label(request.ctx, return_id=id) is not None:
        messages.success(request, gettext("The carrier is being asked for a label."))
    return redirect("returns:detail", id)


@page("returns:read")
def label(request: StaffRequest, id: int) -> HttpResponse:
    """The label of a return as a PDF.  Refuses: returns without one."""
    row = queries.get_return(request.ctx, return_id=id)
    drawn = return_labels.draw(request.ctx, return_id=id)
    answer = HttpResponse(drawn, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{row.name}.pdf"'
    return answer


@page("returns:read")
def picture(request: StaffRequest, id: int, picture_id: int) -> HttpResponse:
    """What the customer showed of a line.  Refuses: pictures of other returns."""
    ids = [line.id for line in queries.lines_of(request.ctx, return_ids=[id])]
    if picture_id not in {row.id for row in queries.pictures_of(request.ctx, line_ids=ids)}:
        raise Refused(NOT_FOUND, {"what": "picture", "key": picture_id})
    return HttpResponse(queries.picture_data(request.ctx, picture_id=picture_id), content_type="image/webp")
