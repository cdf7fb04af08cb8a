"""Labels that nobody used are given back before their window ends, and their money is watched until it comes."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import httpx

from doorstep.base import alone
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.flows.offers import carrier_of
from doorstep.shipping import actions, queries, upkeep
from doorstep.shipping.port import abilities_of, carriers

log = logging.getLogger("doorstep.voiding")
AHEAD = timedelta(days=2)  # so long before the window ends: an answer may take its time, and a person may look
CREDIT_EVERY = timedelta(hours=20)


def void_unused(now: datetime) -> None:
    """Wishes for unused labels to be voided, two days before their carrier takes them back no more."""
    windows = {name: abilities_of(name).void_days for name in carriers.names()}
    before = {name: now - timedelta(days=days) + AHEAD for name, days in windows.items() if days > AHEAD.days}
    alone.each_of(upkeep.find_unused(now=now, before=before), _void, now=now, what="parcel")


def _void(ctx: Ctx, parcel_id: int) -> None:
    try:
        actions.want_void(ctx, parcel_ids=[parcel_id])
    except Refused as refused:  # it left, or was scanned, while we looked
        log.info("parcel %s keeps its label: %s", parcel_id, refused.code)


def ask_for_credits(now: datetime) -> None:
    """Asks carriers once a day what became of the money for labels that they took back."""
    found = upkeep.find_uncredited(asked_before=now - CREDIT_EVERY)
    alone.each_of(found, _ask, now=now, what="label")


def _ask(ctx: Ctx, label_id: int) -> None:
    label = queries.get_label(ctx, label_id=label_id)
    try:
        credit = carrier_of(ctx, label.carrier_id).credit_of(label.vendor_id)
    except (httpx.HTTPError, httpx.InvalidURL) as trouble:
        log.warning("carrier %s told no credit: %s", label.carrier_id, trouble)
        return
    actions.note_credit(ctx, label_id=label_id, credit=credit.value)
