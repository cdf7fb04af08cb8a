"""Reads of labels: what was wished for, and what still waits for its carrier."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.shipping.values import LIVE_LABELS, LabelRow

_LABEL = """
SELECT id, parcel_id, key, state, carrier_id, service, vendor_id, tracking_number, sort_code, cost_minor, cost_currency,
       problem, wanted_at, settled_at, asked_times, void_wanted_at, is_open, choice, void_refused_at, credit, paper
  FROM shipping_label
"""


def labels_of(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[LabelRow]:
    """Every label of parcels, those given back too, by parcel, newest first."""
    return db.rows(
        LabelRow,
        _LABEL + " WHERE organisation_id = %s AND parcel_id = ANY(%s) ORDER BY parcel_id, id DESC",
        [ctx.organisation_id, list(parcel_ids)],
    )


def live_labels_of(ctx: Ctx, *, parcel_ids: Sequence[int]) -> dict[int, LabelRow]:
    """The label of each parcel that is wanted, bought or unknown, by parcel."""
    return {
        row.parcel_id: row
        for row in labels_of(ctx, parcel_ids=parcel_ids)
        if row.state in LIVE_LABELS
    }


def get_label(ctx: Ctx, *, label_id: int) -> LabelRow:
    """One label.  Refuses: unknown ids."""
    found = db.one(LabelRow, _LABEL + " WHERE organisation_id = %s AND id = %s", [ctx.organisation_id, label_id])
    if found is None:
        raise Refused(NOT_FOUND, {"what": "label", "key": label_id})
    return found


def find_unsettled(*, older_than: datetime, limit: int = 200) -> list[tuple[int, int]]:
    """Labels whose wish (to buy or to give back) is open since then, of every organisation, oldest first.

    Those whose fulfilment order is on hold wait for its release.  Shapes: (organisation id, label id).
    """
    found = db.dicts(
        """SELECT l.organisation_id, l.id FROM shipping_label l
             JOIN shipping_parcel p ON p.organisation_id = l.organisation_id AND p.id = l.parcel_id
             LEFT JOIN orders_fulfilmentorder f ON f.organisation_id = p.organisation_id AND f.id = p.fulfilment_order_id
            WHERE (l.state IN ('wanted', 'unknown') OR (l.state = 'bought' AND l.void_wanted_at IS NOT NULL))
              AND COALESCE(l.void_wanted_at, l.wanted_at) < %s AND (COALESCE(f.state, '') <> 'on_hold' OR l.asked_times > 0)
            ORDER BY l.wanted_at LIMIT %s""",
        [older_than, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]


def find_unlabelled(*, older_than: datetime, limit: int = 200) -> list[tuple[int, int]]:
    """Packed parcels for which nobody ever wanted a label, oldest first.  Shapes: (organisation id, parcel id)."""
    found = db.dicts(
        """SELECT p.organisation_id, p.id FROM shipping_parcel p
            WHERE p.state = 'packed' AND p.packed_at < %s AND NOT EXISTS (SELECT 1 FROM shipping_label l
                  WHERE l.organisation_id = p.organisation_id AND l.parcel_id = p.id)
              AND EXISTS (SELECT 1 FROM shipping_carrier c WHERE c.organisation_id = p.organisation_id AND c.active)
            ORDER BY p.id LIMIT %s""",
        [older_than, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]
