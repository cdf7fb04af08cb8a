"""The floor of a location: its plan and bins, and what waits to be put away."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ninja import Router

from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.shapes import Id
from doorstep.api.v1.translate import EARLIEST, LATEST, Mistakes
from doorstep.api.v1.wave_shapes import (
    BinsIn,
    BinsOut,
    ChangedOut,
    FloorOut,
    FloorPlanIn,
    FromCodesOut,
    PutAwaysIn,
    PutAwaysOut,
    ToPutAwaysOut,
    UndoPutAwayIn,
    UndoPutAwayOut,
)
from doorstep.flows import lay_out_floor
from doorstep.fulfilment import put_away
from doorstep.locations import queries
from doorstep.locations.values import BinPlace, FloorPlan

router = Router(tags=["Floor"])


@operation(router, "GET", "/locations/{location_id}/floor-plan", scope="settings:read", answers={200: FloorOut})
def get_floor_plan(request: Asked, location_id: Id) -> dict[str, Any]:
    """How the aisles of a location lie."""
    queries.get(request.ctx, location_id=location_id)
    plan = queries.find_floor_plan(request.ctx, location_id=location_id)
    return {"floor_plan": asdict(plan) if plan else None}


@operation(router, "PUT", "/locations/{location_id}/floor-plan", scope="settings:write", answers={200: FloorOut})
def set_floor_plan(request: Asked, location_id: Id, given: FloorPlanIn) -> dict[str, Any]:
    """Says how the aisles of a location lie; lists that nobody has begun are walked so at once."""
    plan = FloorPlan(**given.model_dump())
    lay_out_floor.lay_out(request.ctx, location_id=location_id, plan=plan)
    return {"floor_plan": asdict(plan)}


@operation(router, "GET", "/locations/{location_id}/bins", scope="settings:read", answers={200: BinsOut})
def list_bins(request: Asked, location_id: Id) -> dict[str, Any]:
    """Every bin of a location, in the order of its position."""
    queries.get(request.ctx, location_id=location_id)
    return {"bins": [asdict(row) for row in queries.bins(request.ctx, location_id=location_id)]}


@operation(router, "PUT", "/locations/{location_id}/bins", scope="settings:write", answers={200: ChangedOut})
def place_bins(request: Asked, location_id: Id, given: BinsIn) -> dict[str, Any]:
    """Says where bins lie; those that are not there yet are added."""
    places = [BinPlace(**one.model_dump()) for one in given.bins]
    return {"changed": lay_out_floor.place_bins(request.ctx, location_id=location_id, places=places)}


@operation(router, "POST", "/locations/{location_id}/bins/from-codes", scope="settings:write", answers={200: FromCodesOut})
def place_bins_by_code(request: Asked, location_id: Id) -> dict[str, Any]:
    """Places every bin whose code fits the pattern of the floor plan."""
    placed, left = lay_out_floor.place_by_code(request.ctx, location_id=location_id)
    return {"placed": placed, "left": left}


@operation(router, "GET", "/locations/{location_id}/to-put-away", scope="stock:read", answers={200: ToPutAwaysOut})
def list_to_put_away(request: Asked, location_id: Id) -> dict[str, Any]:
    """What came in the last fortnight and stands in receiving, oldest first."""
    queries.get(request.ctx, location_id=location_id)
    return {"to_put_away": [asdict(row) for row in put_away.list_to_put_away(request.ctx, location_id=location_id)]}


@operation(router, "POST", "/locations/{location_id}/put-aways", scope="stock:write", answers={200: PutAwaysOut})
def put_units_away(request: Asked, location_id: Id, given: PutAwaysIn) -> dict[str, Any]:
    """Notes that units lie in their bins now. Every one gets its answer; one that does not count says why and spoils no other."""
    queries.get(request.ctx, location_id=location_id)
    wrong = Mistakes()
    read = [
        (
            wrong.text(f"/put_aways/{n}/code", one.code, longest=120, required=True),
            wrong.text(f"/put_aways/{n}/bin", one.bin, longest=30, required=True),
            wrong.moment(f"/put_aways/{n}/at", one.at, earliest=EARLIEST, latest=request.ctx.now + LATEST)
            if one.at is not None else request.ctx.now,
        )
        for n, one in enumerate(given.put_aways)
    ]  # fmt: skip
    wrong.refuse()
    answers = [
        put_away.put_away(
            request.ctx, location_id=location_id, client_id=one.client_id, code=code, bin=bin, qty=one.qty, moves=one.moves, at=at
        )
        for one, (code, bin, at) in zip(given.put_aways, read, strict=True)
    ]
    return {"answers": [asdict(one) for one in answers]}


@operation(router, "POST", "/locations/{location_id}/put-aways/undo", scope="stock:write", answers={200: UndoPutAwayOut})
def undo_put_away(request: Asked, location_id: Id, given: UndoPutAwayIn) -> dict[str, Any]:
    """Takes back a put-away that counted: its units wait again."""
    queries.get(request.ctx, location_id=location_id)
    return {"done": put_away.undo(request.ctx, location_id=location_id, client_id=given.client_id)}
