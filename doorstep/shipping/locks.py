"""The one way in which parcels and labels are locked: parcels by id, then their labels by id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from doorstep.base import db
from doorstep.base.ctx import Ctx


@dataclass(frozen=True, slots=True)
class LockedParcel:
    id: int
    order_id: int
    fulfilment_order_id: int | None
    direction: str
    state: str
    status: str
    tracking_number: str
    carrier_id: int | None


@dataclass(frozen=True, slots=True)
class LockedLabel:
    id: int
    parcel_id: int
    state: str
    asked_times: int
    void_wanted: bool


def parcels(ctx: Ctx, ids: Iterable[int]) -> dict[int, LockedParcel]:
    """Locks parcels; ids of another organisation are not among them.  Locks: ascending by id."""
    rows = db.rows(
        LockedParcel,
        """SELECT id, order_id, fulfilment_order_id, direction, state, status, tracking_number, carrier_id FROM shipping_parcel
            WHERE organisation_id = %s AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE""",
        [ctx.organisation_id, sorted(set(ids))],
    )
    return {row.id: row for row in rows}


def labels_of(ctx: Ctx, parcel_ids: Iterable[int]) -> list[LockedLabel]:
    """Locks the labels of parcels that are locked already.  Locks: ascending by id."""
    return db.rows(
        LockedLabel,
        """SELECT id, parcel_id, state, asked_times, void_wanted_at IS NOT NULL AS void_wanted FROM shipping_label
            WHERE organisation_id = %s AND parcel_id = ANY(%s) ORDER BY id FOR NO KEY UPDATE""",
        [ctx.organisation_id, sorted(set(parcel_ids))],
    )
