"""Parcels that need a person: what is wrong with each, found before the customer asks, and ended when it is right again.

Silence is found by `flows.stalled`; here are parcels beyond their days, those that wait at customs, and what carriers tell of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import transaction

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.base.words import gettext_noop
from doorstep.flows import estimates, stalled, trouble
from doorstep.flows.trouble import Found
from doorstep.flows.trouble import What as What
from doorstep.shipping import actions, events, rules
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import Direction, ParcelRow, ParcelState, TrackingStatus
from doorstep.tasks import actions as tasks
from doorstep.tasks import queries as open_tasks
from doorstep.tasks.queries import OfKinds
from doorstep.tasks.values import TaskRow

LATE, TROUBLE = "parcel_late", "parcel_trouble"
KINDS = (stalled.KIND, LATE, TROUBLE)
CUSTOMS_AFTER = timedelta(hours=72)  # of working days; most are through by then
PAGE, MOST_OPEN = 500, 10_000
IS_HERE = gettext_noop("It has arrived.")
GOES_ON = gettext_noop("It goes on.")
OVERTAKEN = gettext_noop("Something else is wrong with it now.")
FILE_IS_HERE = gettext_noop("The carrier's own label is here.")
FILE_NOT_NEEDED = gettext_noop("Its label was given back.")
TAKEN_BACK = gettext_noop("The scans were said to be its own.")


# What a carrier tells of that a person looks after; anything else ends it.
TOLD = {
    TrackingStatus.ATTEMPT_FAILED: What.ATTEMPT_FAILED,
    TrackingStatus.EXCEPTION: What.EXCEPTION,
    TrackingStatus.RETURN_TO_SENDER: What.RETURN_TO_SENDER,
    TrackingStatus.EXPIRED: What.EXPIRED,
    TrackingStatus.CANCELLED: What.EXCEPTION,  # of one that left: its carrier does not bring it
}
ON_ITS_WAY = (TrackingStatus.IN_TRANSIT, TrackingStatus.OUT_FOR_DELIVERY, TrackingStatus.AVAILABLE_FOR_PICKUP)
OVER = (
    TrackingStatus.DELIVERED, TrackingStatus.AVAILABLE_FOR_PICKUP, TrackingStatus.RETURN_TO_SENDER, TrackingStatus.CANCELLED,
    TrackingStatus.EXPIRED,
)  # fmt: skip


def sweep(ctx: Ctx) -> None:
    """Notices parcels beyond their days and those that wait at customs, and ends the tasks of those that are right again."""
    _settle_late(ctx)
    otherwise, after = accounts.organisation(ctx).timezone, 0
    _notice(ctx, _at_customs(ctx, otherwise))
    on = (ctx.now + timedelta(hours=14)).date()  # somewhere it is tomorrow
    while page := shipping.find_overdue(ctx, on=on, after=after, limit=PAGE):
        _notice(ctx, [found for parcel in page if (found := _overdue(ctx, parcel, otherwise))])
        after = page[-1].id


def _overdue(ctx: Ctx, parcel: ParcelRow, otherwise: str) -> Found | None:
    today = estimates.today_at(ctx, parcel=parcel, otherwise=otherwise)
    if parcel.late_after is not None and parcel.late_after < today:
        until = parcel.expected_to.isoformat() if parcel.expected_to else ""
        facts = {"expected_to": until, "since": parcel.late_after.isoformat()}
        return Found(parcel, LATE, What.LATE, f"{LATE}:late:{parcel.id}", facts)
    is_due = parcel.estimated_on is not None and parcel.estimated_on < today
    if is_due and parcel.estimated_on is not None and parcel.status != TrackingStatus.OUT_FOR_DELIVERY:
        since = parcel.estimated_on.isoformat()
        return Found(parcel, LATE, What.MISSED_ESTIMATE, f"{LATE}:missed:{parcel.id}:{since}", {"since": since})
    return None


def _at_customs(ctx: Ctx, otherwise: str) -> list[Found]:
    found = []
    for parcel, at in shipping.find_at_customs(ctx, since=ctx.now - CUSTOMS_AFTER):
        if rules.silence(at, ctx.now, zone=otherwise) >= CUSTOMS_AFTER:
            key = f"{LATE}:customs:{parcel.id}:{at:%Y%m%d%H%M}"
            found.append(Found(parcel, LATE, What.CUSTOMS, key, {"since": at.isoformat()}))
    return found


@transaction.atomic
def _notice(ctx: Ctx, found: Sequence[Found]) -> None:
    """One task per parcel and matter; of those that are delayed others are told too.  Emits: TaskCreated, ParcelDelayed."""
    about = open_tasks.tasks_about(ctx, subjects=[f"parcel:{one.parcel.id}" for one in found]) if found else []
    known = {row.key for row in about}
    busy = {row.subject for row in about if row.state == "open" and row.kind in KINDS}
    new = [one for one in found if one.key not in known and f"parcel:{one.parcel.id}" not in busy]
    trouble.book(ctx, found=new)


def _settle_late(ctx: Ctx) -> None:
    """Ends what was late and is here, or goes another way."""
    rows = open_tasks.list_open(ctx, kind=LATE, limit=MOST_OPEN)
    parcels = shipping.parcels_by_id(ctx, ids=[int(row.facts["parcel_id"]) for row in rows])
    customs = {parcel.id for parcel, _ in shipping.find_at_customs(ctx, since=ctx.now)}
    for row in rows:
        parcel = parcels.get(int(row.facts["parcel_id"]))
        if parcel is None or parcel.delivered_at is not None or parcel.status in OVER:
            tasks.settle(ctx, subject=row.subject, kind=LATE, outcome=IS_HERE if parcel and parcel.delivered_at else GOES_ON)
        elif row.facts.get("what") == What.CUSTOMS and parcel.id not in customs:
            tasks.settle(ctx, subject=row.subject, kind=LATE, outcome=GOES_ON)


def react(ctx: Ctx, happened: Sequence[Event]) -> None:
    """A carrier told something new of parcels: what a person looks after becomes a task, what is right again ends one."""
    ids = sorted({e.subject_id for e in happened})
    found = []
    for parcel in _outward(ctx, ids):
        what = TOLD.get(TrackingStatus(parcel.status))
        if what is None or (parcel.status == TrackingStatus.CANCELLED and parcel.state != ParcelState.HANDED_OVER):
            continue
        moment = parcel.status_at or ctx.now
        found.append(Found(parcel, TROUBLE, what, f"{TROUBLE}:{what}:{parcel.id}:{moment:%Y%m%d%H%M}", _wrong(ctx, parcel)))
    _settle_told(ctx, ids)
    _notice(ctx, found)


def _wrong(ctx: Ctx, parcel: ParcelRow) -> dict[str, str]:
    """What the carrier said last to be wrong."""
    told = shipping.tracking_of(ctx, parcel_ids=[parcel.id])
    last = next((event for event in told if event.status == parcel.status), None)
    since = parcel.status_at or ctx.now
    return {"since": since.isoformat(), "said": last.description[:120] if last else "", "trouble": last.trouble if last else ""}


@transaction.atomic
def _settle_told(ctx: Ctx, parcel_ids: Sequence[int]) -> None:
    parcels = shipping.parcels_by_id(ctx, ids=parcel_ids)
    for row in open_tasks.tasks_about(ctx, subjects=[f"parcel:{id}" for id in parcel_ids]) if parcel_ids else []:
        parcel = parcels.get(int(row.facts.get("parcel_id", 0)))
        if row.state != "open" or row.kind not in (TROUBLE, LATE) or parcel is None:
            continue
        arrived = parcel.delivered_at is not None and parcel.status == TrackingStatus.DELIVERED
        if row.facts.get("what") == What.OTHERS_SCANS and not arrived:
            continue
        goes_on = row.kind == TROUBLE and parcel.status in ON_ITS_WAY
        # one that is lost, comes back or is given up is not looked after as one that is late or could not be delivered
        now = TOLD.get(TrackingStatus(parcel.status))
        overtaken = parcel.status in (*OVER, TrackingStatus.EXCEPTION) and row.facts.get("what") != now
        if arrived or goes_on or overtaken:
            outcome = IS_HERE if arrived else GOES_ON if goes_on else OVERTAKEN
            tasks.settle(ctx, subject=row.subject, kind=row.kind, outcome=outcome)


def react_refused(ctx: Ctx, happened: Sequence[Event]) -> None:
    """A carrier does not collect a parcel: a person finds out why."""
    said = {e.subject_id: str(e.data.get("problem", ""))[:120] for e in happened}
    since, key = ctx.now.isoformat(), f"{TROUBLE}:{What.NOT_COLLECTED}"
    _notice(
        ctx,
        [
            Found(p, TROUBLE, What.NOT_COLLECTED, f"{key}:{p.id}", {"since": since, "said": said[p.id]})
            for p in _outward(ctx, sorted(said))
        ],
    )


def react_aside(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Scans of another place came under a parcel's number while it is on its way: a person says whose they are."""
    ids = sorted({e.subject_id for e in happened if e.data.get("why") == "elsewhere"})
    _notice(
        ctx,
        [
            Found(p, TROUBLE, What.OTHERS_SCANS, f"{TROUBLE}:others_scans:{p.id}", {"since": ctx.now.isoformat()})
            for p in _outward(ctx, ids)
            if p.delivered_at is None
        ],
    )


