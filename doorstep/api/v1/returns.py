"""Returns: asked for, decided, received, inspected."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Router, Status

from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.return_shapes import (
    DecisionIn,
    InspectionIn,
    OtherIn,
    PreviewOut,
    ReceiptIn,
    ReturnDetailOut,
    ReturnIn,
    ReturnsOut,
    WishIn,
)
from doorstep.api.v1.shapes import Cursor, Id, Limit, Search
from doorstep.api.v1.translate import Mistakes
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, NOT_FOUND, Refused
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.flows import return_labels, return_links, send_back
from doorstep.returns import actions, queries, receiving
from doorstep.returns.refusals import NO_LABEL_DUE
from doorstep.returns.values import Arrived, Goods, ReturnFilter, ReturnRow, Wish
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import NO_CARRIER

router = Router(tags=["Returns"])
MOST_TEXT = 2000
View = Literal["", "review", "coming", "here", "done"]


def _shown(row: ReturnRow) -> dict[str, Any]:
    return asdict(row) | {"number": row.name}


def _detail(request: Asked, return_id: int) -> dict[str, Any]:
    ctx, may_write = request.ctx, "returns:write" in request.key.scopes
    found = queries.get_detail(ctx, return_id=return_id)
    rules = {decision.line_id: decision.rule for decision in found.decisions}
    return _shown(found.row) | {
        "status_link": return_links.status_link(ctx, return_id=return_id) if may_write else None,
        "lines": [asdict(line) | {"rule": rules.get(line.id, "")} for line in found.lines],
        "receipts": [asdict(row) for row in found.receipts],
        "inspections": [asdict(row) for row in found.inspections],
    }


@operation(router, "GET", "/returns", scope="returns:read", answers={200: ReturnsOut})
def list_returns(
    request: Asked, view: View = "", q: Search = "", cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Returns, newest first; `q` finds numbers of returns, labels and orders, and names of customers."""
    where = ReturnFilter(view=view, text=q)
    rows = queries.list_returns(request.ctx, where=where, before=paging.by_id(cursor, "returns"), limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="returns", key=lambda row: (row.id,))
    return {"returns": [_shown(row) for row in shown], "next": following}


@operation(router, "GET", "/returns/{return_id}", scope="returns:read", answers={200: ReturnDetailOut})
def get_return(request: Asked, return_id: Id) -> dict[str, Any]:
    """One return with its lines, what came of it and how it was judged."""
    return _detail(request, return_id)


@operation(
    router, "POST", "/orders/{order_id}/returns", scope="returns:write", answers={200: PreviewOut, 201: ReturnDetailOut}
)
def request_return(request: Asked, order_id: Id, given: ReturnIn) -> Status[dict[str, Any]]:
    """Asks for units to be taken back; the policy decides at once. The same `client_id` again is the same return. With
    `preview` it is only told what would become of it."""
    wrong = Mistakes()
    wishes = [_wish(wrong, f"/lines/{n}", line) for n, line in enumerate(given.lines)]
    note = _note(wrong, "/note", given.note)
    wrong.refuse()
    if given.preview:
        seen = actions.preview(request.ctx, order_id=order_id, wishes=wishes, is_withdrawal=given.is_withdrawal)
        return Status(200, asdict(seen))
    return_id = send_back.request(
        request.ctx, order_id=order_id, wishes=wishes, key=f"api:{order_id}:{given.client_id}",
        is_withdrawal=given.is_withdrawal, note=note,
    )  # fmt: skip
    return Status(201, _detail(request, return_id))


def _note(wrong: Mistakes, pointer: str, text: str) -> str:
    return wrong.text(pointer, text, longest=MOST_TEXT, lines=True)


def _wish(wrong: Mistakes, pointer: str, line: WishIn) -> Wish:
    told = line.model_dump()
    texts = {name: _note(wrong, f"{pointer}/{name}", told[name]) for name in ("answer", "note")}
    return Wish(**told | texts)


@operation(router, "POST", "/returns/{return_id}/decision", scope="returns:write", answers={200: ReturnDetailOut})
def decide_return(request: Asked, return_id: Id, given: DecisionIn) -> dict[str, Any]:
    """Ends a review."""
    wrong = Mistakes()
    note = _note(wrong, "/note", given.note)
    wrong.refuse()
    send_back.decide(request.ctx, return_id=return_id, approve=given.decision == "approve", note=note)
    return _detail(request, return_id)


