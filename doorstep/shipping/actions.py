"""Writes to parcels, labels and tracking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from doorstep.base import db, jobs, outbox
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Happened
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.shipping import carriers, events, locks, queries, rules
from doorstep.shipping.port import Bought, Declined, Scan
from doorstep.shipping.values import (
    CARRIER_RETIRED,
    COMES_BACK,
    LABEL_GOING_BACK,
    LABELS,
    LIVE_LABELS,
    NO_LABEL,
    NOT_ON_THE_FLOOR,
    NOT_TAKEN_BACK,
    NOT_YET_SCANNED,
    NOTHING_TO_VOID,
    ON_THE_FLOOR,
    PARCELS,
    BackBox,
    Box,
    Direction,
    LabelState,
    Packed,
    ParcelState,
    TrackingStatus,
)

connect_carrier, set_carrier_settings = carriers.connect, carriers.set_settings


@transaction.atomic
def pack(ctx: Ctx, *, boxes: Sequence[Box]) -> list[int]:
    """Closes parcels; a fulfilment order that has one already gets no second.

    Returns: ids of new parcels.  Emits: ParcelPacked.
    """
    made = []
    for box in boxes:
        words = rules.search_text(box.order_name, str(box.ship_to.get("name", "")))
        new = db.column(
            """INSERT INTO shipping_parcel (organisation_id, order_id, fulfilment_order_id, location_id, state, status, service,
                                            tracking_number, weight_g, ship_to, packed_at, updated_at, search)
               VALUES (%s, %s, %s, %s, 'packed', 'pre_transit', '', '', %s, %s::jsonb, %s, %s, base_searchable(%s))
               ON CONFLICT (organisation_id, fulfilment_order_id) WHERE NOT (state = 'cancelled') DO NOTHING RETURNING id""",
            [
                ctx.organisation_id, box.order_id, box.fulfilment_order_id, box.location_id, box.weight_g,
                db.as_json(dict(box.ship_to)), ctx.now, ctx.now, words,
            ],
        )  # fmt: skip
        if not new:
            continue
        _put_in(ctx, new[0], box.contents)
        made.append((int(new[0]), box))
    outbox.record(
        ctx,
        [
            Happened(events.PARCEL_PACKED, f"parcel:{i}", f"order:{box.order_id}", {"weight_g": box.weight_g})
            for i, box in made
        ],
    )
    return [i for i, _ in made]


def _put_in(ctx: Ctx, parcel_id: int, contents: Sequence[Packed]) -> None:
    db.execute(
        """INSERT INTO shipping_parcelline (organisation_id, parcel_id, order_line_id, variant_id, qty)
           SELECT %s, %s, u.* FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) u""",
        [ctx.organisation_id, parcel_id] + db.columns([(c.order_line_id, c.variant_id, c.qty) for c in contents], 3),
    )


@transaction.atomic
def await_back(ctx: Ctx, *, box: BackBox) -> int:
    """Opens a parcel that a customer shall send back; whoever asks for it keeps its id, so that one wish makes one."""
    parcel_id: int = db.scalar(
        """INSERT INTO shipping_parcel (organisation_id, order_id, direction, sender, location_id, state, status, service,
                                        tracking_number, weight_g, ship_to, packed_at, updated_at, search)
           VALUES (%s, %s, 'back', %s::jsonb, %s, 'packed', 'pre_transit', '', '', %s, %s::jsonb, %s, %s,
                   base_searchable(%s)) RETURNING id""",
        [
            ctx.organisation_id, box.order_id, db.as_json(dict(box.sender)), box.location_id, box.weight_g,
            db.as_json(dict(box.ship_to)), ctx.now, ctx.now,
            rules.search_text(box.order_name, str(box.sender.get("name", ""))),
        ],
    )  # fmt: skip
    _put_in(ctx, parcel_id, box.contents)
    return parcel_id


@transaction.atomic
def want_label(ctx: Ctx, *, parcel_ids: Sequence[int], carrier_id: int) -> list[int]:
    """Wishes for one label per packed parcel; a parcel whose label is wanted, bought or unknown gets no second wish.

    Returns: ids of new wishes, whose purchase is deferred to the worker.  Emits: LabelWanted.  Refuses: retired carriers.
    """
    carrier = queries.get_carrier(ctx, carrier_id=carrier_id)
    if not carrier.active:
        raise Refused(CARRIER_RETIRED, {"carrier": carrier.name})
    parcels = locks.parcels(ctx, parcel_ids)
    packed = [i for i, p in parcels.items() if p.state == ParcelState.PACKED]
    made = db.dicts(
        """INSERT INTO shipping_label (organisation_id, parcel_id, key, state, carrier_id, service, vendor_id, tracking_number,
                                       sort_code, cost_minor, cost_currency, problem, wanted_at, asked_times)
           SELECT %s, p, 'label-' || gen_random_uuid(), 'wanted', %s, '', '', '', '', 0, '', '', %s, 0
             FROM unnest(%s::bigint[]) p
           ON CONFLICT (organisation_id, parcel_id) WHERE state IN ('wanted', 'bought', 'unknown') DO NOTHING
           RETURNING id, parcel_id""",
        [ctx.organisation_id, carrier_id, ctx.now, packed],
    )
    for line in made:
        ask_for(ctx.organisation_id, line["id"])
    _tell(ctx, events.LABEL_WANTED, {line["parcel_id"]: {"label_id": line["id"]} for line in made}, parcels)
    return [line["id"] for line in made]


def ask_for(organisation_id: int, label_id: int, *, again: bool = False) -> None:
    """Defers the purchase (or the return) of one label; runs for one label never overlap.  `again`: by a timer."""
    defer = jobs.defer_again if again else jobs.defer
    arguments = {"organisation_id": organisation_id, "label_id": label_id}
    defer("settle_label", arguments=arguments, lock=f"label:{label_id}")


@transaction.atomic
def begin(ctx: Ctx, *, label_id: int, service: str) -> bool:
    """Notes, before the carrier is called, that it will be asked for this service.  False: the wish is settled already."""
    return bool(
        db.execute(
            """UPDATE shipping_label SET asked_times = asked_times + 1, service = %s
                WHERE organisation_id = %s AND id = %s AND state = ANY(%s)""",
            [service, ctx.organisation_id, label_id, LABELS.sources(LabelState.BOUGHT)],
        )
    )


@transaction.atomic
def settle_label(ctx: Ctx, *, label_id: int, answer: Bought | Declined | None, problem: str = "") -> bool:
    """Notes what the carrier answered; None when it did not.  False: somebody settled it before.

    Locks: the parcel, then the label.  Emits: LabelBought, LabelDeclined or LabelUnknown.
    """
    label = queries.get_label(ctx, label_id=label_id)
    parcels = locks.parcels(ctx, [label.parcel_id])
    to = (
        LabelState.UNKNOWN
        if answer is None
        else LabelState.BOUGHT
        if isinstance(answer, Bought)
        else LabelState.DECLINED
    )
    bought = answer if isinstance(answer, Bought) else None
    reason = answer.reason if isinstance(answer, Declined) else problem
    changed = db.execute(
        """UPDATE shipping_label SET state = %s, vendor_id = %s, tracking_number = %s, sort_code = %s, cost_minor = %s,
                  cost_currency = %s, problem = %s, settled_at = CASE WHEN %s THEN %s::timestamptz END
            WHERE organisation_id = %s AND id = %s AND state = ANY(%s)""",
        [
            to.value, bought.vendor_id if bought else "", bought.tracking_number if bought else "",
            bought.sort_code if bought else "", bought.cost.minor if bought else 0,
            bought.cost.currency if bought else "", reason[:500], answer is not None, ctx.now, ctx.organisation_id,
            label_id, LABELS.sources(to),
        ],
    )  # fmt: skip
    if not changed:
        return False
    if bought:
        _put_on(ctx, label.parcel_id, label.carrier_id, bought)
    types = {
        LabelState.BOUGHT: events.LABEL_BOUGHT,
        LabelState.DECLINED: events.LABEL_DECLINED,
        LabelState.UNKNOWN: events.LABEL_UNKNOWN,
    }
    data = {"label_id": label_id, "problem": reason[:200]}
    if bought:
        data |= {"tracking_number": bought.tracking_number, "service": bought.service}
    _tell(ctx, types[to], {label.parcel_id: data}, parcels)
    return True


def _put_on(ctx: Ctx, parcel_id: int, carrier_id: int, bought: Bought) -> None:
    """A bought label goes on its parcel; one bought for a parcel cancelled meanwhile is to be given back."""
    labelled = db.execute(
        """UPDATE shipping_parcel SET state = 'labelled', carrier_id = %s, service = %s, tracking_number = %s,
                  search = search || ' ' || base_searchable(%s)
            WHERE organisation_id = %s AND id = %s AND state = ANY(%s)""",
        [
            carrier_id, bought.service, bought.tracking_number, bought.tracking_number, ctx.organisation_id, parcel_id,
            PARCELS.sources(ParcelState.LABELLED),
        ],
    )  # fmt: skip
    if not labelled:
        _want_void(ctx, [parcel_id])


@transaction.atomic
def cancel_parcels(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[int]:
    """Takes parcels that have not left out of the way; their labels are to be given back.

    Returns: ids of the parcels cancelled.  Locks: parcels by id.  Emits: ParcelCancelled.
    """
    parcels = locks.parcels(ctx, parcel_ids)
    able = [i for i, p in parcels.items() if PARCELS.can(ParcelState(p.state), ParcelState.CANCELLED)]
    db.execute(
        "UPDATE shipping_parcel SET state = 'cancelled' WHERE organisation_id = %s AND id = ANY(%s)",
        [ctx.organisation_id, able],
    )
    _want_void(ctx, able)
    _tell(ctx, events.PARCEL_CANCELLED, {i: {} for i in able}, parcels)
    return able


@transaction.atomic
def want_void(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[int]:
    """Wishes for the labels of parcels to be voided; a wish for a label that was never sent just ends.

    A parcel keeps its label, and does not leave, until the carrier has answered; then it is packed and may get another.
    Saying it twice changes nothing.  Returns: ids of the labels that the carrier is now asked to take back.
    Locks: parcels by id, then their labels.  Emits: VoidWanted, or LabelVoided where nothing was ever sent.
    Refuses: unknown parcels, those that have left or were cancelled, and those without a label.
    """
    parcels = locks.parcels(ctx, parcel_ids)
    has_label = {row.parcel_id for row in locks.labels_of(ctx, parcels) if row.state in LIVE_LABELS}
    for id in parcel_ids:
        if id not in parcels:
            raise Refused(NOT_FOUND, {"what": "parcel", "key": id})
        if parcels[id].state not in ON_THE_FLOOR:
            raise Refused(NOT_ON_THE_FLOOR, {"parcel": id, "state": parcels[id].state})
        if id not in has_label:
            raise Refused(NOTHING_TO_VOID, {"parcel": id})
    ended, asked = _want_void(ctx, list(parcels))
    _tell(ctx, events.LABEL_VOIDED, {parcel: {"label_id": label} for label, parcel in ended}, parcels)
    _tell(ctx, events.VOID_WANTED, {parcel: {"label_id": label} for label, parcel in asked}, parcels)
    return [label for label, _ in asked]


LabelOf = tuple[int, int]


def _want_void(ctx: Ctx, parcel_ids: Sequence[int]) -> tuple[list[LabelOf], list[LabelOf]]:
    """A wish that was never asked for just ends; one that may have been bought is settled by the worker.

    Shapes: (label id, parcel id) of those that ended, and of those that are to be settled.
    """
    ended = db.dicts(
        """UPDATE shipping_label SET state = 'voided', settled_at = %s WHERE organisation_id = %s AND parcel_id = ANY(%s)
              AND state = 'wanted' AND asked_times = 0 RETURNING id, parcel_id""",
        [ctx.now, ctx.organisation_id, list(parcel_ids)],
    )
    asked = db.dicts(
        """UPDATE shipping_label SET void_wanted_at = %s WHERE organisation_id = %s AND parcel_id = ANY(%s)
              AND state = ANY(%s) AND void_wanted_at IS NULL RETURNING id, parcel_id""",
        [ctx.now, ctx.organisation_id, list(parcel_ids), LABELS.sources(LabelState.VOIDED)],
    )
    for line in asked:
        ask_for(ctx.organisation_id, line["id"])
    return [(x["id"], x["parcel_id"]) for x in ended], [(x["id"], x["parcel_id"]) for x in asked]


@transaction.atomic
def settle_void(ctx: Ctx, *, label_id: int, taken_back: bool) -> None:
    """Notes whether the carrier took a label back; if so, a parcel that has not left is packed again, without a number.

    Locks: the parcel, then the label.  Emits: LabelVoided or VoidRefused.
    """
    label = queries.get_label(ctx, label_id=label_id)
    parcels = locks.parcels(ctx, [label.parcel_id])
    changed = db.execute(
        """UPDATE shipping_label SET state = CASE WHEN %s THEN 'voided' ELSE state END, void_wanted_at = NULL, problem = %s
            WHERE organisation_id = %s AND id = %s AND void_wanted_at IS NOT NULL AND state = ANY(%s)""",
        [
            taken_back, "" if taken_back else NOT_TAKEN_BACK, ctx.organisation_id, label_id,
            LABELS.sources(LabelState.VOIDED),
        ],
    )  # fmt: skip
    if changed and taken_back:
        db.execute(
            """UPDATE shipping_parcel SET state = 'packed', carrier_id = NULL, service = '', tracking_number = ''
                WHERE organisation_id = %s AND id = %s AND state = ANY(%s)""",
            [ctx.organisation_id, label.parcel_id, PARCELS.sources(ParcelState.PACKED)],
        )
    if changed:
        type_ = events.LABEL_VOIDED if taken_back else events.VOID_REFUSED
        _tell(ctx, type_, {label.parcel_id: {"label_id": label_id}}, parcels)


@transaction.atomic
def hand_over(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[int]:
    """Marks labelled parcels as given to the carrier; those that left before are left alone.

    Returns: ids handed over now.  Locks: parcels by id, then their labels.  Emits: ParcelHandedOver.
    Refuses: parcels without a label, or whose label is being voided, and those that customers hand over.
    """
    parcels = locks.parcels(ctx, parcel_ids)
    for id, parcel in parcels.items():
        if parcel.direction == Direction.BACK:
            raise Refused(COMES_BACK, {"parcel": id})
        if parcel.state == ParcelState.PACKED:
            raise Refused(NO_LABEL, {"parcel": id})
    able = [i for i, p in parcels.items() if PARCELS.can(ParcelState(p.state), ParcelState.HANDED_OVER)]
    for label in locks.labels_of(ctx, able):
        if label.void_wanted:
            raise Refused(LABEL_GOING_BACK, {"parcel": label.parcel_id})
    db.execute(
        "UPDATE shipping_parcel SET state = 'handed_over', handed_over_at = %s WHERE organisation_id = %s AND id = ANY(%s)",
        [ctx.now, ctx.organisation_id, able],
    )
    _tell(ctx, events.PARCEL_HANDED_OVER, {i: {"tracking_number": parcels[i].tracking_number} for i in able}, parcels)
    return able


@transaction.atomic
def mark_told(ctx: Ctx, *, parcel_ids: Sequence[int], refused: Mapping[int, str]) -> None:
    """Notes that the carrier knows of a hand-over.  Emits: ParcelRefused for those it will not collect."""
    parcels = locks.parcels(ctx, parcel_ids)
    db.execute(
        "UPDATE shipping_parcel SET told_at = %s WHERE organisation_id = %s AND id = ANY(%s) AND told_at IS NULL",
        [ctx.now, ctx.organisation_id, list(parcel_ids)],
    )
    _tell(ctx, events.PARCEL_REFUSED, {i: {"problem": why} for i, why in refused.items()}, parcels)


@transaction.atomic
def record_scans(ctx: Ctx, *, parcel_id: int, scans: Sequence[Scan]) -> set[str]:
    """Keeps what a carrier told of a parcel; the same event twice, or in disorder, changes nothing.

    Returns: the carrier's ids of the events that were news.
    Locks: the parcel.  Emits: ParcelTracked when its status changes, ParcelDelivered once; of one that comes back
    ParcelComingBack at its first scan and ParcelBack when it is here.
    """
    parcels = locks.parcels(ctx, [parcel_id])
    lines = [
        (
            s.external_id[:120],
            s.status.value if s.status else "",
            s.raw_code[:40],
            s.description[:255],
            s.place[:120],
            s.at,
        )
        for s in scans
    ]
    before = [(e.at, e.status) for e in queries.tracking_of(ctx, parcel_ids=[parcel_id])]
    news = db.column(
        """INSERT INTO shipping_trackingevent (organisation_id, parcel_id, external_id, status, raw_code, description, place, at,
                                               received_at)
           SELECT %s, %s, u.*, %s FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[]) u
           ON CONFLICT (organisation_id, parcel_id, external_id) DO NOTHING RETURNING external_id""",
        [ctx.organisation_id, parcel_id, ctx.now, *db.columns(lines, 6)],
    )
    told = [(e.at, e.status) for e in queries.tracking_of(ctx, parcel_ids=[parcel_id])]
    now = rules.status_after(told)
    newest = max((s for s in scans if s.estimated_on), key=lambda s: s.at, default=None)
    known_until = max((at for at, _ in before), default=None)
    estimated = newest.estimated_on if newest and (known_until is None or newest.at >= known_until) else None
    at, status = now or (None, TrackingStatus(parcels[parcel_id].status))
    was_delivered = queries.get_parcel(ctx, parcel_id=parcel_id).delivered_at is not None
    delivered_at: datetime | None = at if status is TrackingStatus.DELIVERED else None
    db.execute(
        """UPDATE shipping_parcel SET status = %s, status_at = COALESCE(%s, status_at), checked_at = %s,
                  delivered_at = COALESCE(delivered_at, %s), estimated_on = COALESCE(%s, estimated_on)
            WHERE organisation_id = %s AND id = %s""",
        [status.value, at, ctx.now, delivered_at, estimated, ctx.organisation_id, parcel_id],
    )
    if news:
        _touch(ctx, [parcel_id])
    if status != parcels[parcel_id].status:
        _tell(ctx, events.PARCEL_TRACKED, {parcel_id: {"status": status.value}}, parcels)
        is_back = parcels[parcel_id].direction == Direction.BACK
        if is_back and status not in NOT_YET_SCANNED:
            _set_out(ctx, parcel_id, at or ctx.now, parcels)
        if status is TrackingStatus.DELIVERED and not was_delivered:
            _tell(ctx, events.PARCEL_BACK if is_back else events.PARCEL_DELIVERED, {parcel_id: {}}, parcels)
    return set(news)


def _set_out(ctx: Ctx, parcel_id: int, at: datetime, parcels: Mapping[int, locks.LockedParcel]) -> None:
    """A parcel that comes back is in the carrier's hands from its first scan; nobody else says so."""
    changed = db.execute(
        """UPDATE shipping_parcel SET state = 'handed_over', handed_over_at = %s, told_at = %s
            WHERE organisation_id = %s AND id = %s AND state = ANY(%s)""",
        [at, ctx.now, ctx.organisation_id, parcel_id, PARCELS.sources(ParcelState.HANDED_OVER)],
    )
    if changed:
        number = parcels[parcel_id].tracking_number
        _tell(ctx, events.PARCEL_COMING_BACK, {parcel_id: {"tracking_number": number}}, parcels)


def _touch(ctx: Ctx, parcel_ids: Sequence[int]) -> None:
    """Parcels that somebody who polls for changes is to read again."""
    db.execute(
        "UPDATE shipping_parcel SET updated_at = %s WHERE organisation_id = %s AND id = ANY(%s)",
        [ctx.now, ctx.organisation_id, list(parcel_ids)],
    )


def _tell(
    ctx: Ctx, type_: str, about: Mapping[int, Mapping[str, object]], parcels: Mapping[int, locks.LockedParcel]
) -> None:
    _touch(ctx, list(about))
    outbox.record(
        ctx, [Happened(type_, f"parcel:{i}", f"order:{parcels[i].order_id}", dict(data)) for i, data in about.items()]
    )
