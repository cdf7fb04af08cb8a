"""Manifests: what a carrier's driver will find at the end of the day, per place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from doorstep.base import db, jobs, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import NOT_FOUND, Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.shipping import events, locks, queries
from doorstep.shipping.port import Declined, Manifested

NOTHING_TO_CLOSE = Refusal(
    "nothing_to_close",
    gettext_noop("No labelled parcel waits here for %(carrier)s."),
    gettext_noop("Pack and label parcels first; those on a manifest already are not put on another."),
)
MOST = 500
_MANIFEST = """
SELECT m.id, m.location_id, l.name AS location_name, m.carrier_id, c.name AS carrier_name, m.key, m.state, m.vendor_id, m.barcode,
       m.url, m.problem, m.wanted_at, m.wanted_by, m.settled_at,
       (SELECT count(*) FROM shipping_manifestparcel i WHERE i.organisation_id = m.organisation_id AND i.manifest_id = m.id
           AND NOT i.off)::int AS parcels
  FROM shipping_manifest m
  JOIN locations_location l ON l.organisation_id = m.organisation_id AND l.id = m.location_id
  JOIN shipping_carrier c ON c.organisation_id = m.organisation_id AND c.id = m.carrier_id
"""


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """`state`: wanted, closed or declined.  `url`: the carrier's own paper, if any."""

    id: int
    location_id: int
    location_name: str
    carrier_id: int
    carrier_name: str
    key: str
    state: str
    vendor_id: str
    barcode: str
    url: str
    problem: str
    wanted_at: datetime
    wanted_by: str
    settled_at: datetime | None
    parcels: int


@dataclass(frozen=True, slots=True)
class OnManifest:
    """A parcel on a manifest.  `problem`: why it is missed, "" where it is on; `gone`: the driver has it."""

    parcel_id: int
    order_id: int
    order_name: str
    tracking_number: str
    vendor_id: str
    service: str
    weight_g: int
    recipient: str
    postal_code: str
    country: str
    problem: str
    off: bool
    state: str
    is_going_back: bool  # its label is being voided


@dataclass(frozen=True, slots=True)
class Waiting:
    """Labelled parcels at a place that are on no manifest of their carrier yet."""

    location_id: int
    carrier_id: int
    carrier_name: str
    parcels: int


def waiting(ctx: Ctx) -> list[Waiting]:
    """Where a day can be closed: labelled parcels on no manifest, by place and carrier."""
    return db.rows(
        Waiting,
        """SELECT p.location_id, p.carrier_id, c.name AS carrier_name, count(*)::int AS parcels FROM shipping_parcel p
             JOIN shipping_carrier c ON c.organisation_id = p.organisation_id AND c.id = p.carrier_id
             JOIN shipping_label l ON l.organisation_id = p.organisation_id AND l.parcel_id = p.id AND l.state = 'bought'
              AND l.void_wanted_at IS NULL
            WHERE p.organisation_id = %s AND p.state = 'labelled' AND p.direction = 'out' AND NOT EXISTS
                  (SELECT 1 FROM shipping_manifestparcel i WHERE i.organisation_id = p.organisation_id AND i.parcel_id = p.id
                      AND NOT i.off)
            GROUP BY 1, 2, 3 ORDER BY 1, 3""",
        [ctx.organisation_id],
    )