@operation(router, "POST", "/returns/{return_id}/receipts", scope="returns:write", answers={200: ReturnDetailOut})
def receive_return(request: Asked, return_id: Id, given: ReceiptIn) -> dict[str, Any]:
    """Notes what came; the same `client_id` again notes nothing. Stock moves only when it is inspected."""
    queries.get_return(request.ctx, return_id=return_id)
    came = [Arrived(line.qty, line.line_id) for line in given.lines]
    wrong = Mistakes()
    notes = [_note(wrong, f"/others/{n}/note", other.note) for n, other in enumerate(given.others)]
    wrong.refuse()
    came += [_other(request.ctx, other, note) for other, note in zip(given.others, notes, strict=True)]
    if not came:
        raise Refused(INVALID, {"field": "lines", "problem": gettext_noop("Count at least one unit.")})
    receiving.receive(
        request.ctx, return_id=return_id, arrived=came, key=f"api:{return_id}:{given.client_id}"
    )  # fmt: skip
    return _detail(request, return_id)


def _other(ctx: Ctx, other: OtherIn, note: str) -> Arrived:
    found = catalog.find_variants(ctx, skus=[other.sku]) if other.sku else {}
    if other.sku and other.sku not in found:
        raise Refused(NOT_FOUND, {"what": "variant", "key": other.sku})
    variant_id = found[other.sku].id if other.sku else None
    return Arrived(other.qty, None, variant_id, other.came, note)


@operation(router, "POST", "/returns/{return_id}/inspections", scope="returns:write", answers={200: ReturnDetailOut})
def inspect_return(request: Asked, return_id: Id, given: InspectionIn) -> dict[str, Any]:
    """Judges units that are here, and moves the stock with the same breath; the same `client_id` again counts nothing."""
    queries.get_return(request.ctx, return_id=return_id)
    wrong = Mistakes()
    note = _note(wrong, "/note", given.note)
    wrong.refuse()
    line = queries.get_line(request.ctx, line_id=given.line_id)
    if line.return_id != return_id:
        raise Refused(NOT_FOUND, {"what": "return", "key": given.line_id})
    receiving.inspect(
        request.ctx, line_id=line.id, qty=given.qty, grade=given.grade, disposition=given.disposition,
        key=f"api:{line.id}:{given.client_id}", note=note,
    )  # fmt: skip
    return _detail(request, return_id)


@operation(router, "POST", "/returns/{return_id}/label", scope="returns:write", answers={202: ReturnDetailOut})
def want_return_label(request: Asked, return_id: Id) -> Status[dict[str, Any]]:
    """Asks the carrier for the label of an approved return that has none; it comes in a moment. Asking again changes
    nothing, unless its label was declined or voided. A return that gets no label from us, or is on its way already, is
    refused with `no_label_due`."""
    if send_back.want_label(request.ctx, return_id=return_id) is None:
        row = queries.get_return(request.ctx, return_id=return_id)
        if row.goods != Goods.LABEL_ISSUED:
            raise Refused(NO_LABEL_DUE, {"number": row.name})
    elif shipping.find_default_carrier(request.ctx) is None:
        raise Refused(NO_CARRIER)
    return Status(202, _detail(request, return_id))


@operation(
    router, "GET", "/returns/{return_id}/label.pdf", scope="returns:read", answers={200: None}, kind="application/pdf"
)  # fmt: skip
def get_return_label_pdf(request: Asked, return_id: Id) -> HttpResponse:
    """The label of a return as a PDF page of 4×6 inch, while its goods are not here."""
    return HttpResponse(return_labels.draw(request.ctx, return_id=return_id), content_type="application/pdf")


@operation(router, "POST", "/returns/{return_id}/cancel", scope="returns:write", answers={200: ReturnDetailOut})
def cancel_return(request: Asked, return_id: Id) -> dict[str, Any]:
    """Calls off a return of which nothing was sent; its label goes back and its units can be sent back again."""
    actions.cancel(request.ctx, return_id=return_id)
    return _detail(request, return_id)


@operation(router, "POST", "/returns/{return_id}/close-short", scope="returns:write", answers={200: ReturnDetailOut})
def close_return_short(request: Asked, return_id: Id) -> dict[str, Any]:
    """Says that nothing more will come of a return of which a part is here: what came counts, the rest stays sold."""
    receiving.close_short(request.ctx, return_id=return_id)
    return _detail(request, return_id)
