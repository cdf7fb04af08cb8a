"""Where is my order? The answer from live tracking, for whoever is known to have bought it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import override

from doorstep.accounts import queries as accounts
from doorstep.accounts.values import LANGUAGES, Organisation
from doorstep.base import zones
from doorstep.base.ctx import Ctx
from doorstep.customers import queries as customers
from doorstep.flows import stalled, wismo_words
from doorstep.flows.notify import tracking_link
from doorstep.flows.wismo_words import Clock
from doorstep.messaging.render import render
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import OrderRow
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import ParcelRow, ParcelState, TrackingRow

MOST_ORDERS, MOST_TOLD, MOST_READ = 200, 5, 4000
# Somebody who asks for a parcel that "was delivered" asks within days.
RECENT = timedelta(days=14)
# Most orders leave within a day or two; one that has not after three days, nobody should call on its way.
LATE_TO_LEAVE = timedelta(days=3)
_NUMBER = re.compile(
    r"(?:order|purchase|주문)\s{0,5}(?:number|no\.?|번호|id)?\s{0,5}(?:is|은|는|이|:)?\s{0,5}#?\s{0,5}"
    r"([a-z0-9-]{0,60}\d[a-z0-9-]{0,60})|#\s{0,5}([a-z0-9-]{0,60}\d[a-z0-9-]{0,60})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What can be said.  `doubt`: why a person should read it before it goes, "" where nothing is in doubt.

    `needs_person`: true as it is, but the matter is not over with it.
    """

    to_address: str
    to_name: str
    language: str
    subject: str
    text: str
    html: str
    order_ids: tuple[int, ...]
    doubt: str
    needs_person: bool


@dataclass(frozen=True, slots=True)
class _Told:
    order: OrderRow
    lines: list[str]
    parcels: list[list[str]]
    zone_name: str
    needs_person: bool


def answer(
    ctx: Ctx, *, address: str, text: str = "", order_id: int | None = None, language: str = "", rule: str = ""
) -> Answer | None:
    """The honest state of what this address has bought, to be sent to that very address; None where it bought nothing.

    Whoever fakes an address learns nothing, since the answer goes to its owner.  `text`: their words; a number in them
    chooses the order.  `order_id`: the order that their conversation is about.  `rule`: that of `inbox.intents`.
    """
    address, text = address.strip().lower(), text[:MOST_READ]
    customer_id = customers.find_by_identity(ctx, kind="email", value=address)
    if customer_id is None:
        return None
    spoken_of = {a or b for a, b in _NUMBER.findall(text)}
    named = orders.find_named(ctx, customer_id=customer_id, numbers=spoken_of)
    newest = orders.list_orders(ctx, where=OrderFilter(customer_id=customer_id), limit=MOST_ORDERS)
    bought = newest + [order for order in named if order not in newest]
    parcels = _parcels(ctx, bought)
    meant, doubt = _meant(ctx, bought, parcels, named=named if spoken_of else None, text=text, order_id=order_id, rule=rule)
    if not meant:
        return None
    whom = orders.destinations(ctx, order_ids=[meant[0].id])[meant[0].id]
    speaks = language if language in LANGUAGES else whom.language
    brand = accounts.organisation(ctx)
    with override(speaks):
        told = _told(ctx, meant[:MOST_TOLD], parcels, brand=brand, language=speaks)
    facts: dict[str, Any] = {
        "name": whom.customer_name, "brand": brand.name, "accent": brand.readable.day, "language": speaks,
        "orders": [
            {"name": t.order.name, "lines": t.lines, "parcels": t.parcels, "zone_name": t.zone_name,
             "link": tracking_link(ctx, order_id=t.order.id)}
            for t in told
        ],
    }  # fmt: skip
    subject, plain, html = render("wismo", language=speaks, facts=facts)
    missed = rule in ("not_found", "not_here") and any(p.delivered_at for t in told for p in parcels[t.order.id])
    needs_person = missed or any(t.needs_person for t in told)
    ids = tuple(t.order.id for t in told)
    return Answer(address, whom.customer_name, speaks, subject, plain, html, ids, doubt, needs_person)


