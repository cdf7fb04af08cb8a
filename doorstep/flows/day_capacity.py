"""The capacity of a location's day: what it was given counts for the day on which it leaves, by its calendar and its clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.locations import dispatching, working
from doorstep.locations import queries as locations
from doorstep.locations.values import LocationRow
from doorstep.locations.working import Dispatch, Leaving
from doorstep.routing import day_loads
from doorstep.routing import queries as rules
from doorstep.routing.day_loads import Day, Given
from doorstep.routing.ruling import applying, parsing
from doorstep.routing.ruling.applying import Ruling
from doorstep.routing.ruling.kinds import Kind, Strength


def days_of(
    places: Iterable[LocationRow], *, dispatches: Mapping[int, Dispatch], leaving: Mapping[int, Leaving | None], at: datetime
) -> dict[int, Day]:
    """The days that what comes now counts for, of the locations that have a capacity and work at all."""
    return {
        place.id: Day(leaves.on, at.astimezone(ZoneInfo(place.timezone)).date())
        for place in places
        if (leaves := leaving.get(place.id)) is not None and dispatches[place.id].capacity_per_day
    }


def load_of(ctx: Ctx, *, place: LocationRow) -> int:
    """How many parcels a location has for the day on which what comes now would leave; 0 where its capacity has no limit."""
    dispatches = dispatching.dispatches(ctx, location_ids=[place.id])
    leaving = {place.id: working.leaves(dispatches[place.id], zone=ZoneInfo(place.timezone), at=ctx.now)}
    days = days_of([place], dispatches=dispatches, leaving=leaving, at=ctx.now)
    return day_loads.used(ctx, days=days).get(place.id, 0) if days else 0


def capped(ctx: Ctx) -> list[int]:
    """The locations that have a capacity."""
    return [id for id, how in dispatching.dispatches(ctx).items() if how.capacity_per_day]


def is_hard(ruling: Ruling) -> bool:
    """Whether any rule says that a full day takes no more."""
    return any(rule.kind is Kind.CAPACITY and rule.strength is Strength.HARD for rule in ruling.rules)


def lock(ctx: Ctx) -> None:
    """Has nobody else fill days that may be full until the transaction ends.  Where no rule says that a full day takes no more,
    nothing is locked.

    Every transaction that routes calls it before it locks anything else, also before what it routes for: `routing.day_loads.lock`.
    Locks: the days of the locations that have a capacity.
    """
    if is_hard(applying.ready(parsing.parse(rules.rules_in_force(ctx).rules))):
        day_loads.lock(ctx, location_ids=capped(ctx))


def lock_first(ctx: Ctx, happened: Sequence[Event]) -> None:  # noqa: ARG001  # whatever happened, days come first
    """The same, as the first reaction where others lock something before one of them routes."""
    lock(ctx)


def note(ctx: Ctx, *, given: Sequence[tuple[int, int]], days: Mapping[int, Day]) -> None:
    """Counts parts for the days of the locations that were given them.  Shapes: (fulfilment order, location) each."""
    day_loads.note(ctx, given=[Given(part_id, at, days[at].on) for part_id, at in given if at in days])


def note_now(ctx: Ctx, *, given: Sequence[tuple[int, int]]) -> None:
    """The same for parts that a person places, whatever the day holds."""
    dispatches = dispatching.dispatches(ctx, location_ids=sorted({at for _, at in given}))
    capped = [at for at in locations.list_locations(ctx) if at.id in dispatches and dispatches[at.id].capacity_per_day]
    leaving = {at.id: working.leaves(dispatches[at.id], zone=ZoneInfo(at.timezone), at=ctx.now) for at in capped}
    note(ctx, given=given, days=days_of(capped, dispatches=dispatches, leaving=leaving, at=ctx.now))
