"""Carriers tell by themselves where parcels are: they learn our address, and what they send becomes scans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from doorstep.base.arrivals import Arrival
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.flows.reading import NOTHING_NEW, Reading
from doorstep.flows.ship import carrier_of
from doorstep.shipping import actions, numbers, queries
from doorstep.shipping.port import Scan
from doorstep.shipping.values import ParcelRow

NO_SUCH_PARCEL = gettext_noop("No parcel here has this tracking number.")
NOT_A_SCAN = gettext_noop("It tells of no parcel.")


@dataclass(slots=True)
class CarrierReading(Reading):
    """A carrier's arrival, and the scans in it."""

    scans: list[Scan] = field(default_factory=list)


def read(ctx: Ctx, rows: Sequence[Arrival]) -> list[Reading]:
    """Reads what carriers sent and keeps its scans, in the caller's transaction; a number nobody knows harms nothing.

    Retired carriers are heard too: their parcels are still on their way.  Locks: parcels by id.
    """
    known = {row.id: row for row in queries.list_carriers(ctx)}
    readings = [_open(ctx, row) for row in rows if row.connection_id in known]
    told = sorted({(r.connection_id, scan.tracking_number) for r in readings for scan in r.scans})
    bearing = queries.parcels_by_number(ctx, numbers=told) if told else {}
    bearers = {one.id: one for one in queries.bearers(ctx, parcel_ids=[p.id for found in bearing.values() for p in found])}
    mine: dict[int, list[Scan]] = {}
    owners, of = dict[int, ParcelRow](), dict[tuple[int, str], ParcelRow]()
    for reading in readings:
        for scan in reading.scans:
            key = (reading.connection_id, scan.tracking_number)
            owner = numbers.owner_of(scan, [bearers[p.id] for p in bearing.get(key, [])])
            if owner is not None:
                mine.setdefault(owner, []).append(scan)
                owners[owner] = of[key] = next(p for p in bearing[key] if p.id == owner)
    news: dict[int, set[str]] = {}
    for _, parcel in sorted(owners.items()):
        carrier = known[parcel.carrier_id or 0]
        acting = ctx.as_actor(Actor("carrier", carrier.id, carrier.name))
        news[parcel.id] = actions.record_scans(acting, parcel_id=parcel.id, scans=mine[parcel.id])
    for reading in readings:
        if reading.outcome != "refused":
            _note(reading, {n: of.get((reading.connection_id, n)) for n in _numbers(reading)}, news)
    return list(readings)


def _open(ctx: Ctx, row: Arrival) -> CarrierReading:
    reading = CarrierReading(row, row.connection_id)
    try:
        reading.scans = carrier_of(ctx, row.connection_id).read_webhook(bytes(row.body))
    except Refused as refused:
        reading.refuse(refused)
    return reading


def _numbers(reading: CarrierReading) -> list[str]:
    return sorted({scan.tracking_number for scan in reading.scans})


def _note(reading: CarrierReading, parcels: dict[str, ParcelRow | None], news: dict[int, set[str]]) -> None:
    """What became of one arrival: scans that were news, scans known before, a number of somebody else, or none at all."""
    here = [parcel for parcel in parcels.values() if parcel is not None]
    name = ", ".join(parcels)[:100]
    if not here:
        reading.say("ignored", reason=NO_SUCH_PARCEL if parcels else NOT_A_SCAN, **({"name": name} if name else {}))
        return
    fresh = any(scan.external_id[:120] in news[parcel.id] for parcel in here for scan in reading.scans)
    reason = {} if fresh else {"reason": NOTHING_NEW}
    outcome = "processed" if fresh else "ignored"
    reading.say(outcome, order_id=here[0].order_id, parcel_id=here[0].id, number=name, **reason)
