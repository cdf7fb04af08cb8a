"""Waves that come by themselves, and orders that go back to the lists that fill as they come."""

from __future__ import annotations

from collections.abc import Sequence

from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.base.refusals import Refused
from doorstep.fulfilment import actions as fulfilment
from doorstep.fulfilment import planning, wave_queries, waves
from doorstep.fulfilment.values import NOTHING_OPEN, Method
from doorstep.locations import queries as locations


def release_due(ctx: Ctx) -> int:
    """Releases the waves of templates whose time has come, each once for a time.  Returns: how many were released.

    A wave for which nothing is open is not released; its time has passed all the same.
    """
    done = 0
    places = {at.id: at for at in locations.list_active(ctx)}
    for row in wave_queries.list_templates(ctx, only_active=True):
        at = places.get(row.location_id)
        moment = at and planning.due_since(
            row.at_times, row.weekdays, zone=at.timezone, after=row.last_ran_at or ctx.now, now=ctx.now
        )
        if not at or not moment:
            continue
        try:
            waves.release(
                ctx, location_id=at.id, method=Method(row.method), takes=row.takes, name=row.name, template_id=row.id,
                client_id=f"template:{row.id}:{moment.isoformat()}",
                due_at=planning.next_clock(row.pick_up_at, zone=at.timezone, now=moment),
            )  # fmt: skip
            done += 1
        except Refused as refused:
            if refused.refusal is not NOTHING_OPEN:
                raise
        waves.note_ran(ctx, template_id=row.id, at=moment)
    return done


def relist(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Puts the orders of waves that were called off on lists as they come, where their location has no waves."""
    ids = sorted({order_id for event in happened for order_id in event.data["order_ids"]})
    fulfilment.list_up(ctx, order_ids=ids)


def follow_rules(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Puts what is open at a location on lists once it has no waves any more."""
    for location_id in sorted({event.subject_id for event in happened}):
        if not wave_queries.rules_of(ctx, location_ids=[location_id])[location_id].planned:
            fulfilment.list_up(ctx, order_ids=wave_queries.unlisted_orders(ctx, location_id=location_id))
