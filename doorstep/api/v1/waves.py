"""Planned picking: how a location picks, waves and what they would make, and the rules by which they come."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from ninja import Router, Status

from doorstep.api.v1 import paging
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.pick_lists import Place, show_list
from doorstep.api.v1.shapes import Cursor, Id, Limit
from doorstep.api.v1.translate import EARLIEST, Mistakes
from doorstep.api.v1.wave_shapes import (
    PickRulesIn,
    PickRulesOut,
    PlannedWaveOut,
    TakesIn,
    WaveDetailOut,
    WaveIn,
    WavePreviewIn,
    WavesOut,
    WaveSwitchIn,
    WaveTemplateIn,
    WaveTemplateOut,
    WaveTemplatesOut,
)
from doorstep.base.ctx import Ctx
from doorstep.fulfilment import queries, wave_queries, waves
from doorstep.fulfilment.tours import Route
from doorstep.fulfilment.values import Method, PickRules, Takes, TemplateDraft, WaveRow
from doorstep.locations import queries as locations

router = Router(tags=["Waves"])
LONGEST_AHEAD = timedelta(days=90)


def _takes(given: TakesIn) -> Takes:
    return Takes(
        given.min_priority, given.single_line, given.zone.strip(), tuple(given.countries), given.carrier_id,
        given.service.strip(), given.leaves_by,
    )  # fmt: skip


def _shown(row: WaveRow) -> dict[str, Any]:
    return asdict(row) | {"state": row.state.value}


def _detail(ctx: Ctx, wave_id: int) -> dict[str, Any]:
    lists = [queries.get_pick_list(ctx, pick_list_id=id) for id in wave_queries.list_ids_of(ctx, wave_id=wave_id)]
    return _shown(wave_queries.get_wave(ctx, wave_id=wave_id)) | {"pick_lists": [show_list(row) for row in lists]}


@operation(router, "GET", "/locations/{location_id}/picking", scope="fulfilment:read", answers={200: PickRulesOut})
def get_pick_rules(request: Asked, location_id: Id) -> dict[str, Any]:
    """How a location picks: as orders come or by waves, the walk, and what fits on a cart."""
    locations.get(request.ctx, location_id=location_id)
    return asdict(wave_queries.rules_of(request.ctx, location_ids=[location_id])[location_id])


@operation(router, "PUT", "/locations/{location_id}/picking", scope="settings:write", answers={200: PickRulesOut})
def set_pick_rules(request: Asked, location_id: Id, given: PickRulesIn) -> dict[str, Any]:
    """Says how a location picks; lists that nobody has begun are walked so at once."""
    rules = PickRules(**given.model_dump() | {"route": Route(given.route), "method": Method(given.method)})
    waves.set_rules(request.ctx, location_id=location_id, rules=rules)
    return asdict(rules)


@operation(
    router, "POST", "/locations/{location_id}/waves/preview", scope="fulfilment:read", answers={200: PlannedWaveOut}
)
def preview_wave(request: Asked, location_id: Id, given: WavePreviewIn) -> dict[str, Any]:
    """What a release would make now of what is open: lists, metres and minutes. Nothing is written."""
    seen = waves.preview(request.ctx, location_id=location_id, method=Method(given.method), takes=_takes(given.takes))
    told = {"orders": seen.orders, "units": seen.units, "walk_mm": seen.walk_mm, "plan_s": seen.plan_s}
    return asdict(seen) | told


@operation(router, "POST", "/locations/{location_id}/waves", scope="fulfilment:write", answers={201: WaveDetailOut})
def release_wave(request: Asked, location_id: Id, given: WaveIn) -> Status[dict[str, Any]]:
    """Makes pick lists of what is open. From here on routing no longer moves these orders; the same `client_id` again answers
    with the same wave."""
    wrong = Mistakes()
    name = wrong.text("/name", given.name, longest=80)
    latest = request.ctx.now + LONGEST_AHEAD
    due_at = wrong.moment("/due_at", given.due_at, earliest=EARLIEST, latest=latest) if given.due_at else None
    wrong.refuse()
    id = waves.release(
        request.ctx, location_id=location_id, method=Method(given.method), takes=_takes(given.takes),
        client_id=f"api:{given.client_id}", name=name, due_at=due_at,
    )  # fmt: skip
    return Status(201, _detail(request.ctx, id))


@operation(router, "GET", "/waves", scope="fulfilment:read", answers={200: WavesOut})
def list_waves(request: Asked, location_id: Place = 0, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Waves, newest first."""
    before = paging.by_id(cursor, "waves")
    rows = wave_queries.list_waves(request.ctx, location_id=location_id or None, before=before, limit=limit + 1)
    shown, following = paging.cut(rows, limit=limit, kind="waves", key=lambda row: (row.id,))
    return {"waves": [_shown(row) for row in shown], "next": following}