@transaction.atomic
def want(ctx: Ctx, *, location_id: int, carrier_id: int) -> int:
    """Closes the day of a carrier at a place: every labelled parcel there that is on no manifest; a job tells the carrier.

    Returns: the manifest's id.  Locks: parcels by id, then their labels.  Emits: ManifestWanted.
    Refuses: no such parcel (`NOTHING_TO_CLOSE`), unknown places and carriers.
    """
    carrier = queries.get_carrier(ctx, carrier_id=carrier_id)
    ids = db.column(
        """SELECT p.id FROM shipping_parcel p WHERE p.organisation_id = %s AND p.location_id = %s AND p.carrier_id = %s
              AND p.state = 'labelled' AND p.direction = 'out' AND NOT EXISTS
                  (SELECT 1 FROM shipping_manifestparcel i WHERE i.organisation_id = p.organisation_id AND i.parcel_id = p.id
                      AND NOT i.off)
            ORDER BY p.id LIMIT %s""",
        [ctx.organisation_id, location_id, carrier_id, MOST],
    )
    parcels = locks.parcels(ctx, ids)
    going_back = {label.parcel_id for label in locks.labels_of(ctx, parcels) if label.void_wanted}
    able = [i for i, p in parcels.items() if p.state == "labelled" and i not in going_back]
    if not able:
        raise Refused(NOTHING_TO_CLOSE, {"carrier": carrier.name})
    made: int = db.scalar(
        """INSERT INTO shipping_manifest (organisation_id, location_id, carrier_id, key, state, wanted_at, wanted_by)
           VALUES (%s, %s, %s, 'manifest-' || gen_random_uuid(), 'wanted', %s, %s) RETURNING id""",
        [ctx.organisation_id, location_id, carrier_id, ctx.now, ctx.actor.name[:80]],
    )
    put = db.column(
        """INSERT INTO shipping_manifestparcel (organisation_id, manifest_id, parcel_id)
           SELECT %s, %s, u FROM unnest(%s::bigint[]) u
           ON CONFLICT (organisation_id, parcel_id) WHERE NOT off DO NOTHING RETURNING parcel_id""",
        [ctx.organisation_id, made, able],
    )
    if not put:  # somebody closed it in the same moment
        raise Refused(NOTHING_TO_CLOSE, {"carrier": carrier.name})
    _tell(ctx, events.MANIFEST_WANTED, made, {"carrier": carrier.name, "parcels": len(put)})
    ask_for(ctx.organisation_id, made)
    return made


def ask_for(organisation_id: int, manifest_id: int, *, again: bool = False) -> None:
    """Defers the closing of one manifest; runs for one never overlap.  `again`: by a timer."""
    defer = jobs.defer_again if again else jobs.defer
    arguments = {"organisation_id": organisation_id, "manifest_id": manifest_id}
    defer("close_manifest", arguments=arguments, lock=f"manifest:{manifest_id}")


@transaction.atomic
def settle(ctx: Ctx, *, manifest_id: int, answer: Manifested | Declined) -> bool:
    """Notes what the carrier answered; parcels that it did not take on are named and free for the next one.

    A manifest that was declined frees all of them.  False: it was settled before.  Emits: ManifestClosed or ManifestDeclined.
    """
    row = get(ctx, manifest_id=manifest_id)
    is_closed = isinstance(answer, Manifested)
    told = answer if isinstance(answer, Manifested) else Manifested("", "")
    changed = db.execute(
        """UPDATE shipping_manifest SET state = %s, vendor_id = %s, barcode = %s, url = %s, problem = %s, settled_at = %s
            WHERE organisation_id = %s AND id = %s AND state = 'wanted'""",
        [
            "closed" if is_closed else "declined", told.vendor_id, told.barcode, told.url,
            "" if isinstance(answer, Manifested) else answer.reason[:500], ctx.now, ctx.organisation_id, manifest_id,
        ],
    )  # fmt: skip
    if not changed:
        return False
    missed = {one.tracking_number: one.reason for one in told.not_taken}
    _take_off(ctx, manifest_id, missed if is_closed else None)
    type_ = events.MANIFEST_CLOSED if is_closed else events.MANIFEST_DECLINED
    problem = "" if isinstance(answer, Manifested) else answer.reason[:200]
    _tell(ctx, type_, manifest_id, {"carrier": row.carrier_name, "missed": len(missed), "problem": problem})
    return True


