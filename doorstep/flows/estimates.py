"""When parcels come, by the brand's own history: said when they leave, learnt from when they arrive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.db import transaction

from doorstep.accounts import queries as accounts
from doorstep.base import zones
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.locations import queries as locations
from doorstep.locations.values import LocationRow
from doorstep.shipping import estimates, lanes, queries, rules
from doorstep.shipping.estimates import Expected, Lane
from doorstep.shipping.values import Direction, ParcelRow

CUT_OFF_HOUR = 20  # who hands over later gives it to the driver of the next day
LEARN_AFTER = timedelta(minutes=5)  # the event of a delivery comes sooner


@dataclass(frozen=True, slots=True)
class Way:
    """How a parcel goes: its lanes' keys, the country, and the zones whose clocks say the days."""

    keys: tuple[str, ...]
    country: str
    from_zone: str
    to_zone: str


def say(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Says of parcels that leave when they will come; of those on whose way too few went before, nothing."""
    parcels = [p for p in queries.parcels_by_id(ctx, ids=[e.subject_id for e in happened]).values() if p.expected_on is None]
    ways = ways_of(ctx, parcels=parcels)
    known = lanes.of_keys(ctx, keys=[key for way in ways.values() for key in way.keys])
    said = {parcel.id: _expect(parcel, ways[parcel.id], known) for parcel in parcels if parcel.id in ways}
    lanes.say(ctx, expected={id: expected for id, expected in said.items() if expected is not None})


def _expect(parcel: ParcelRow, way: Way, known: Mapping[str, Lane]) -> Expected | None:
    found = estimates.levels(list(known.values()), way.keys)
    return estimates.expect(found, start=_start(parcel, way, found), country=way.country)


def _start(parcel: ParcelRow, way: Way, found: Sequence[Lane]) -> date:
    """The day on which the carrier began with it, by the clocks of where it left."""
    left_at = parcel.handed_over_at or parcel.packed_at
    local = left_at.astimezone(ZoneInfo(way.from_zone))
    works = estimates.calendar_of(way.country, found).works
    return estimates.handed_over_on(local.hour, local.date(), cut_off_hour=CUT_OFF_HOUR, works=works)


def learn(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Learns from deliveries, each once."""
    _learn_from(ctx, list(queries.parcels_by_id(ctx, ids=[e.subject_id for e in happened]).values()))


def sweep(ctx: Ctx) -> None:
    """Learns from deliveries of a time before anybody learnt, in the order in which they came."""
    while page := lanes.find_unlearnt(ctx, before=ctx.now - LEARN_AFTER):
        if _learn_from(ctx, page) == 0:
            return


@transaction.atomic
def _learn_from(ctx: Ctx, parcels: Sequence[ParcelRow]) -> int:
    """Locks: parcels by id, then their lanes by key, each of them kept once.  Returns: how many were learnt from now."""
    new = {p.id for p in sorted(parcels, key=lambda p: p.id) if _is_home(p) and lanes.begin(ctx, parcel_id=p.id)}
    ways = ways_of(ctx, parcels=[p for p in parcels if p.id in new])
    silences = _silences(ctx, parcels, ways)
    known = lanes.lock(ctx, keys=[key for way in ways.values() for key in way.keys]) if ways else {}
    for parcel in parcels:
        way = ways.get(parcel.id)
        if way is not None and parcel.delivered_at is not None:
            came_on = parcel.delivered_at.astimezone(ZoneInfo(way.to_zone)).date()
            found = [known[key] for key in way.keys]
            within = estimates.is_within(came_on, (parcel.expected_from, parcel.expected_to))
            start, silence = _start(parcel, way, found), silences.get(parcel.id)
            for lane in estimates.learn(
                found, start=start, came_on=came_on, country=way.country, within=within, silence=silence
            ):
                known[lane.key] = lane
    lanes.keep(ctx, lanes=list(known.values()))
    return len(new)


def _is_home(parcel: ParcelRow) -> bool:
    return parcel.delivered_at is not None and parcel.direction == Direction.OUT


def ways_of(ctx: Ctx, *, parcels: Sequence[ParcelRow]) -> dict[int, Way]:
    """How parcels go, by parcel; those that left without a carrier's name are not among them."""
    places = {row.id: row for row in locations.list_locations(ctx)} if parcels else {}
    otherwise = accounts.organisation(ctx).timezone if parcels else "UTC"
    return {
        parcel.id: _way(parcel, places[parcel.location_id], otherwise, at=ctx.now)
        for parcel in parcels
        if parcel.carrier_id is not None and parcel.location_id in places and parcel.handed_over_at is not None
    }


def _way(parcel: ParcelRow, place: LocationRow, otherwise: str, *, at: datetime) -> Way:
    to = parcel.ship_to
    country, region = str(to.get("country") or "").upper(), str(to.get("region") or "")
    keys = estimates.keys(
        location_id=place.id,
        origin=place.country,
        country=country,
        region=estimates.region_of(region, str(to.get("postal_code") or "")),
        carrier_id=parcel.carrier_id or 0,
        service=parcel.service,
    )
    return Way(keys, country, place.timezone, zones.zone_of_place(country, region, at=at) or otherwise)


def usual_silence(ctx: Ctx, *, parcels: Sequence[ParcelRow]) -> dict[int, timedelta]:
    """How long parcels are silent and well on the way of each, weekends left out; those of unknown ways are not among them."""
    ways = ways_of(ctx, parcels=parcels)
    known = lanes.of_keys(ctx, keys=[key for way in ways.values() for key in way.keys]) if ways else {}
    found = {id: estimates.most_silence(estimates.levels(list(known.values()), way.keys)) for id, way in ways.items()}
    return {id: most for id, most in found.items() if most is not None}


def today_at(ctx: Ctx, *, parcel: ParcelRow, otherwise: str) -> date:
    """Which day it is where a parcel goes.  `otherwise`: the zone of the brand."""
    to = parcel.ship_to
    zone = zones.zone_of_place(str(to.get("country") or ""), str(to.get("region") or ""), at=ctx.now)
    return ctx.now.astimezone(ZoneInfo(zone or otherwise)).date()


def _silences(ctx: Ctx, parcels: Sequence[ParcelRow], ways: Mapping[int, Way]) -> dict[int, timedelta]:
    """The longest time without a scan of each parcel, weekends left out."""
    moments: dict[int, list[datetime]] = {p.id: [p.handed_over_at] for p in parcels if p.handed_over_at and p.id in ways}
    for event in queries.tracking_of(ctx, parcel_ids=list(moments)):
        moments[event.parcel_id].append(event.at)
    found = {}
    for id, heard in moments.items():
        ordered = sorted(at.astimezone(UTC) for at in heard if at >= heard[0])
        gaps = [rules.silence(a, b, zone=ways[id].to_zone) for a, b in pairwise(ordered)]
        if gaps:
            found[id] = max(gaps)
    return found
