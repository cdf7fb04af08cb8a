"""Where parcels are, for a reader: our word for each event, and beside it the carrier's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from doorstep.base.ctx import Ctx
from doorstep.shipping import actions, codes, queries, rules
from doorstep.shipping.port import CarrierPort, carriers
from doorstep.shipping.values import ParcelRow, Said, TrackingRow


@dataclass(frozen=True, slots=True)
class Told:
    """An event of a parcel, and how its carrier says it to this reader."""

    row: TrackingRow
    said: Said


def told_of(ctx: Ctx, *, parcels: Sequence[ParcelRow], language: str) -> dict[int, list[Told]]:
    """What carriers told of parcels, newest first, by parcel.  `language`: that of the reader."""
    ports = _ports(ctx)
    found: dict[int, list[Told]] = {parcel.id: [] for parcel in parcels}
    carrier_of = {parcel.id: parcel.carrier_id for parcel in parcels}
    for row in queries.tracking_of(ctx, parcel_ids=list(found)):
        port = ports.get(carrier_of[row.parcel_id])
        words = port.words(row.raw_code) if port else {}
        own = "" if row.description == row.raw_code else row.description
        said = rules.words_for(language, description=own, words=words)
        found[row.parcel_id].append(Told(row, said))
    return found


def name_code(ctx: Ctx, *, provider: str, raw_code: str, status: str) -> int:
    """Says what a carrier's code means for this brand; parcels that it was told of are read anew.  Returns: how many.

    Locks: parcels, each by itself.  Refuses: words that are none of ours.
    """
    told = codes.name(ctx, provider=provider, raw_code=raw_code, status=status)
    for parcel_id in told:
        actions.record_scans(ctx, parcel_id=parcel_id, scans=[])
    return len(told)


def _ports(ctx: Ctx) -> Mapping[int | None, CarrierPort]:
    wired = carriers.names()
    rows = [row for row in queries.list_carriers(ctx) if row.provider in wired]
    return {row.id: carriers.get(row.provider, dict(row.settings)) for row in rows}
