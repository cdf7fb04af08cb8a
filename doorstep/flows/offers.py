"""What carriers ask for a parcel, and which of them gets it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import httpx
from django.db import transaction

from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.locations import dispatching, working
from doorstep.locations import queries as locations
from doorstep.orders import queries as orders
from doorstep.shipping import actions, choosing, own, policy, queries
from doorstep.shipping.choosing import Choice, Offer
from doorstep.shipping.port import CarrierPort, LabelWish, Rate, abilities_of, carriers
from doorstep.shipping.values import (
    NO_ANSWER,
    NO_SERVICE,
    NOT_ON_THE_FLOOR,
    CarrierRow,
    Direction,
    LabelRow,
    ParcelRow,
    ParcelState,
)

log = logging.getLogger("doorstep.offers")


def carrier_of(ctx: Ctx, carrier_id: int) -> CarrierPort:
    """The carrier behind an account."""
    row = queries.get_carrier(ctx, carrier_id=carrier_id)
    return carriers.get(row.provider, {**row.settings, "account": f"{ctx.organisation_id}:{row.id}"})


def choose(ctx: Ctx, *, label: LabelRow, parcel: ParcelRow, wish: LabelWish) -> Offer | None:
    """Asks every carrier that may have this label what it costs, keeps the table with the label, and gives the best offer.

    A carrier that does not answer is left out, unless nobody answers.  Raises: httpx errors, then.
    """
    rows = [queries.get_carrier(ctx, carrier_id=label.carrier_id)]
    if label.is_open and parcel.direction == Direction.OUT:
        rows = _selling(ctx)
    promised = promised_on(ctx, parcel=parcel)
    choice = compare(ctx, rows=rows, wish=wish, location_id=parcel.location_id, promised_on=promised, by_itself=label.is_open)
    actions.note_choice(ctx, label_id=label.id, choice=choice.as_json(promised_on=promised))
    return choice.best


def compare(
    ctx: Ctx, *, rows: Sequence[CarrierRow], wish: LabelWish, location_id: int, promised_on: date | None, by_itself: bool = True
) -> Choice:
    """What these carriers offer for a parcel, each with its verdict.  `by_itself`: nobody is there to type a number.

    Raises: httpx errors, where no carrier answered at all.
    """
    offers, trouble, answered = list[Offer](), list[httpx.HTTPError | httpx.InvalidURL](), 0
    for row in rows:
        barred = _barred(row, location_id, by_itself)
        if barred:
            offers.append(Offer(row.id, row.name, verdict=barred))
            continue
        try:
            rates = carrier_of(ctx, row.id).rates(wish)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.warning("carrier %s told no rates: %s", row.id, error)
            trouble.append(error)
            offers.append(Offer(row.id, row.name, verdict=choosing.SILENT))
            continue
        answered += 1
        offers += [_offer(ctx, row, rate, location_id) for rate in rates] or [Offer(row.id, row.name)]
    if trouble and not answered:
        raise trouble[0]
    return choosing.choose(offers, promised_on=promised_on, wishes=policy.wishes(ctx))


def _barred(row: CarrierRow, location_id: int, by_itself: bool) -> str:
    if not row.collects_at(location_id):
        return choosing.ELSEWHERE
    return choosing.BY_HAND if by_itself and own.is_by_hand(row.settings) else ""


def _offer(ctx: Ctx, row: CarrierRow, rate: Rate, location_id: int) -> Offer:
    arrives = None
    if rate.transit_days is not None:
        left = leaves_on(ctx, location_id=location_id, carrier=row.name)
        arrives = left and working.arrives_on(left, transit_days=rate.transit_days, weekdays=row.delivers)
    return Offer(row.id, row.name, rate.service, rate.price, rate.transit_days, arrives)


def offers_for(ctx: Ctx, *, parcel: ParcelRow, wish: LabelWish) -> tuple[Choice, date | None]:
    """What every carrier in use offers for a packed parcel, for a person to choose, and by which day it is to arrive.

    Refuses: a parcel that is not on the floor, and where no carrier answers.
    """
    if parcel.state != ParcelState.PACKED:
        raise Refused(NOT_ON_THE_FLOOR, {"parcel": parcel.id, "state": parcel.state, "what": "parcel"})
    promised = promised_on(ctx, parcel=parcel)
    return shown(ctx, wish=wish, location_id=parcel.location_id, promised_on=promised), promised


def shown(ctx: Ctx, *, wish: LabelWish, location_id: int, promised_on: date | None = None) -> Choice:
    """What every carrier in use offers, for a person to look at.  Refuses: where none answers."""
    try:
        return compare(
            ctx, rows=_selling(ctx), wish=wish, location_id=location_id, promised_on=promised_on, by_itself=False
        )
    except (httpx.HTTPError, httpx.InvalidURL) as trouble:
        raise Refused(NO_ANSWER, {"problem": str(trouble)[:200]}) from trouble


def _selling(ctx: Ctx) -> list[CarrierRow]:
    return [row for row in queries.list_carriers(ctx) if row.active and abilities_of(row.provider).sells]


@transaction.atomic
def take(ctx: Ctx, *, parcel: ParcelRow, wish: LabelWish, carrier_id: int, service: str, number: str = "") -> int | None:
    """A person's choice: the label is wished for at this carrier's service.  `number`: typed by hand, for carriers that want that.

    Returns: the label, None where the parcel has one.  Refuses: no such service, a number that is missing or taken.
    """
    row = queries.get_carrier(ctx, carrier_id=carrier_id)
    by_hand = abilities_of(row.provider).sells_by_sheet and own.is_by_hand(row.settings)
    if by_hand and not number:
        raise Refused(INVALID, {"field": "number", "problem": own.NEEDS_A_NUMBER})
    made = actions.want_label(ctx, parcel_ids=[parcel.id], carrier_id=carrier_id, service=service)
    if not made:
        return None
    if by_hand:
        price = next((rate.price for rate in carrier_of(ctx, carrier_id).rates(wish) if rate.service == service), None)
        if price is None:
            raise Refused(INVALID, {"field": "service", "problem": NO_SERVICE})
        key = queries.get_label(ctx, label_id=made[0]).key
        own.issue_typed(ctx, carrier_id=carrier_id, key=key, service=service, cost=price, number=number)
    return made[0]


def leaves_on(ctx: Ctx, *, location_id: int, carrier: str = "") -> date | None:
    """The day on which a parcel that is ready now leaves a location: its calendar, its cut-off, its pick-ups."""
    at = locations.get(ctx, location_id=location_id)
    dispatch = dispatching.dispatch_of(ctx, location_id=location_id)
    leaving = working.leaves(dispatch, zone=ZoneInfo(at.timezone), at=ctx.now, carrier=carrier)
    return leaving.on if leaving else None


def promised_on(ctx: Ctx, *, parcel: ParcelRow) -> date | None:
    """By which day a parcel is to arrive, by the brand's promise, on the clocks of where it leaves."""
    rules = policy.find(ctx)
    order = orders.orders_by_id(ctx, ids=[parcel.order_id]).get(parcel.order_id)
    if rules.promise_days is None or order is None or parcel.direction == Direction.BACK:
        return None
    zone = ZoneInfo(locations.get(ctx, location_id=parcel.location_id).timezone)
    return rules.promised_on(order.placed_at.astimezone(zone).date())