def _take_off(ctx: Ctx, manifest_id: int, missed: Mapping[str, str] | None) -> None:
    lines = sorted((missed or {}).items())
    db.execute(
        """UPDATE shipping_manifestparcel i SET off = TRUE, problem = COALESCE(u.why, '')
             FROM shipping_parcel p LEFT JOIN unnest(%s::text[], %s::text[]) u(number, why) ON u.number = p.tracking_number
            WHERE i.organisation_id = %s AND i.manifest_id = %s AND p.organisation_id = i.organisation_id AND p.id = i.parcel_id
              AND (%s OR u.number IS NOT NULL)""",
        [*db.columns(lines, 2), ctx.organisation_id, manifest_id, missed is None],
    )


@transaction.atomic
def free(ctx: Ctx, *, parcel_ids: Sequence[int]) -> None:
    """Parcels whose label was given back are on no manifest any more."""
    db.execute(
        "UPDATE shipping_manifestparcel SET off = TRUE WHERE organisation_id = %s AND parcel_id = ANY(%s) AND NOT off",
        [ctx.organisation_id, list(parcel_ids)],
    )


def _tell(ctx: Ctx, type_: str, manifest_id: int, data: dict[str, object]) -> None:
    subject = f"manifest:{manifest_id}"
    outbox.record(ctx, [Happened(type_, subject, subject, data)])


def get(ctx: Ctx, *, manifest_id: int) -> ManifestRow:
    """One manifest.  Refuses: unknown ids."""
    found = db.one(ManifestRow, _MANIFEST + " WHERE m.organisation_id = %s AND m.id = %s", [ctx.organisation_id, manifest_id])
    if found is None:
        raise Refused(NOT_FOUND, {"what": "manifest", "key": manifest_id})
    return found


def list_manifests(ctx: Ctx, *, before: int | None = None, limit: int = 50) -> list[ManifestRow]:
    """Manifests, newest first.  Shapes: `before` is the id of the last row shown."""
    sql = _MANIFEST + " WHERE m.organisation_id = %s AND (%s::bigint IS NULL OR m.id < %s) ORDER BY m.id DESC LIMIT %s"
    return db.rows(ManifestRow, sql, [ctx.organisation_id, before, before, limit])


def parcels_on(ctx: Ctx, *, manifest_id: int) -> list[OnManifest]:
    """Every parcel that was put on a manifest, those that are off it last."""
    return db.rows(
        OnManifest,
        """SELECT p.id AS parcel_id, p.order_id, o.name AS order_name, p.tracking_number, COALESCE(l.vendor_id, '') AS vendor_id,
                  p.service, p.weight_g, COALESCE(p.ship_to->>'name', '') AS recipient,
                  COALESCE(p.ship_to->>'postal_code', '') AS postal_code, COALESCE(p.ship_to->>'country', '') AS country,
                  i.problem, i.off, p.state, l.void_wanted_at IS NOT NULL AS is_going_back
             FROM shipping_manifestparcel i
             JOIN shipping_parcel p ON p.organisation_id = i.organisation_id AND p.id = i.parcel_id
             JOIN orders_order o ON o.organisation_id = p.organisation_id AND o.id = p.order_id
             LEFT JOIN shipping_label l ON l.organisation_id = p.organisation_id AND l.parcel_id = p.id AND l.state = 'bought'
            WHERE i.organisation_id = %s AND i.manifest_id = %s ORDER BY i.off, p.id""",
        [ctx.organisation_id, manifest_id],
    )


def find_unsettled(*, older_than: datetime, limit: int = 100) -> list[tuple[int, int]]:
    """Manifests of every organisation that are still to be closed since then.  Shapes: (organisation id, manifest id)."""
    found = db.dicts(
        "SELECT organisation_id, id FROM shipping_manifest WHERE state = 'wanted' AND wanted_at < %s ORDER BY wanted_at LIMIT %s",
        [older_than, limit],
    )
    return [(line["organisation_id"], line["id"]) for line in found]
