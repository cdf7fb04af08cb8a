"""Parcels that stand still are noticed before their customer asks: a task for a person, and an end by itself.

Their customers hear of it by `notify.late`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction

from doorstep.accounts import queries as accounts
from doorstep.base import zones
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.base.words import gettext_noop
from doorstep.flows import estimates, trouble
from doorstep.flows.trouble import Found, What
from doorstep.locations import queries as locations
from doorstep.shipping import queries as shipping
from doorstep.shipping import rules
from doorstep.shipping.values import NOT_YET_SCANNED, ParcelRow
from doorstep.tasks import actions as tasks
from doorstep.tasks import queries as open_tasks
from doorstep.tasks.values import TaskRow

KIND = "parcel_stalled"
MOVES_AGAIN = gettext_noop("The carrier scanned it again.")
NO_LONGER = gettext_noop("It is no longer on its way.")
# What has been silent for longer was stuck before anybody looked; a mail about it now would surprise.
FORGOTTEN_AFTER = timedelta(days=30)
LEAST_H = 24  # a way on which parcels are scanned every few hours has its nights too
MOST_OPEN = 10_000
PAGE = 500


def sweep(ctx: Ctx) -> None:
    """Notices parcels without a scan for too long, and ends the tasks of those that move again; twice changes nothing."""
    settle_moved(ctx)
    shortest_h = min(settings.STALLED_AFTER_DOMESTIC_H, settings.STALLED_AFTER_INTERNATIONAL_H, LEAST_H)
    since, until, after = ctx.now - FORGOTTEN_AFTER, ctx.now - timedelta(hours=shortest_h), 0
    while page := shipping.find_silent(ctx, quiet_since=until, heard_after=since, after=after, limit=PAGE):
        silent = _too_long(ctx, _unnoticed(ctx, page))
        trouble.book(ctx, found=[_found(parcel, heard_at) for parcel, heard_at in silent])
        after = page[-1][0].id


def react(ctx: Ctx, happened: Sequence[Event]) -> None:
    """A carrier told something new of parcels: who waited for that need not ask any more."""
    settle_moved(ctx, parcel_ids=[event.subject_id for event in happened])


@transaction.atomic
def settle_moved(ctx: Ctx, *, parcel_ids: Sequence[int] = ()) -> None:
    """Ends the tasks about parcels that were scanned since, arrived, or are no longer on their way.

    `parcel_ids`: only these, where given.  Emits: TaskDone.
    """
    rows = _open_about(ctx, parcel_ids) if parcel_ids else open_tasks.list_open(ctx, kind=KIND, limit=MOST_OPEN)
    waiting = {int(row.facts["parcel_id"]): datetime.fromisoformat(row.facts["heard_at"]) for row in rows}
    if not waiting:
        return
    silent = shipping.find_silent(ctx, quiet_since=ctx.now, ids=list(waiting), limit=MOST_OPEN)
    still = {parcel.id: heard_at for parcel, heard_at in silent}
    for parcel_id, heard_at in sorted(waiting.items()):
        if parcel_id not in still or still[parcel_id] > heard_at:
            outcome = MOVES_AGAIN if parcel_id in still else NO_LONGER
            tasks.settle(ctx, subject=f"parcel:{parcel_id}", kind=KIND, outcome=outcome)


def stalled_among(ctx: Ctx, *, parcels: Sequence[ParcelRow]) -> set[int]:
    """Which of these parcels a task says to stand still, so that a person looks after them."""
    return {int(row.facts["parcel_id"]) for row in _open_about(ctx, [parcel.id for parcel in parcels])}


def _open_about(ctx: Ctx, parcel_ids: Sequence[int]) -> list[TaskRow]:
    rows = open_tasks.tasks_about(ctx, subjects=[f"parcel:{id}" for id in parcel_ids]) if parcel_ids else []
    return [row for row in rows if row.kind == KIND and row.state == "open"]


def _unnoticed(ctx: Ctx, page: Sequence[tuple[ParcelRow, datetime]]) -> list[tuple[ParcelRow, datetime]]:
    """Those of a page about whose present silence there was no task yet."""
    rows = open_tasks.tasks_about(ctx, subjects=[f"parcel:{parcel.id}" for parcel, _ in page])
    known = {row.key for row in rows}
    return [(parcel, heard_at) for parcel, heard_at in page if _key(parcel, heard_at) not in known]


def _key(parcel: ParcelRow, heard_at: datetime) -> str:
    return f"{KIND}:{parcel.id}:{heard_at.astimezone(UTC):%Y%m%d%H%M%S}"


def _too_long(ctx: Ctx, page: Sequence[tuple[ParcelRow, datetime]]) -> list[tuple[ParcelRow, datetime]]:
    """Those of a page whose silence is longer than that of nearly all before them on their way, by their own history.

    Where there is none it is the route that allows so many hours.
    """
    usual = estimates.usual_silence(ctx, parcels=[parcel for parcel, _ in page])
    countries = {row.id: row.country for row in locations.list_locations(ctx)}
    otherwise = accounts.organisation(ctx).timezone
    found = []
    for parcel, heard_at in page:
        to = str(parcel.ship_to.get("country", ""))
        is_domestic = countries.get(parcel.location_id) == to
        most_h = settings.STALLED_AFTER_DOMESTIC_H if is_domestic else settings.STALLED_AFTER_INTERNATIONAL_H
        zone = zones.zone_of_country(to, at=ctx.now) or otherwise
        most = max(usual[parcel.id], timedelta(hours=LEAST_H)) if parcel.id in usual else timedelta(hours=most_h)
        if rules.silence(heard_at, ctx.now, zone=zone) >= most:
            found.append((parcel, heard_at))
    return found


def _found(parcel: ParcelRow, heard_at: datetime) -> Found:
    what = What.NEVER_SCANNED if parcel.status in NOT_YET_SCANNED else What.STALLED
    return Found(parcel, KIND, what, _key(parcel, heard_at), {"heard_at": heard_at.isoformat()})
