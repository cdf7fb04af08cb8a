"""Reads of carriers, parcels, labels and tracking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from doorstep.base import db, search
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.base.vendors import Accounts
from doorstep.shipping.numbers import Bearer
from doorstep.shipping.port import sells
from doorstep.shipping.values import (
    LIVE_LABELS,
    CarrierRow,
    Delivered,
    Direction,
    LabelRow,
    ParcelFilter,
    ParcelLineRow,
    ParcelRow,
    TrackingRow,
)

CARRIERS = Accounts[CarrierRow](CarrierRow, table="shipping_carrier", kind="carrier", called="carrier")
_PARCEL = """
SELECT p.id, p.order_id, COALESCE(p.fulfilment_order_id, 0) AS fulfilment_order_id, p.location_id, p.carrier_id,
       COALESCE(c.name, p.carried_by) AS carrier_name, p.direction, COALESCE(p.sender, '{}') AS sender, p.state,
       p.status, p.service, p.tracking_number, p.weight_g, p.ship_to, p.packed_at, p.handed_over_at, p.estimated_on,
       p.delivered_at, p.status_at, p.updated_at, p.box_name, p.length_mm, p.width_mm, p.height_mm, p.planned,
       p.expected_from, p.expected_on, p.expected_to, p.late_after, p.expected_level,
       p.expected_seen
  FROM shipping_parcel p LEFT JOIN shipping_carrier c ON c.organisation_id = p.organisation_id AND c.id = p.carrier_id
"""
_LABEL = """
SELECT id, parcel_id, key, state, carrier_id, service, vendor_id, tracking_number, sort_code, cost_minor, cost_currency,
       problem, wanted_at, settled_at, asked_times, void_wanted_at, is_open, choice, void_refused_at, credit, paper
  FROM shipping_label
"""


def list_carriers(ctx: Ctx) -> list[CarrierRow]:
    """Every carrier, those in use first, then the one preferred last, then in the order in which they were connected."""
    return CARRIERS.list(ctx, order="preferred_at DESC NULLS LAST, id")


def get_carrier(ctx: Ctx, *, carrier_id: int) -> CarrierRow:
    """One carrier.  Refuses: unknown ids."""
    return CARRIERS.get(ctx, id=carrier_id)


def find_default_carrier(ctx: Ctx) -> CarrierRow | None:
    """The carrier that labels are bought from: of those in use the one preferred last, else the first connected."""
    return next((row for row in list_carriers(ctx) if row.active and sells(row.provider)), None)


def find_owner(*, provider: str, slug: str) -> tuple[int, int] | None:
    """Whose carrier a webhook's address names, retired ones too.  Shapes: (organisation id, carrier id)."""
    return CARRIERS.find_owner(provider=provider, slug=slug)


def find_unsubscribed(*, older_than: datetime) -> Sequence[tuple[int, int]]:
    """Carriers that should have learned since then where their webhooks go.  Shapes: (organisation id, carrier id)."""
    return CARRIERS.find_unsubscribed(older_than=older_than)


def list_parcels(ctx: Ctx, *, where: ParcelFilter, before: int | None = None, limit: int = 50) -> list[ParcelRow]:
    """Parcels of one direction, newest first.  Shapes: `before` is the id of the last row shown (keyset paging)."""
    matches, words = search.matches("p.search", where.text)
    return db.rows(
        ParcelRow,
        f"""{_PARCEL} WHERE p.organisation_id = %s AND p.direction = %s AND (%s::bigint IS NULL OR p.id < %s)
              AND (%s = '' OR p.state = %s)
              AND (%s = '' OR p.status = %s) AND (%s = 0 OR p.carrier_id = %s) AND (%s = 0 OR p.location_id = %s)
              AND {matches}
            ORDER BY p.id DESC LIMIT %s""",
        [
            ctx.organisation_id, where.direction, before, before, where.state, where.state, where.status, where.status,
            where.carrier_id, where.carrier_id, where.location_id, where.location_id, *words, limit,
        ],
    )  # fmt: skip


