"""What can be wrong with a parcel, and how it becomes a task for a person and news for others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.orders import queries as orders
from doorstep.shipping import actions
from doorstep.shipping.values import Delay, ParcelRow
from doorstep.tasks import actions as tasks
from doorstep.tasks.values import TaskDraft

# The carrier answers within a working day or two; a person should have asked by then.
DUE_AFTER = timedelta(hours=24)


class What(StrEnum):
    """What is wrong with a parcel, as the work list sorts it."""

    STALLED = "stalled"
    NEVER_SCANNED = "never_scanned"
    LATE = "late"
    MISSED_ESTIMATE = "missed_estimate"
    CUSTOMS = "customs"
    ATTEMPT_FAILED = "attempt_failed"
    EXCEPTION = "exception"
    RETURN_TO_SENDER = "return_to_sender"
    EXPIRED = "expired"
    NOT_COLLECTED = "not_collected"
    OTHERS_SCANS = "others_scans"
    LABEL_FILE = "label_file"


@dataclass(frozen=True, slots=True)
class Found:
    """One parcel and what is wrong with it.  `key`: with it no second task is made.  `facts`: beside the usual ones."""

    parcel: ParcelRow
    kind: str
    what: What
    key: str
    facts: Mapping[str, str]


@transaction.atomic
def book(ctx: Ctx, *, found: Sequence[Found]) -> None:
    """One task for each; of the delays others are told too, the customer among them.  Emits: TaskCreated, ParcelDelayed."""
    if not found:
        return
    names = orders.orders_by_id(ctx, ids=sorted({one.parcel.order_id for one in found}))
    tasks.create(ctx, tasks=[_draft(ctx, one, names[one.parcel.order_id].name) for one in found])
    delays = {one.parcel.id: {"kind": one.what.value, **one.facts} for one in found if one.what.value in set(Delay)}
    if delays:
        actions.note_delayed(ctx, delays=delays)


def _draft(ctx: Ctx, one: Found, order: str) -> TaskDraft:
    parcel = one.parcel
    return TaskDraft(
        key=one.key, kind=one.kind, subject=f"parcel:{parcel.id}", timeline=f"order:{parcel.order_id}",
        due_at=ctx.now + DUE_AFTER,
        facts={
            "parcel_id": parcel.id, "order": order, "carrier": parcel.carrier_name, "number": parcel.tracking_number,
            "carrier_id": parcel.carrier_id, "what": one.what.value, **one.facts,
        },
    )  # fmt: skip