def _parcels(ctx: Ctx, bought: Sequence[OrderRow]) -> dict[int, list[ParcelRow]]:
    found: dict[int, list[ParcelRow]] = {order.id: [] for order in bought}
    for parcel in shipping.parcels_of(ctx, order_ids=list(found)):
        if parcel.state != ParcelState.CANCELLED:
            found[parcel.order_id].append(parcel)
    return found


def _meant(
    ctx: Ctx,
    bought: Sequence[OrderRow],
    parcels: dict[int, list[ParcelRow]],
    *,
    named: list[OrderRow] | None,
    text: str,
    order_id: int | None,
    rule: str,
) -> tuple[list[OrderRow], str]:
    """Which orders are asked for, and what is in doubt about that.  `named`: by their numbers; None where no number was."""
    low = text.lower()
    numbered = [o for o in bought if any(p.tracking_number and p.tracking_number.lower() in low for p in parcels[o.id])]
    open_ = [o for o in bought if o.state == "open" and o.fulfilment_state != "delivered"]
    recent = [o for o in bought if any(p.delivered_at and p.delivered_at > ctx.now - RECENT for p in parcels[o.id])]
    linked = [o for o in bought if o.id == order_id]
    if named or numbered:
        chosen = named or numbered
        return chosen, "" if all(
            parcels[o.id] or o in open_ or o.state == "cancelled" for o in chosen
        ) else "nothing_known"
    if named is not None:
        return open_ or recent[:1], "unknown_number"
    if linked and (linked[0] in open_ or linked[0] in recent):
        return linked, ""
    if rule == "not_found":
        return recent or open_, "" if recent else "not_delivered"
    if open_:
        return open_, "" if len(open_) <= MOST_TOLD else "many_orders"
    return recent[:1], ""


def _told(
    ctx: Ctx, meant: Sequence[OrderRow], parcels: dict[int, list[ParcelRow]], *, brand: Organisation, language: str
) -> list[_Told]:
    left = [p for o in meant for p in parcels[o.id] if p.state == ParcelState.HANDED_OVER]
    last: dict[int, TrackingRow] = {}
    for row in shipping.tracking_of(ctx, parcel_ids=[p.id for p in left]):
        last.setdefault(row.parcel_id, row)
    quiet = stalled.stalled_among(ctx, parcels=left)
    packed_qty = _packed(ctx, [p.id for o in meant for p in parcels[o.id]])
    to = orders.destinations(ctx, order_ids=[order.id for order in meant])
    told = []
    for order in meant:
        clock = Clock(language, zones.zone_for(to[order.id].ship_to, otherwise=brand.timezone, at=ctx.now), ctx.now)
        mine = parcels[order.id]
        gone = [p for p in mine if p.state == ParcelState.HANDED_OVER]
        is_whole = sum(packed_qty.get(p.id, 0) for p in mine) >= order.units
        is_late = order.placed_at < ctx.now - LATE_TO_LEAVE
        lines = wismo_words.of_order(order, parcels=mine, is_late=is_late, is_whole=is_whole)
        said = [wismo_words.of_parcel(p, last=last.get(p.id), is_stalled=p.id in quiet, clock=clock) for p in gone]
        waits = bool(lines) and order.state != "cancelled" and (is_late or order.on_hold)
        trouble = any(p.status in wismo_words.TROUBLE or p.id in quiet for p in gone)
        told.append(_Told(order, lines, said, clock.zone_name() if said else "", waits or trouble))
    return told


def _packed(ctx: Ctx, parcel_ids: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for line in shipping.parcel_lines_of(ctx, parcel_ids=parcel_ids):
        found[line.parcel_id] = found.get(line.parcel_id, 0) + line.qty
    return found