def list_updated(
    ctx: Ctx, *, since: datetime, after: tuple[datetime, int] | None = None, limit: int = 50
) -> list[ParcelRow]:
    """Parcels to customers by when they last changed, oldest change first: what a program polls.

    Shapes: keyset (updated_at, id).
    """
    at, id = after or (None, None)
    return db.rows(
        ParcelRow,
        f"""{_PARCEL} WHERE p.organisation_id = %s AND p.direction = 'out' AND p.updated_at >= %s
              AND (%s::timestamptz IS NULL OR (p.updated_at, p.id) > (%s, %s))
            ORDER BY p.updated_at, p.id LIMIT %s""",
        [ctx.organisation_id, since, at, at, id, limit],
    )


def parcels_by_id(ctx: Ctx, *, ids: Sequence[int]) -> dict[int, ParcelRow]:
    """Parcels by id; those of another organisation are not among them."""
    rows = db.rows(
        ParcelRow, _PARCEL + " WHERE p.organisation_id = %s AND p.id = ANY(%s)", [ctx.organisation_id, list(ids)]
    )
    return {row.id: row for row in rows}


def get_parcel(ctx: Ctx, *, parcel_id: int) -> ParcelRow:
    """One parcel.  Refuses: unknown ids."""
    found = parcels_by_id(ctx, ids=[parcel_id]).get(parcel_id)
    if found is None:
        raise Refused(NOT_FOUND, {"what": "parcel", "key": parcel_id})
    return found


def parcels_of(ctx: Ctx, *, order_ids: Sequence[int]) -> list[ParcelRow]:
    """The parcels of orders to their customers, cancelled ones too, by id."""
    return _of_orders(ctx, order_ids, Direction.OUT)


def parcels_back_of(ctx: Ctx, *, order_ids: Sequence[int]) -> list[ParcelRow]:
    """The parcels that come back of orders, cancelled ones too, by id."""
    return _of_orders(ctx, order_ids, Direction.BACK)


def _of_orders(ctx: Ctx, order_ids: Sequence[int], direction: Direction) -> list[ParcelRow]:
    return db.rows(
        ParcelRow,
        _PARCEL + " WHERE p.organisation_id = %s AND p.order_id = ANY(%s) AND p.direction = %s ORDER BY p.id",
        [ctx.organisation_id, list(order_ids), direction.value],
    )


def delivered_of(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, Delivered]:
    """Units of each order line that the carrier delivered, and when the last of them came, by order line."""
    rows = db.rows(
        Delivered,
        """SELECT i.order_line_id, sum(i.qty)::int AS qty, max(p.delivered_at) AS at FROM shipping_parcel p
             JOIN shipping_parcelline i ON i.organisation_id = p.organisation_id AND i.parcel_id = p.id
            WHERE p.organisation_id = %s AND p.order_id = ANY(%s) AND p.direction = 'out' AND p.status = 'delivered'
            GROUP BY 1""",
        [ctx.organisation_id, list(order_ids)],
    )
    return {row.order_line_id: row for row in rows}


def parcels_by_number(ctx: Ctx, *, numbers: Sequence[tuple[int, str]]) -> dict[tuple[int, str], list[ParcelRow]]:
    """Parcels by (carrier id, tracking number), which carriers use again; numbers that no parcel bears are not among them."""
    rows = db.rows(
        ParcelRow,
        f"""{_PARCEL} WHERE p.organisation_id = %s AND p.tracking_number <> ''
              AND (p.carrier_id, p.tracking_number) IN (SELECT * FROM unnest(%s::bigint[], %s::text[]))""",
        [ctx.organisation_id, [c for c, _ in numbers], [n for _, n in numbers]],
    )
    found: dict[tuple[int, str], list[ParcelRow]] = {}
    for row in rows:
        found.setdefault((row.carrier_id or 0, row.tracking_number), []).append(row)
    return found


