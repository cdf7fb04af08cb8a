"""The orders list: its columns, and its rows as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx
from doorstep.channels import queries as channels
from doorstep.orders import queries
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import OrderRow
from doorstep.routing import queries as routing
from doorstep.web.orders import filters, origin
from doorstep.web.orders.why import OUT_OF_STOCK, where_it_lies
from doorstep.web.parts import listing
from doorstep.web.parts.bulk_words import Doing
from doorstep.web.parts.buyers import called
from doorstep.web.parts.listing import Column
from doorstep.web.parts.states import word_of

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Line:
    """An order with where it came from and why it is held."""

    row: OrderRow
    shop: str
    held: str = ""


def _fulfilment(line: Line) -> str:
    row = line.row
    if row.state == "cancelled":
        return word_of("order", row.state)
    return word_of("fulfilment_order", "on_hold") if row.on_hold else word_of("fulfilment", row.fulfilment_state)


def hold_words(ctx: Ctx, *, order_ids: Sequence[int]) -> dict[int, str]:
    """Why orders are held, and where what they wait for lies, in words; orders that are not held are left out."""
    reasons = queries.hold_reasons_of(ctx, order_ids=order_ids)
    waiting = [id for id, mine in reasons.items() if OUT_OF_STOCK in mine]
    lacks = routing.lacking(ctx, order_ids=waiting) if waiting else []
    lying: dict[int, list[str]] = {}
    for lack in lacks:
        if where := where_it_lies(lack):
            lying.setdefault(lack.order_id, []).append(f"{lack.sku}: {where}")
    return {
        id: ". ".join([", ".join(word_of("hold", reason) for reason in mine), *dict.fromkeys(lying.get(id, ()))])
        for id, mine in reasons.items()
    }


COLUMNS = (
    Column("name", _("Order"), lambda line: line.row.name),
    Column("placed", _("Placed"), lambda line: line.row.placed_at, "phone-off"),
    Column("customer", _("Customer"), lambda line: called(line.row.customer_name)),
    Column("email", _("E-mail"), lambda line: line.row.email, "phone-off", usual=False),
    Column("country", _("Country"), lambda line: line.row.country, "phone-off"),
    Column("units", _("Units"), lambda line: line.row.units, "num phone-off"),
    Column("total", _("Total"), lambda line: line.row.total.decimal, "num"),
    Column("currency", _("Currency"), lambda line: line.row.currency, file_only=True),
    Column("payment", _("Payment"), lambda line: word_of("payment", line.row.payment_state), "phone-off"),
    Column("fulfilment", _("Fulfilment"), _fulfilment, unusual_where=("view", "held")),
    Column("hold", _("Hold reason"), lambda line: line.held, "phone-off", usual=False, usual_where=("view", "held")),
    Column("shop", _("Channel"), lambda line: line.shop, "phone-off", unusual_where=("view", "held")),
    Column("external_id", _("The shop's id"), lambda line: line.row.external_id, "phone-off", usual=False),
    Column("updated", _("Changed"), lambda line: line.row.updated_at, "phone-off", usual=False),
    Column("on_hold", _("On hold"), lambda line: line.row.on_hold, file_only=True),
    Column("priority", _("High priority"), lambda line: bool(line.row.priority), file_only=True),
    Column("tags", _("Tags"), lambda line: ", ".join(line.row.tags), file_only=True),
)


def _where(ctx: Ctx, given: QueryDict) -> OrderFilter:
    return filters.read(given, now=ctx.now, timezone=accounts.organisation(ctx).timezone)


def ids(ctx: Ctx, given: QueryDict, limit: int) -> list[int]:
    """The ids of the newest orders that an address matches."""
    return queries.list_ids(ctx, where=_where(ctx, given), limit=limit)


def lines(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[Line]]:
    """Every order that an address matches, newest first."""
    where = _where(ctx, given)
    shops = {shop.id: shop.name for shop in channels.list_connections(ctx)}
    for rows in listing.paged_lines(
        lambda after: queries.list_orders(ctx, where=where, after=after, limit=CHUNK),
        lambda row: (row.placed_at, row.id),
    ):
        held = hold_words(ctx, order_ids=[row.id for row in rows])
        origins = origin.words_of(ctx, rows=rows, shops=shops)
        yield [Line(row, origins[row.id], held.get(row.id, "")) for row in rows]


LISTING = listing.register(
    listing.Listing(
        "orders", _("Orders"), "orders:index", "orders:read",
        filters.FILTERS, lambda _ctx: COLUMNS, lines, ids,
        (
            Doing("orders.hold", _("Hold"), "hand-stop", _("Hold these orders?"), _("Holding orders"), note=_("Reason"),
                  about=_("Nobody picks or ships them until the hold is released. Their stock stays promised.")),
            Doing("orders.release", _("Release"), "player-play", _("Release these holds?"), _("Releasing holds"),
                  about=_("Those that wait for stock stay held; they are released by themselves when it arrives.")),
            Doing("orders.reroute", _("Route anew"), "route", _("Route these orders anew?"), _("Routing orders anew"),
                  about=_("Parts that nobody has begun to pick find the best place as things are now.")),
            Doing("orders.tag", _("Add a tag"), "tag", _("Tag these orders?"), _("Tagging orders"), note=_("Tag"),
                  needs_note=True),
            Doing("orders.untag", _("Remove a tag"), "x", _("Take a tag off these orders?"), _("Taking tags off"),
                  note=_("Tag"), needs_note=True),
            Doing("orders.print", _("Print labels"), "printer", _("Print these labels?"), _("Printing labels")),
            Doing("orders.cancel", _("Cancel orders"), "circle-x", _("Cancel these orders?"), _("Cancelling orders"),
                  note=_("Reason"), is_danger=True, about=_("Money is not paid back by this. It cannot be undone.")),
        ),
    )
)  # fmt: skip
