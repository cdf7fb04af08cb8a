"""Customers are told: confirmed, shipped, delivered; each once, in their language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import override

from doorstep.base import tokens
from doorstep.base.ctx import Ctx
from doorstep.base.outbox import Event
from doorstep.flows import estimate_words
from doorstep.flows.letters import Letter, write
from doorstep.orders import over_the_counter, promised, sent_again
from doorstep.orders import queries as orders
from doorstep.orders.opening import as_sold
from doorstep.orders.promised import Promised
from doorstep.orders.queries import Destination
from doorstep.orders.values import LineRow
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import ParcelRow

TRACKING = "tracking"
TRACKING_DAYS = 180


def tracking_link(ctx: Ctx, *, order_id: int) -> str:
    """The address of an order's tracking page: nobody can guess it, and it ends after half a year."""
    return f"{settings.PUBLIC_URL}/t/{tokens.make(TRACKING, [ctx.organisation_id, order_id])}/"


def confirm(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Thanks customers for new orders; who bought in a shop has the goods and a receipt."""
    there = over_the_counter.handed_over_in(ctx, order_ids=[e.timeline_id for e in happened])
    _tell(ctx, "confirmed", [(e.timeline_id, None) for e in happened if e.timeline_id not in there])


def shipped(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells customers that a parcel has left."""
    _tell(ctx, "shipped", _parcels(ctx, happened))


def delivered(ctx: Ctx, happened: Sequence[Event]) -> None:
    """Tells customers that a parcel has arrived."""
    _tell(ctx, "delivered", _parcels(ctx, happened))


def confirm_again(ctx: Ctx, *, order_id: int, wish: str) -> None:
    """Sends the confirmation of an order once more; the same wish twice sends it once."""
    _tell(ctx, "confirmed", [(order_id, None)], wish=wish)


def shipped_again(ctx: Ctx, *, order_id: int, wish: str) -> None:
    """Sends the tracking mail of the newest parcel that left once more; the same wish twice sends it once."""
    left = [p for p in shipping.parcels_of(ctx, order_ids=[order_id]) if p.state == "handed_over"]
    _tell(ctx, "shipped", [(order_id, parcel) for parcel in left[-1:]], wish=wish)


def _parcels(ctx: Ctx, happened: Sequence[Event]) -> list[tuple[int, ParcelRow | None]]:
    parcels = shipping.parcels_by_id(ctx, ids=[e.subject_id for e in happened])
    return [(p.order_id, p) for p in parcels.values()]


def _tell(ctx: Ctx, template: str, about: Sequence[tuple[int, ParcelRow | None]], *, wish: str = "") -> None:
    """Queues one mail per order or parcel and wish; customers without an e-mail address are left in peace."""
    to = orders.destinations(ctx, order_ids=[order_id for order_id, _ in about])
    lines: dict[int, list[LineRow]] = {}
    for line in orders.lines_of(ctx, order_ids=list(to)):
        lines.setdefault(line.order_id, []).append(line)
    bought = _bought(ctx, list(to))
    waits = promised.promised_of(ctx, order_ids=list(to)) if template == "confirmed" else {}
    letters = []
    for order_id, parcel in about:
        whom = to.get(order_id)
        if whom is None:
            continue
        facts = {
            "lines": told_lines(lines.get(order_id, [])), "link": tracking_link(ctx, order_id=order_id),
            "again": bought.get(order_id, ""), **_facts_of(parcel, whom), **_waits(waits.get(order_id, []), whom),
        }  # fmt: skip
        key = f"{template}:parcel:{parcel.id}" if parcel else f"{template}:order:{order_id}"
        key += f":{wish}" if wish else ""
        letters.append(Letter(whom, template, key, facts))
    write(ctx, letters=letters)


def told_lines(lines: Sequence[LineRow]) -> list[dict[str, Any]]:
    """The lines of an order as letters name them: a bundle once, with what is in it."""
    return [
        {"title": sold.title or sold.sku, "qty": sold.qty}
        | ({"inside": [{"title": x.title or x.sku, "qty": x.qty} for x in sold.inside]} if sold.inside else {})
        for sold in as_sold(lines)
    ]


def _bought(ctx: Ctx, order_ids: Sequence[int]) -> dict[int, str]:
    """What the orders are called that were bought, by those among these that bring units of them again at no charge."""
    firsts = sent_again.firsts_of(ctx, order_ids=order_ids)
    known = orders.orders_by_id(ctx, ids=sorted(set(firsts.values()))) if firsts else {}
    return {order_id: known[first_id].name for order_id, first_id in firsts.items()}


def _waits(parts: Sequence[Promised], whom: Destination) -> dict[str, Any]:
    """Whether something was sold that is not here, and the last day that was promised for it, in words."""
    sold = [part for part in parts if part.is_sold_so]
    days = [part.promised_on for part in sold if part.promised_on]
    with override(whom.language):
        day = date_format(max(days), "DATE_FORMAT") if days and len(days) == len(sold) else ""
    return {"waits": bool(sold), "is_preorder": any(part.kind == "preorder" for part in sold), "promised": day}


def _facts_of(parcel: ParcelRow | None, whom: Destination) -> dict[str, Any]:
    if parcel is None:
        return {}
    with override(whom.language):
        estimated = date_format(parcel.estimated_on, "DATE_FORMAT") if parcel.estimated_on else ""
        coming = estimate_words.for_letter(parcel, language=whom.language)
    return {
        "carrier": parcel.carrier_name, "tracking_number": parcel.tracking_number, "estimated": estimated, "coming": coming,
    }  # fmt: skip