def bearers(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[Bearer]:
    """Parcels as those that bear a number, by id."""
    return db.rows(
        Bearer,
        """SELECT p.id, COALESCE(p.tracked_since, p.packed_at) AS since, p.delivered_at, e.at AS heard_at, p.vouched,
                  COALESCE(p.ship_to->>'country', '') AS country, COALESCE(p.ship_to->>'postal_code', '') AS postal_code
             FROM shipping_parcel p
             LEFT JOIN LATERAL (SELECT max(t.at) AS at FROM shipping_trackingevent t WHERE t.organisation_id = p.organisation_id
                                   AND t.parcel_id = p.id AND t.aside = '') e ON TRUE
            WHERE p.organisation_id = %s AND p.id = ANY(%s) ORDER BY p.id""",
        [ctx.organisation_id, list(parcel_ids)],
    )


def bearer(ctx: Ctx, *, parcel_id: int) -> Bearer:
    """One parcel as the bearer of its number.  Refuses: unknown ids."""
    found = bearers(ctx, parcel_ids=[parcel_id])
    if not found:
        raise Refused(NOT_FOUND, {"what": "parcel", "key": parcel_id})
    return found[0]


def live_parcels_of(ctx: Ctx, *, fulfilment_order_ids: Sequence[int]) -> dict[int, list[ParcelRow]]:
    """The parcels of each fulfilment order that has any, by fulfilment order and id; cancelled ones do not count."""
    rows = db.rows(
        ParcelRow,
        _PARCEL + " WHERE p.organisation_id = %s AND p.fulfilment_order_id = ANY(%s) AND p.state <> 'cancelled' ORDER BY p.id",
        [ctx.organisation_id, list(fulfilment_order_ids)],
    )
    found: dict[int, list[ParcelRow]] = {}
    for row in rows:
        found.setdefault(row.fulfilment_order_id, []).append(row)
    return found


def parcel_lines_of(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[ParcelLineRow]:
    """What lies in parcels, by parcel and position in the order."""
    return db.rows(
        ParcelLineRow,
        """SELECT i.parcel_id, i.order_line_id, i.variant_id, l.sku, l.title, i.qty,
                  COALESCE(NULLIF(b.title, ''), b.sku, '') AS part_of FROM shipping_parcelline i
             JOIN orders_orderline l ON l.organisation_id = i.organisation_id AND l.id = i.order_line_id
             LEFT JOIN orders_orderbundle b ON b.organisation_id = l.organisation_id AND b.id = l.bundle_id
            WHERE i.organisation_id = %s AND i.parcel_id = ANY(%s) ORDER BY i.parcel_id, l.position""",
        [ctx.organisation_id, list(parcel_ids)],
    )


def on_the_floor(ctx: Ctx) -> list[ParcelRow]:
    """Parcels to customers that are closed but have not left, oldest first."""
    return db.rows(
        ParcelRow,
        f"""{_PARCEL} WHERE p.organisation_id = %s AND p.state IN ('packed', 'labelled') AND p.direction = 'out'
            ORDER BY p.id LIMIT 500""",
        [ctx.organisation_id],
    )


def count_on_the_floor(ctx: Ctx) -> dict[tuple[int, str], int]:
    """How many parcels to customers have not left, per (location, state)."""
    found = db.dicts(
        """SELECT location_id, state, count(*) AS n FROM shipping_parcel
            WHERE organisation_id = %s AND state IN ('packed', 'labelled') AND direction = 'out' GROUP BY 1, 2""",
        [ctx.organisation_id],
    )
    return {(line["location_id"], line["state"]): line["n"] for line in found}


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


def tracking_of(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[TrackingRow]:
    """What carriers told of parcels, newest first; scans of others with the same number are not among it."""
    return _told(ctx, parcel_ids, "aside = ''")


def asides_of(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[TrackingRow]:
    """What carriers told under the numbers of parcels of other ones, newest first."""
    return _told(ctx, parcel_ids, "aside <> ''")


def _told(ctx: Ctx, parcel_ids: Sequence[int], where: str) -> list[TrackingRow]:
    return db.rows(
        TrackingRow,
        f"""SELECT id, parcel_id, external_id, status, raw_code, description, place, at, trouble, aside
              FROM shipping_trackingevent
             WHERE organisation_id = %s AND parcel_id = ANY(%s) AND {where} ORDER BY at DESC, id DESC""",
        [ctx.organisation_id, list(parcel_ids)],
    )


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


def find_untold(*, older_than: datetime, limit: int = 500) -> list[tuple[int, int]]:
    """Parcels that we handed over of which their carrier knows nothing yet.  Shapes: (organisation id, parcel id)."""
    found = db.dicts(
        """SELECT organisation_id, id FROM shipping_parcel WHERE state = 'handed_over' AND delivered_at IS NULL
              AND told_at IS NULL AND direction = 'out' AND handed_over_at < %s ORDER BY handed_over_at LIMIT %s""",
        [older_than, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]


def count_handed_over(ctx: Ctx, *, since: datetime, until: datetime) -> int:
    """How many parcels left for customers in a period."""
    return int(
        db.scalar(
            """SELECT count(*) FROM shipping_parcel WHERE organisation_id = %s AND state = 'handed_over' AND direction = 'out'
                  AND handed_over_at >= %s AND handed_over_at < %s""",
            [ctx.organisation_id, since, until],
        )
    )


def count_orders_sent(ctx: Ctx, *, since: datetime, until: datetime) -> int:
    """How many orders began to leave in a period: their first parcel did."""
    return int(
        db.scalar(
            """SELECT count(DISTINCT p.order_id) FROM shipping_parcel p
                WHERE p.organisation_id = %s AND p.state = 'handed_over' AND p.direction = 'out' AND p.handed_over_at >= %s
                  AND p.handed_over_at < %s
                  AND NOT EXISTS (SELECT 1 FROM shipping_parcel e WHERE e.organisation_id = p.organisation_id
                                     AND e.order_id = p.order_id AND e.direction = 'out' AND e.handed_over_at < %s)""",
            [ctx.organisation_id, since, until, since],
        )
    )


def find_silent(
    ctx: Ctx, *, quiet_since: datetime, heard_after: datetime | None = None, ids: Sequence[int] | None = None, after: int = 0,
    limit: int = 500,
) -> list[tuple[ParcelRow, datetime]]:  # fmt: skip
    """Parcels on their way to customers without a scan since then, by id, with when they last had one or were handed over.

    Those that wait for their customer, go back or are given up are not on their way.  `heard_after`: older silences are
    left out.  `ids`: only these.  Shapes: `after` is the id of the last row seen.
    """
    wanted = None if ids is None else list(ids)
    found = db.dicts(
        """SELECT p.id, GREATEST(p.handed_over_at, e.at) AS heard_at FROM shipping_parcel p
             LEFT JOIN LATERAL (SELECT max(t.at) AS at FROM shipping_trackingevent t
                                 WHERE t.organisation_id = p.organisation_id AND t.parcel_id = p.id AND t.aside = '') e ON TRUE
            WHERE p.organisation_id = %s AND p.id > %s AND p.state = 'handed_over' AND p.direction = 'out'
              AND p.delivered_at IS NULL AND p.status NOT IN ('available_for_pickup', 'return_to_sender', 'cancelled', 'expired')
              AND p.handed_over_at <= %s AND GREATEST(p.handed_over_at, e.at) <= %s
              AND (%s::timestamptz IS NULL OR GREATEST(p.handed_over_at, e.at) > %s)
              AND (%s::bigint[] IS NULL OR p.id = ANY(%s))
            ORDER BY p.id LIMIT %s""",
        [ctx.organisation_id, after, quiet_since, quiet_since, heard_after, heard_after, wanted, wanted, limit],
    )
    rows = parcels_by_id(ctx, ids=[line["id"] for line in found])
    return [(rows[line["id"]], line["heard_at"]) for line in found]


def find_overdue(ctx: Ctx, *, on: date, after: int = 0, limit: int = 500) -> list[ParcelRow]:
    """Parcels on their way to customers that were to come before a day, by their lane or by their carrier, by id.

    Shapes: `after` is the id of the last row seen.
    """
    return db.rows(
        ParcelRow,
        f"""{_PARCEL} WHERE p.organisation_id = %s AND p.id > %s AND p.state = 'handed_over' AND p.direction = 'out'
              AND p.delivered_at IS NULL
              AND p.status NOT IN ('available_for_pickup', 'return_to_sender', 'cancelled', 'expired')
              AND LEAST(p.late_after, p.estimated_on) < %s
            ORDER BY p.id LIMIT %s""",
        [ctx.organisation_id, after, on, limit],
    )


def find_at_customs(ctx: Ctx, *, since: datetime, limit: int = 500) -> list[tuple[ParcelRow, datetime]]:
    """Parcels on their way whose newest scan says since then that they wait at customs, by id, with when it said so."""
    found = db.dicts(
        """SELECT p.id, e.at FROM shipping_parcel p
             JOIN LATERAL (SELECT t.at, t.trouble FROM shipping_trackingevent t
                            WHERE t.organisation_id = p.organisation_id AND t.parcel_id = p.id AND t.aside = ''
                            ORDER BY t.at DESC, t.id DESC LIMIT 1) e ON e.trouble = 'customs'
            WHERE p.organisation_id = %s AND p.state = 'handed_over' AND p.direction = 'out' AND p.delivered_at IS NULL
              AND p.status NOT IN ('return_to_sender', 'cancelled', 'expired') AND e.at <= %s
            ORDER BY p.id LIMIT %s""",
        [ctx.organisation_id, since, limit],
    )
    rows = parcels_by_id(ctx, ids=[line["id"] for line in found])
    return [(rows[line["id"]], line["at"]) for line in found]


def find_given_up(*, never_since: datetime, silent_since: datetime, limit: int = 500) -> list[tuple[int, int]]:
    """Parcels on their way of which nothing was heard since then.  Shapes: (organisation id, parcel id).

    `never_since`: of those that were never scanned.
    """
    found = db.dicts(
        """SELECT organisation_id, id FROM shipping_parcel WHERE state = 'handed_over' AND delivered_at IS NULL
              AND status NOT IN ('return_to_sender', 'cancelled', 'expired')
              AND GREATEST(handed_over_at, status_at)
                  < CASE WHEN status IN ('pre_transit', 'unknown') THEN %s::timestamptz ELSE %s::timestamptz END
            ORDER BY handed_over_at LIMIT %s""",
        [never_since, silent_since, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]


def count_open(ctx: Ctx, *, carrier_id: int) -> int:
    """How many parcels of a carrier have left and not arrived."""
    return int(
        db.scalar(
            """SELECT count(*) FROM shipping_parcel WHERE organisation_id = %s AND carrier_id = %s AND state = 'handed_over'
                  AND delivered_at IS NULL AND status NOT IN ('return_to_sender', 'cancelled', 'expired')""",
            [ctx.organisation_id, carrier_id],
        )
    )


def find_awaited(*, quiet_since: datetime, limit: int = 50) -> list[tuple[int, int]]:
    """Labelled parcels that customers shall send, of which nobody asked since then.  Shapes: (organisation id, parcel id)."""
    found = db.dicts(
        """SELECT organisation_id, id FROM shipping_parcel WHERE direction = 'back' AND state = 'labelled'
              AND GREATEST(packed_at, status_at, checked_at) < %s
            ORDER BY GREATEST(packed_at, status_at, checked_at) LIMIT %s""",
        [quiet_since, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]


def find_quiet(
    *, quiet_since: datetime, talking_since: datetime, quiet_although_talking_since: datetime, now: datetime | None = None,
    limit: int = 100,
) -> list[tuple[int, int]]:
    """Parcels on their way of which nothing was heard or asked since then.  Shapes: (organisation id, parcel id).

    A carrier whose webhooks came after `talking_since` is given until `quiet_although_talking_since`.  `now`: those that are not to
    be asked after yet are left out; where it is left out, as of `quiet_since`.
    """
    due = now or quiet_since
    found = db.dicts(
        """SELECT p.organisation_id, p.id FROM shipping_parcel p
             JOIN shipping_carrier c ON c.organisation_id = p.organisation_id AND c.id = p.carrier_id
            WHERE p.state = 'handed_over' AND p.delivered_at IS NULL AND p.told_at IS NOT NULL
              AND p.status NOT IN ('return_to_sender', 'cancelled', 'expired')
              AND (p.ask_at IS NULL OR p.ask_at <= %s) AND (c.quiet_until IS NULL OR c.quiet_until <= %s)
              AND GREATEST(p.handed_over_at, p.status_at, p.checked_at)
                  < CASE WHEN c.heard_at > %s THEN %s::timestamptz ELSE %s::timestamptz END
            ORDER BY GREATEST(p.handed_over_at, p.status_at, p.checked_at) LIMIT %s""",
        [due, due, talking_since, quiet_although_talking_since, quiet_since, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]
