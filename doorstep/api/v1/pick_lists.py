"""Pick lists: what is to be fetched, the scans that count it, and what was not there."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Query, Router

from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.floor_shapes import (
    PickListDetailOut,
    PickListsOut,
    ScanIn,
    ScansIn,
    ScansOut,
    ShortIn,
    ShortOut,
    UndoIn,
    UndoOut,
)
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import BIGGEST_ID, Cursor, Id, Limit
from doorstep.api.v1.translate import EARLIEST, LATEST, Mistakes
from doorstep.base.ctx import Ctx
from doorstep.flows import short_pick
from doorstep.fulfilment import queries, scanning
from doorstep.fulfilment.values import TO_DO, PickListRow, PickTaskRow, Reported, Scanned

router = Router(tags=["Fulfilment"])
State = Annotated[Literal["", "open", "in_progress", "picked"], Query(description="Empty: what is still to be picked.")]
Place = Annotated[int, Query(ge=0, le=BIGGEST_ID, description="Only of this location; 0: everywhere.")]


def show_list(row: PickListRow) -> dict[str, Any]:
    """A pick list as the API tells it."""
    return {
        "id": row.id, "location_id": row.location_id, "state": row.state, "picker": row.picker_name,
        "orders": row.orders, "units": row.units, "picked": row.picked, "created_at": row.created_at,
        "started_at": row.started_at, "finished_at": row.finished_at, "wave_id": row.wave_id, "method": row.method,
        "walk_mm": row.walk_mm,
    }  # fmt: skip


def _task(row: PickTaskRow) -> dict[str, Any]:
    return {
        "id": row.id, "fulfilment_order_id": row.fulfilment_order_id, "order_id": row.order_id,
        "order_name": row.order_name, "variant_id": row.variant_id, "sku": row.sku, "barcode": row.barcode,
        "title": row.title, "bin": row.bin, "qty": row.qty, "picked": row.picked, "on_hold": row.on_hold,
        "tote": row.tote, "walk_at": row.walk_at,
    }  # fmt: skip


def _detail(ctx: Ctx, pick_list_id: int) -> dict[str, Any]:
    row = queries.get_pick_list(ctx, pick_list_id=pick_list_id)
    tasks = queries.tasks_of(ctx, pick_list_id=pick_list_id)
    return show_list(row) | {"tasks": [_task(task) for task in tasks]}


@operation(router, "GET", "/pick-lists", scope="fulfilment:read", answers={200: PickListsOut})
def list_pick_lists(
    request: Asked, state: State = "", location_id: Place = 0, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Pick lists with something on them, oldest first."""
    rows = queries.list_pick_lists(
        request.ctx,
        location_id=location_id or None,
        states=[state] if state else TO_DO,
        after=paging.by_id(cursor, "pick_lists") or 0,
        limit=limit + 1,
    )
    shown, following = paging.cut(rows, limit=limit, kind="pick_lists", key=lambda row: (row.id,))
    return {"pick_lists": [show_list(row) for row in shown], "next": following}


@operation(router, "GET", "/pick-lists/{pick_list_id}", scope="fulfilment:read", answers={200: PickListDetailOut})
def get_pick_list(request: Asked, pick_list_id: Id) -> dict[str, Any]:
    """One pick list with its tasks, in the order of the walk."""
    return _detail(request.ctx, pick_list_id)


@operation(router, "POST", "/pick-lists/{pick_list_id}/scans", scope="fulfilment:write", answers={200: ScansOut})
def scan_pick_list(request: Asked, pick_list_id: Id, given: ScansIn) -> dict[str, Any]:
    """Counts scans, one unit each, in their order. Every scan gets its answer; one that does not count says why and
    spoils no other."""
    queries.get_pick_list(request.ctx, pick_list_id=pick_list_id)
    wrong = Mistakes()
    read = [_read(wrong, f"/scans/{n}", scan, request.ctx.now) for n, scan in enumerate(given.scans)]
    wrong.refuse()
    answers = []
    for scan, (code, at) in zip(given.scans, read, strict=True):
        got = scanning.scan(
            request.ctx, pick_list_id=pick_list_id, client_id=scan.client_id, code=code, typed=scan.typed, at=at
        )
        answers.append(_told(scan.client_id, got))
    return {"answers": answers, "pick_list": _detail(request.ctx, pick_list_id)}


def _told(client_id: str, got: Scanned | Reported) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "problem": got.problem,
        "task_id": got.task_id,
        "picked": got.picked,
        "qty": got.qty,
    }


def _read(wrong: Mistakes, pointer: str, scan: ScanIn, now: datetime) -> tuple[str, datetime]:
    code = wrong.text(f"{pointer}/code", scan.code, longest=120, required=True)
    return code, _at(wrong, f"{pointer}/at", scan.at, now)


def _at(wrong: Mistakes, pointer: str, given: str | None, now: datetime) -> datetime:
    return wrong.moment(pointer, given, earliest=EARLIEST, latest=now + LATEST) if given is not None else now


@operation(router, "POST", "/pick-lists/{pick_list_id}/shorts", scope="fulfilment:write", answers={200: ShortOut})
def report_short(request: Asked, pick_list_id: Id, given: ShortIn) -> dict[str, Any]:
    """Reports that fewer units were found than a task wants. What is missing leaves the books of this location and goes on
    from another one, or waits for stock; what was found stays on the list."""
    queries.get_pick_list(request.ctx, pick_list_id=pick_list_id)
    wrong = Mistakes()
    at = _at(wrong, "/at", given.at, request.ctx.now)
    wrong.refuse()
    got = short_pick.report(
        request.ctx,
        pick_list_id=pick_list_id,
        task_id=given.task_id,
        client_id=given.client_id,
        found=given.found,
        at=at,
    )
    standing = {"missing": got.missing, "pick_list": _detail(request.ctx, pick_list_id)}
    return _told(given.client_id, got) | standing


@operation(router, "POST", "/pick-lists/{pick_list_id}/undo", scope="fulfilment:write", answers={200: UndoOut})
def undo_scan(request: Asked, pick_list_id: Id, given: UndoIn) -> dict[str, Any]:
    """Takes back one scan that counted, unless its order is packed. Name it, so that an undo sent twice takes back one."""
    wrong = Mistakes()
    client_id = wrong.text("/client_id", given.client_id, longest=40)
    wrong.refuse()
    got = scanning.undo(request.ctx, pick_list_id=pick_list_id, client_id=client_id)
    return {"task_id": got.task_id if got else None, "pick_list": _detail(request.ctx, pick_list_id)}