@operation(router, "GET", "/waves/{wave_id}", scope="fulfilment:read", answers={200: WaveDetailOut})
def get_wave(request: Asked, wave_id: Id) -> dict[str, Any]:
    """One wave with its pick lists."""
    return _detail(request.ctx, wave_id)


@operation(router, "POST", "/waves/{wave_id}/cancel", scope="fulfilment:write", answers={200: WaveDetailOut})
def cancel_wave(request: Asked, wave_id: Id) -> dict[str, Any]:
    """Calls off the lists of a wave that nobody has begun; their orders are open again."""
    waves.cancel(request.ctx, wave_id=wave_id)
    return _detail(request.ctx, wave_id)


@operation(router, "GET", "/wave-templates", scope="fulfilment:read", answers={200: WaveTemplatesOut})
def list_wave_templates(request: Asked) -> dict[str, Any]:
    """The rules by which waves come by themselves."""
    return {"wave_templates": [asdict(row) for row in wave_queries.list_templates(request.ctx)]}


@operation(router, "POST", "/wave-templates", scope="settings:write", answers={201: WaveTemplateOut})
def add_wave_template(request: Asked, given: WaveTemplateIn) -> Status[dict[str, Any]]:
    """Adds a rule that releases waves at set times."""
    return Status(201, _save(request.ctx, given, None))


@operation(router, "PUT", "/wave-templates/{template_id}", scope="settings:write", answers={200: WaveTemplateOut})
def change_wave_template(request: Asked, template_id: Id, given: WaveTemplateIn) -> dict[str, Any]:
    """Writes a rule anew; it comes at its next time."""
    wave_queries.get_template(request.ctx, template_id=template_id)
    return _save(request.ctx, given, template_id)


def _save(ctx: Ctx, given: WaveTemplateIn, template_id: int | None) -> dict[str, Any]:
    wrong = Mistakes()
    name = wrong.text("/name", given.name, longest=80, required=True)
    wrong.refuse()
    draft = TemplateDraft(
        name, given.location_id, Method(given.method), _takes(given.takes), tuple(given.at_times), tuple(given.weekdays),
        given.pick_up_at,
    )  # fmt: skip
    id = waves.save_template(ctx, draft=draft, template_id=template_id)
    return asdict(wave_queries.get_template(ctx, template_id=id))


@operation(router, "POST", "/wave-templates/{template_id}/switch", scope="settings:write", answers={200: WaveTemplateOut})
def switch_wave_template(request: Asked, template_id: Id, given: WaveSwitchIn) -> dict[str, Any]:
    """Switches a rule on, from its next time, or off."""
    waves.switch_template(request.ctx, template_id=template_id, active=given.active)
    return asdict(wave_queries.get_template(request.ctx, template_id=template_id))


@operation(router, "DELETE", "/wave-templates/{template_id}", scope="settings:write", answers={204: None})
def remove_wave_template(request: Asked, template_id: Id) -> Status[None]:
    """Removes a rule; the waves that it released stay."""
    waves.remove_template(request.ctx, template_id=template_id)
    return Status(204, None)
