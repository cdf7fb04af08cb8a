"""Reads of carriers, parcels, labels and tracking."""

from __future__ import annotations

from doorstep.shipping.queries.carriers import (
    CARRIERS,
    find_default_carrier,
    get_carrier,
    list_carriers,
)
from doorstep.shipping.queries.labels import (
    find_unlabelled,
    find_unsettled,
    get_label,
    labels_of,
    live_labels_of,
)
from doorstep.shipping.queries.parcels import (
    count_handed_over,
    count_on_the_floor,
    count_orders_sent,
    delivered_of,
    get_parcel,
    list_parcels,
    list_updated,
    live_parcels_of,
    on_the_floor,
    parcel_lines_of,
    parcels_back_of,
    parcels_by_id,
    parcels_of,
)
from doorstep.shipping.queries.tracking import (
    asides_of,
    bearer,
    bearers,
    find_awaited,
    find_given_up,
    find_quiet,
    find_untold,
    parcels_by_number,
    stands_of,
    tracking_of,
)
from doorstep.shipping.queries.underway import count_open, find_at_customs, find_overdue, find_silent

__all__ = [
    "CARRIERS",
    "asides_of",
    "bearer",
    "bearers",
    "count_handed_over",
    "count_on_the_floor",
    "count_open",
    "count_orders_sent",
    "delivered_of",
    "find_at_customs",
    "find_awaited",
    "find_default_carrier",
    "find_given_up",
    "find_overdue",
    "find_quiet",
    "find_silent",
    "find_unlabelled",
    "find_unsettled",
    "find_untold",
    "get_carrier",
    "get_label",
    "get_parcel",
    "labels_of",
    "list_carriers",
    "list_parcels",
    "list_updated",
    "live_labels_of",
    "live_parcels_of",
    "on_the_floor",
    "parcel_lines_of",
    "parcels_back_of",
    "parcels_by_id",
    "parcels_by_number",
    "parcels_of",
    "stands_of",
    "tracking_of",
]
