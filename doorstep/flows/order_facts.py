"""What letters and notices say of an order: its page, its lines, what waits, and what is sent again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext

from doorstep.base import tokens
from doorstep.base.ctx import Ctx
from doorstep.orders import queries as orders
from doorstep.orders import sent_again
from doorstep.orders.opening import as_sold
from doorstep.orders.promised import Promised
from doorstep.orders.values import LineRow

TRACKING = "tracking"
TRACKING_DAYS = 180


def tracking_link(ctx: Ctx, *, order_id: int) -> str:
    """The address of an order's tracking page: nobody can guess it, and it ends after half a year."""
    return f"{settings.PUBLIC_URL}/t/{tokens.make(TRACKING, [ctx.organisation_id, order_id])}/"


def told_lines(lines: Sequence[LineRow]) -> list[dict[str, Any]]:
    """The lines of an order as letters name them: a bundle once, with what is in it."""
    return [
        {"title": sold.title or sold.sku, "qty": sold.qty}
        | ({"inside": [{"title": x.title or x.sku, "qty": x.qty} for x in sold.inside]} if sold.inside else {})
        for sold in as_sold(lines)
    ]


def again_of(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, str]:
    """What the orders are called that were bought, by those among these that bring units of them again at no charge."""
    firsts = sent_again.firsts_of(ctx, order_ids=order_ids)
    known = orders.orders_by_id(ctx, ids=sorted(set(firsts.values()))) if firsts else {}
    return {order_id: known[first_id].name for order_id, first_id in firsts.items()}


def promised_words(parts: Sequence[Promised]) -> str:
    """Whether something was sold that is not here, and the last day that was promised for it; in the language that is set."""
    sold = [part for part in parts if part.is_sold_so]
    if not sold:
        return ""
    days = [part.promised_on for part in sold if part.promised_on]
    if not days or len(days) < len(sold):
        return gettext(
            "Part of it is not in stock at the moment. We send it as soon as it is here, and write when we know the day."
        )
    day = date_format(max(days), "DATE_FORMAT")
    if any(part.kind == "preorder" for part in sold):
        return gettext("You ordered before it is out: we expect to send it from %(promised)s.") % {"promised": day}
    return gettext("Part of it is not in stock at the moment: we expect to send it from %(promised)s.") % {"promised": day}
