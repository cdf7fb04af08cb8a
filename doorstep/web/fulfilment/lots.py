"""Which lots a picker should take, first expired first out, and which somebody took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from babel.dates import format_date
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.fulfilment.values import PickTaskRow
from doorstep.orders import queries as orders
from doorstep.orders.values import FOLineRow
from doorstep.stock import lots
from doorstep.stock.tracked import reads
from doorstep.stock.tracked.values import LotLevelRow, PickedLot, TrackingRow, WentRow
from doorstep.stock.values import Want
from doorstep.web.parts.given import id_of
from doorstep.web.parts.pages import StaffRequest, page
from doorstep.web.stock import lines as forms


def words_for(ctx: Ctx, *, location_id: int, tasks: Sequence[PickTaskRow]) -> dict[int, str]:
    """From which lots the units of each task should come, in words; nothing for what has no lots."""
    wants = [Want(task.id, task.variant_id, task.qty) for task in tasks if task.qty]
    told = reads.suggest(ctx, location_id=location_id, wants=wants)
    return {id: ", ".join(_said(at, qty) for at, qty in found) for id, found in told.items()}


def _said(at: LotLevelRow, qty: int) -> str:
    locale = "ko" if (get_language() or "en").startswith("ko") else "en"
    pattern = {"en": "d MMM y", "ko": "y년 M월 d일"}[locale]
    until = f" ({format_date(at.expires_on, pattern, locale=locale)})" if at.expires_on else ""
    return f"{qty} × {at.code}{until}"


@dataclass(frozen=True, slots=True)
class Lots:
    """One line of a parcel with its lots: those that somebody took, those that left, or those that it will be taken for."""

    line: FOLineRow
    tracking: TrackingRow
    picked: Sequence[PickedLot]
    suggested: str
    first: tuple[str, int]
    went: Sequence[tuple[WentRow, str]]
    left: int


def of_part(ctx: Ctx, *, location_id: int | None, lines: Sequence[FOLineRow]) -> list[Lots]:
    """The lots of the tracked lines of a fulfilment order."""
    tracking = reads.tracking_of(ctx, variant_ids=[line.variant_id for line in lines])
    mine = [line for line in lines if tracking[line.variant_id].is_on]
    if not mine or location_id is None:
        return []
    ids = [line.order_line_id for line in mine]
    picked, went = reads.picked_for(ctx, order_line_ids=ids), reads.lots_of_lines(ctx, order_line_ids=ids)
    codes = {id: row.code for id, row in reads.lots_by_id(ctx, ids=[one.lot_id for one in went]).items()}
    wants = [Want(line.order_line_id, line.variant_id, line.qty) for line in mine]
    told = reads.suggest(ctx, location_id=location_id, wants=wants)
    return [
        Lots(
            line, tracking[line.variant_id], [p for p in picked if p.order_line_id == line.order_line_id],
            ", ".join(_said(at, qty) for at, qty in told.get(line.order_line_id, [])),
            next(((at.code, qty) for at, qty in told.get(line.order_line_id, [])), ("", 1)),
            [(one, codes[one.lot_id]) for one in went if one.order_line_id == line.order_line_id],
            line.qty - sum(p.qty for p in picked if p.order_line_id == line.order_line_id),
        )
        for line in mine
    ]  # fmt: skip


@page("fulfilment:write", methods=("POST",))
def take(request: StaffRequest, id: int) -> HttpResponse:
    """Notes which lot or serial number goes out with a line, or forgets what was noted."""
    ctx, post = request.ctx, request.POST
    part = orders.fulfilment_orders_by_id(ctx, ids=[id]).get(id)
    lines = orders.fulfilment_lines_of(ctx, fulfilment_order_ids=[id])
    line = next((one for one in lines if one.order_line_id == id_of(post.get("line", ""))), None)
    if part is None or part.location_id is None or line is None:
        raise Refused(NOT_FOUND, {"what": "order line", "key": post.get("line", "")[:20]})
    if "forget" in post:
        lots.put_back(ctx, order_line_id=line.order_line_id)
        messages.success(request, gettext("The lots of this line are open again."))
        return redirect("fulfilment:pack", id)
    lots.take(
        ctx, order_line_id=line.order_line_id, location_id=part.location_id, variant_id=line.variant_id,
        code=forms.text(post, "code", 60), qty=forms.units(post.get("qty", "") or "1"), most=line.qty,
    )  # fmt: skip
    messages.success(request, gettext("Noted: it goes out with this parcel."))
    return redirect("fulfilment:pack", id)
