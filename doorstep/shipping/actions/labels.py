"""Writes to labels: wished for, bought, given back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from doorstep.base import db, jobs
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.shipping import events, label_files, locks, queries
from doorstep.shipping.actions.telling import tell
from doorstep.shipping.port import Bought, Declined
from doorstep.shipping.values import (
    ALREADY_SCANNED,
    CARRIER_RETIRED,
    LABELS,
    LIVE_LABELS,
    NOT_ON_THE_FLOOR,
    NOT_TAKEN_BACK,
    NOT_YET_SCANNED,
    NOTHING_TO_VOID,
    ON_THE_FLOOR,
    PARCELS,
    LabelState,
    ParcelState,
)

LabelOf = tuple[int, int]


@transaction.atomic
def want_label(
    ctx: Ctx, *, parcel_ids: Sequence[int], carrier_id: int, service: str = "", is_open: bool = False
) -> list[int]:
    """Wishes for one label per packed parcel; a parcel whose label is wanted, bought or unknown gets no second wish.

    `service`: a person chose it.  `is_open`: another carrier may sell it, by what they ask for it.
    Returns: ids of new wishes, whose purchase is deferred to the worker.  Emits: LabelWanted.  Refuses: retired carriers.
    """
    carrier = queries.get_carrier(ctx, carrier_id=carrier_id)
    if not carrier.active:
        raise Refused(CARRIER_RETIRED, {"carrier": carrier.name})
    parcels = locks.parcels(ctx, parcel_ids)
    packed = [i for i, p in parcels.items() if p.state == ParcelState.PACKED]
    choice = db.as_json({"promised_on": None, "by": ctx.actor.name, "offers": []}) if service else None
    made = db.dicts(
        """INSERT INTO shipping_label (organisation_id, parcel_id, key, state, carrier_id, service, vendor_id, tracking_number,
                                       sort_code, cost_minor, cost_currency, problem, wanted_at, asked_times, is_open, choice)
           SELECT %s, p, 'label-' || gen_random_uuid(), 'wanted', %s, %s, '', '', '', 0, '', '', %s, 0, %s, %s::jsonb
             FROM unnest(%s::bigint[]) p
           ON CONFLICT (organisation_id, parcel_id) WHERE state IN ('wanted', 'bought', 'unknown') DO NOTHING
           RETURNING id, parcel_id""",
        [ctx.organisation_id, carrier_id, service, ctx.now, is_open and not service, choice, packed],
    )
    for line in made:
        ask_for(ctx.organisation_id, line["id"])
    tell(ctx, events.LABEL_WANTED, {line["parcel_id"]: {"label_id": line["id"]} for line in made}, parcels)
    return [line["id"] for line in made]


def ask_for(organisation_id: int, label_id: int, *, again: bool = False) -> None:
    """Defers the purchase (or the return) of one label; runs for one label never overlap.  `again`: by a timer."""
    defer = jobs.defer_again if again else jobs.defer
    arguments = {"organisation_id": organisation_id, "label_id": label_id}
    defer("settle_label", arguments=arguments, lock=f"label:{label_id}")


@transaction.atomic
def begin(ctx: Ctx, *, label_id: int, service: str, carrier_id: int | None = None, paper: str = "pdf") -> bool:
    """Notes, before the carrier is called, that it will be asked for this service.  False: the wish is settled already.

    Which carrier that is, and what the label is to be printed from (`paper`, pdf or zpl), can change only before the first of them
    was asked.
    """
    return bool(
        db.execute(
            """UPDATE shipping_label SET asked_times = asked_times + 1, service = %s,
                      paper = CASE WHEN asked_times = 0 THEN %s ELSE paper END,
                      carrier_id = CASE WHEN asked_times = 0 THEN COALESCE(%s, carrier_id) ELSE carrier_id END, is_open = FALSE
                WHERE organisation_id = %s AND id = %s AND state = ANY(%s)
                  AND (asked_times = 0 OR carrier_id = COALESCE(%s, carrier_id))""",
            [service, paper, carrier_id, ctx.organisation_id, label_id, LABELS.sources(LabelState.BOUGHT), carrier_id],
        )
    )


@transaction.atomic
def note_choice(ctx: Ctx, *, label_id: int, choice: Mapping[str, Any]) -> None:
    """Keeps what was offered for a label and why one offer was chosen; a choice that a person made keeps who made it."""
    db.execute(
        "UPDATE shipping_label SET choice = %s::jsonb WHERE organisation_id = %s AND id = %s",
        [db.as_json(dict(choice)), ctx.organisation_id, label_id],
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
        label_files.want_own(ctx, label_id=label_id)
    types = {
        LabelState.BOUGHT: events.LABEL_BOUGHT,
        LabelState.DECLINED: events.LABEL_DECLINED,
        LabelState.UNKNOWN: events.LABEL_UNKNOWN,
    }
    data = {"label_id": label_id, "problem": reason[:200]}
    if bought:
        data |= {"tracking_number": bought.tracking_number, "service": bought.service}
    tell(ctx, types[to], {label.parcel_id: data}, parcels)
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
        wish_for_voids(ctx, [parcel_id])


@transaction.atomic
def want_void(ctx: Ctx, *, parcel_ids: Sequence[int]) -> list[int]:
    """Wishes for the labels of parcels to be voided; a wish for a label that was never sent just ends.

    A parcel keeps its label, and does not leave, until the carrier has answered; then it is packed and may get another.
    Saying it twice changes nothing.  Returns: ids of the labels that the carrier is now asked to take back.
    Locks: parcels by id, then their labels.  Emits: VoidWanted, or LabelVoided where nothing was ever sent.
    Refuses: unknown parcels, those that have left, were scanned or cancelled, and those without a label.
    """
    parcels = locks.parcels(ctx, parcel_ids)
    has_label = {row.parcel_id for row in locks.labels_of(ctx, parcels) if row.state in LIVE_LABELS}
    for id in parcel_ids:
        if id not in parcels:
            raise Refused(NOT_FOUND, {"what": "parcel", "key": id})
        if parcels[id].state not in ON_THE_FLOOR:
            raise Refused(NOT_ON_THE_FLOOR, {"parcel": id, "state": parcels[id].state, "what": "parcel"})
        if id not in has_label:
            raise Refused(NOTHING_TO_VOID, {"parcel": id})
        if parcels[id].status not in NOT_YET_SCANNED:
            raise Refused(ALREADY_SCANNED, {"parcel": id})
    ended, asked = wish_for_voids(ctx, list(parcels))
    tell(ctx, events.LABEL_VOIDED, {parcel: {"label_id": label} for label, parcel in ended}, parcels)
    tell(ctx, events.VOID_WANTED, {parcel: {"label_id": label} for label, parcel in asked}, parcels)
    return [label for label, _ in asked]


def wish_for_voids(ctx: Ctx, parcel_ids: Sequence[int]) -> tuple[list[LabelOf], list[LabelOf]]:
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
def settle_void(ctx: Ctx, *, label_id: int, taken_back: bool, credit: str = "", problem: str = NOT_TAKEN_BACK) -> None:
    """Notes whether the carrier took a label back; if so, a parcel that has not left is packed again, without a number.

    What was told of that number is forgotten with it, or the next label would count as cancelled before its first scan.
    `credit`: what becomes of its money (`port.Credit`), "" where nothing was ever bought.  `problem`: why it was not taken back.
    Locks: the parcel, then the label.  Emits: LabelVoided or VoidRefused.
    """
    label = queries.get_label(ctx, label_id=label_id)
    parcels = locks.parcels(ctx, [label.parcel_id])
    changed = db.execute(
        """UPDATE shipping_label SET state = CASE WHEN %s THEN 'voided' ELSE state END, void_wanted_at = NULL, problem = %s,
                  credit = %s, void_refused_at = CASE WHEN %s THEN NULL ELSE %s::timestamptz END
            WHERE organisation_id = %s AND id = %s AND void_wanted_at IS NOT NULL AND state = ANY(%s)""",
        [
            taken_back, "" if taken_back else problem, credit if taken_back else "", taken_back, ctx.now,
            ctx.organisation_id, label_id,
            LABELS.sources(LabelState.VOIDED),
        ],
    )  # fmt: skip
    if changed and taken_back:
        freed = db.execute(
            """UPDATE shipping_parcel SET state = 'packed', carrier_id = NULL, service = '', tracking_number = '',
                      tracked_since = NULL, vouched = FALSE
                WHERE organisation_id = %s AND id = %s AND state = ANY(%s)""",
            [ctx.organisation_id, label.parcel_id, PARCELS.sources(ParcelState.PACKED)],
        )
        if freed and parcels[label.parcel_id].status in NOT_YET_SCANNED:
            _forget_told(ctx, label.parcel_id)
        label_files.erase(ctx, label_ids=[label_id])
        db.execute(
            "UPDATE shipping_manifestparcel SET off = TRUE WHERE organisation_id = %s AND parcel_id = %s AND NOT off",
            [ctx.organisation_id, label.parcel_id],
        )
    if changed:
        type_ = events.LABEL_VOIDED if taken_back else events.VOID_REFUSED
        tell(ctx, type_, {label.parcel_id: {"label_id": label_id}}, parcels)


def _forget_told(ctx: Ctx, parcel_id: int) -> None:
    """Nothing was told of a parcel yet: what there was told of a number that it does not bear any more."""
    mine = [ctx.organisation_id, parcel_id]
    db.execute("DELETE FROM shipping_trackingevent WHERE organisation_id = %s AND parcel_id = %s", mine)
    db.execute(
        """UPDATE shipping_parcel
              SET status = 'pre_transit', status_at = NULL, estimated_on = NULL, checked_at = NULL, ask_at = NULL
            WHERE organisation_id = %s AND id = %s""",
        mine,
    )


@transaction.atomic
def note_credit(ctx: Ctx, *, label_id: int, credit: str) -> None:
    """Notes what a carrier says about the money of a label that it took back."""
    db.execute(
        """UPDATE shipping_label SET credit = %s, credit_checked_at = %s
            WHERE organisation_id = %s AND id = %s AND state = 'voided'""",
        [credit, ctx.now, ctx.organisation_id, label_id],
    )
