"""The order in which a pick list is walked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.fulfilment import planning, tours, wave_queries
from doorstep.fulfilment.tours import Floor, Route
from doorstep.fulfilment.values import PickListState
from doorstep.locations import queries as locations


@transaction.atomic
def arrange(ctx: Ctx, *, pick_lists: Mapping[int, int]) -> None:
    """Puts pick lists in the order of their walk, where their location has a floor plan; else its bins' positions say it.

    Shapes: `pick_lists` names the location of each.  Needs: the pick lists locked.
    """
    plans = locations.floor_plans(ctx, location_ids=sorted(set(pick_lists.values()))) if pick_lists else {}
    lists = {id: at for id, at in pick_lists.items() if at in plans}
    if not lists:
        return
    rules = wave_queries.rules_of(ctx, location_ids=sorted(plans))
    lines = wave_queries.lines_of_lists(ctx, pick_list_ids=sorted(lists))
    stops: list[tuple[int, int | None]] = []
    lengths: list[tuple[int, int]] = []
    for id, at in lists.items():
        order, walk_mm = planning.walk_order(
            lines.get(id, []), floor=wave_queries.floor_of(plans[at]), route=rules[at].route
        )
        stops += [(line.line_id, order.get(line.line_id)) for line in lines.get(id, [])]
        lengths.append((id, walk_mm))
    write(ctx, stops=stops, lengths=lengths)


def write(ctx: Ctx, *, stops: Sequence[tuple[int, int | None]], lengths: Sequence[tuple[int, int]]) -> None:
    """Keeps which stop of its walk each task is, and how long the walk of each list is."""
    db.execute(
        """UPDATE fulfilment_picktask t SET walk_at = u.at FROM unnest(%s::bigint[], %s::int[]) u(id, at)
            WHERE t.organisation_id = %s AND t.id = u.id AND t.walk_at IS DISTINCT FROM u.at""",
        [*db.columns(stops, 2), ctx.organisation_id],
    )
    db.execute(
        """UPDATE fulfilment_picklist p SET walk_mm = u.mm FROM unnest(%s::bigint[], %s::int[]) u(id, mm)
            WHERE p.organisation_id = %s AND p.id = u.id""",
        [*db.columns(lengths, 2), ctx.organisation_id],
    )


@transaction.atomic
def arrange_open(ctx: Ctx, *, location_id: int) -> int:
    """Puts the lists of a location that nobody has begun in the order of their walk anew, after its bins or its rules have
    changed.  Returns: how many.  Locks: those lists, by id.
    """
    ids = db.column(
        """SELECT id FROM fulfilment_picklist WHERE organisation_id = %s AND location_id = %s AND state = %s
            ORDER BY id FOR NO KEY UPDATE""",
        [ctx.organisation_id, location_id, PickListState.OPEN.value],
    )
    arrange(ctx, pick_lists=dict.fromkeys(ids, location_id))
    return len(ids)


def walk_of(ctx: Ctx, *, pick_list_id: int, floor: Floor, route: Route) -> tuple[tuple[int, int], ...]:
    """The turning points of a list's walk, as aisle and distance from its front end; to be drawn."""
    lines = wave_queries.lines_of_lists(ctx, pick_list_ids=[pick_list_id]).get(pick_list_id, [])
    return tours.tour(floor, [line.stop for line in lines if line.stop is not None], route=route).path