def react_file_failed(ctx: Ctx, happened: Sequence[Event]) -> None:
    """A carrier's own label does not come, so that its parcel cannot leave: a person asks for it again, or buys another."""
    by_parcel = {e.subject_id: e for e in happened}
    found = []
    for parcel in shipping.parcels_by_id(ctx, ids=sorted(by_parcel)).values():
        event = by_parcel[parcel.id]
        key = f"{TROUBLE}:{What.LABEL_FILE}:{event.data['label_id']}:{event.data['language']}:{ctx.now:%Y%m%d%H%M}"
        facts = {"since": ctx.now.isoformat(), "said": str(event.data.get("problem", ""))[:120], "language": event.data["language"]}
        if parcel.state == ParcelState.LABELLED:
            found.append(Found(parcel, TROUBLE, What.LABEL_FILE, key, facts))
    _notice(ctx, found)


def react_file_settled(ctx: Ctx, happened: Sequence[Event]) -> None:
    """A label whose file did not come has it now, or is not needed any more."""
    for event in happened:
        rows = open_tasks.tasks_about(ctx, subjects=[event.subject])
        if any(row.state == "open" and row.facts.get("what") == What.LABEL_FILE for row in rows):
            outcome = FILE_IS_HERE if event.type == events.LABEL_FILE_KEPT else FILE_NOT_NEEDED
            tasks.settle(ctx, subject=event.subject, kind=TROUBLE, outcome=outcome)


def take_back(ctx: Ctx, *, parcel_id: int) -> None:
    """Says that every scan with a parcel's number is its own, which ends the question."""
    actions.vouch(ctx, parcel_id=parcel_id)
    rows = open_tasks.tasks_about(ctx, subjects=[f"parcel:{parcel_id}"])
    if any(row.state == "open" and row.facts.get("what") == What.OTHERS_SCANS for row in rows):
        tasks.settle(ctx, subject=f"parcel:{parcel_id}", kind=TROUBLE, outcome=TAKEN_BACK)


def _outward(ctx: Ctx, ids: Iterable[int]) -> list[ParcelRow]:
    return [p for p in shipping.parcels_by_id(ctx, ids=list(ids)).values() if p.direction == Direction.OUT]


def count(ctx: Ctx, *, waiting: bool = False) -> int:
    """How many parcels need a person now.  `waiting`: how many somebody waits with instead."""
    return sum(open_tasks.count_of_kinds(ctx, where=OfKinds(KINDS, waits=waiting)).values())


def what_of(row: TaskRow) -> What:
    """What a task says to be wrong; those of a time before say it by their kind."""
    said = row.facts.get("what", "")
    return What(said) if said in set(What) else What.STALLED

