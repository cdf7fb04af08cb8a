"""Carriers are asked where parcels are: not too often, and no more where one does not answer or lets nobody in."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import httpx

from doorstep.base import alone
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import Refused
from doorstep.flows.offers import carrier_of
from doorstep.shipping import actions, pace, queries
from doorstep.shipping import carriers as accounts
from doorstep.shipping.port import Scan
from doorstep.shipping.refusals import BAD_NUMBER, CARRIER_TROUBLE, NUMBER_NOT_FOUND, THROTTLED, UNAUTHORISED
from doorstep.shipping.values import ParcelRow

log = logging.getLogger("doorstep.ship")
# A carrier is asked about a parcel that it was silent about for so long; one whose webhooks come is given more time.
QUIET_S, TALKING_S, QUIET_ALTHOUGH_TALKING_S = 15, 600, 120
NOBODYS_NUMBER = "1Z0000000000000000"
ASK_AGAIN_S = 900  # a carrier that says that it cannot answer


def track_open(now: datetime) -> None:
    """Asks carriers about parcels of which nothing was heard for a while.

    One that does not answer is asked no more in this round, and its parcels go to the end of the queue: others wait too.
    """
    away: set[int] = set()
    quiet = queries.find_quiet(
        quiet_since=now - timedelta(seconds=QUIET_S),
        talking_since=now - timedelta(seconds=TALKING_S),
        quiet_although_talking_since=now - timedelta(seconds=QUIET_ALTHOUGH_TALKING_S),
        now=now,
    )
    awaited = queries.find_awaited(quiet_since=now - timedelta(seconds=QUIET_ALTHOUGH_TALKING_S))
    alone.each_of([*quiet, *awaited], lambda ctx, parcel_id: _track(ctx, parcel_id, away), now=now, what="parcel")


def _track(ctx: Ctx, parcel_id: int, away: set[int]) -> None:
    """Asks after one parcel.  `away`: carriers that do not answer, which are added to."""
    parcel = queries.get_parcel(ctx, parcel_id=parcel_id)
    carrier_id, scans, pace_s = parcel.carrier_id or 0, list[Scan](), 0
    if carrier_id not in away:
        port = carrier_of(ctx, carrier_id)
        pace_s = port.abilities.pace_s
        try:
            scans = port.track(parcel.tracking_number)
            if not port.abilities.pushes:  # whose problem can only be that it does not let us in
                accounts.note_well(ctx, id=carrier_id)
        except (httpx.HTTPError, httpx.InvalidURL) as trouble:
            log.warning("carrier %s did not answer: %s", carrier_id, trouble)
            if not isinstance(trouble, httpx.DecodingError):  # that one is about this parcel alone
                away.add(carrier_id)
        except Refused as refused:
            _hear_refusal(ctx, parcel, refused, away)
    acting = ctx  # what it answers, it says itself, as when it sends it unasked
    if scans:
        carrier = queries.get_carrier(ctx, carrier_id=carrier_id)
        acting = ctx.as_actor(Actor("carrier", carrier.id, carrier.name))
    actions.record_scans(acting, parcel_id=parcel_id, scans=scans)
    if pace_s:
        heard = queries.get_parcel(ctx, parcel_id=parcel_id)
        news_at = heard.status_at or heard.handed_over_at
        at = pace.ask_at(now=ctx.now, status=heard.status, news_at=news_at, pace_s=pace_s)
        actions.ask_later(ctx, parcel_id=parcel_id, at=at)


def try_sign_in(ctx: Ctx, *, carrier_id: int) -> None:
    """Asks a carrier after a number that nobody has, to see whether it lets us in, which ends any problem.

    Raises: httpx errors where it does not answer.  Refuses: what it says against us.
    """
    try:
        carrier_of(ctx, carrier_id).track(NOBODYS_NUMBER)
    except Refused as refused:
        if refused.refusal not in (NUMBER_NOT_FOUND, BAD_NUMBER):
            raise
    accounts.note_well(ctx, id=carrier_id)


def _hear_refusal(ctx: Ctx, parcel: ParcelRow, refused: Refused, away: set[int]) -> None:
    """What a carrier says against a question: of one number, or that nobody shall ask for a while."""
    carrier_id = parcel.carrier_id or 0
    log.warning("carrier %s says of %s: %s", carrier_id, parcel.tracking_number, refused.code)
    if refused.refusal in (THROTTLED, UNAUTHORISED, CARRIER_TROUBLE):
        away.add(carrier_id)
        wait_s = int(str(refused.facts.get("wait_s", ASK_AGAIN_S)))
        accounts.be_quiet(ctx, id=carrier_id, until=ctx.now + timedelta(seconds=wait_s))
    if refused.refusal is UNAUTHORISED:
        accounts.note_problem(ctx, id=carrier_id, problem=f"{refused.code}: {refused.facts.get('said', '')}")


def give_up_silent(now: datetime) -> None:
    """Ends the tracking of parcels of which nothing was heard for weeks; a scan that comes yet takes it up again."""
    found = queries.find_given_up(never_since=now - pace.NEVER_SEEN_AFTER, silent_since=now - pace.GIVE_UP_AFTER)
    alone.each_of(found, lambda ctx, id: len(actions.give_up(ctx, parcel_ids=[id])), now=now, what="parcel")
