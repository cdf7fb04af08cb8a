"""Customers are told of their returns at each step, once, in the language of their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from doorstep.accounts import queries as accounts
from doorstep.base import money, zones
from doorstep.base.ctx import Ctx
from doorstep.base.money import Money
from doorstep.base.outbox import Event
from doorstep.flows.letters import Letter, write
from doorstep.flows.return_links import status_link
from doorstep.flows.wismo_words import Clock
from doorstep.locations import queries as locations
from doorstep.locations.values import LocationKind
from doorstep.orders import queries as orders
from doorstep.payments import queries as payments
from doorstep.returns import events, queries
from doorstep.returns.values import Decision, ReturnRow
from doorstep.shipping import queries as shipping

TEMPLATE = "returned"


def withdrawn(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Confirms that somebody has withdrawn from the contract, and when; the mail is theirs to keep.

    Source: Directive 2011/83/EU, art. 11 (3) and 11a: a receipt on a durable medium, with date and time, without delay.
    """
    _tell(ctx, "withdrawn", [row for row in _rows(ctx, happened) if row.is_withdrawal])


def approved(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells that a return is approved; who gets a label hears of it when the label is there.

    Here as in the next steps: who stood at a counter saw it, and gets a letter of the money only.
    """
    rows = _under_way(ctx, happened)
    _tell(
        ctx, "approved", [r for r in rows if r.decision == Decision.APPROVED and not (r.free_label and not r.keep_item)]
    )


def declined(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells that a return is not possible."""
    _tell(ctx, "declined", _rows(ctx, happened))


def in_review(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells that a person looks at a request."""
    _tell(ctx, "in_review", _under_way(ctx, happened))


def labelled(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells that the label is there."""
    _tell(ctx, "labelled", _rows(ctx, happened))


def received(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells that the goods are here; the first time only."""
    _tell(ctx, "received", _under_way(ctx, happened))


def expired(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells that a return has ended because nothing was sent."""
    _tell(ctx, "expired", _rows(ctx, happened))


def exchange_cancelled(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells that a refund comes instead of the exchange."""
    _tell(ctx, "exchange_cancelled", _rows(ctx, happened))


def refunded(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells that money of a return was paid or credited, once per payment, and for which units of it."""
    for event in happened:
        return_id = events.about_return(event.data)
        if return_id is None:
            continue
        found = queries.returns_by_id(ctx, ids=[return_id])
        amount = Money(int(event.data["amount_minor"]), str(event.data["currency"]))
        units = payments.units_given(ctx, subject=event.subject)
        _tell(ctx, "refunded", list(found.values()), amount=amount, key=event.subject, units=units)


def declared_at(ctx: Ctx, *, row: ReturnRow, to: Mapping[str, Any], language: str) -> str:
    """When a withdrawal was declared, by the clocks of whoever declared it; "" for other returns."""
    if not row.is_withdrawal:
        return ""
    zone = zones.zone_for(to, otherwise=accounts.organisation(ctx).timezone, at=row.requested_at)
    clock = Clock(language, zone, ctx.now)
    return f"{clock.moment(row.requested_at)} ({clock.zone_name()})"


def _rows(ctx: Ctx, happened: Sequence[Event]) -> list[ReturnRow]:
    found = queries.returns_by_id(ctx, ids=[event.subject_id for event in happened])
    return [row for _, row in sorted(found.items()) if not row.historical]


def _under_way(ctx: Ctx, happened: Sequence[Event]) -> list[ReturnRow]:
    """The same without those that came over a counter, and were judged there."""
    rows = _rows(ctx, happened)
    if not any(row.came_at_once for row in rows):
        return rows
    shops = {place.id for place in locations.list_locations(ctx) if place.kind == LocationKind.SHOP}
    return [row for row in rows if not row.came_at_once or row.location_id not in shops]


def _tell(
    ctx: Ctx, step: str, rows: Sequence[ReturnRow], *, amount: Money | None = None, key: str = "",
    units: Mapping[int, int] | None = None,
) -> None:  # fmt: skip
    """Queues one mail per return and step; customers without an e-mail address are left in peace.

    Shapes: `units` by order line, where a mail is about some of a return's units only.
    """
    to = orders.destinations(ctx, order_ids=[row.order_id for row in rows])
    parcels = shipping.parcels_by_id(ctx, ids=[row.parcel_id for row in rows if row.parcel_id])
    lines: dict[int, list[dict[str, object]]] = {row.id: [] for row in rows}
    for line in queries.lines_of(ctx, return_ids=list(lines)):
        if step == "declined" or line.decision != Decision.DECLINED:
            qty = units.get(line.order_line_id, 0) if units else line.qty
            if qty:
                lines[line.return_id].append({"title": line.title, "qty": qty})
    letters = []
    for row in rows:
        whom, parcel = to[row.order_id], parcels.get(row.parcel_id or 0)
        facts = {
            "number": row.name, "lines": lines[row.id], "link": status_link(ctx, return_id=row.id), "step": step,
            "declared": declared_at(ctx, row=row, to=whom.ship_to, language=whom.language),
            "amount": money.show(amount, whom.language) if amount else "",
            "carrier": parcel.carrier_name if parcel else "",
            "tracking_number": parcel.tracking_number if parcel else "",
        }  # fmt: skip
        letters.append(Letter(whom, TEMPLATE, f"return:{step}:{key or row.id}", facts))
    write(ctx, letters=letters)
