"""The arrivals list: its columns, where its rows came from, and its rows as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from doorstep.base import arrivals
from doorstep.base.arrivals import Arrival
from doorstep.base.ctx import Ctx
from doorstep.channels import queries
from doorstep.flows.moving_in.values import TOPIC as MOVED_IN
from doorstep.flows.order_import.kept import TOPIC as IMPORTED
from doorstep.orders import queries as orders
from doorstep.orders.values import OrderRow
from doorstep.web.channels import telling
from doorstep.web.parts import listing
from doorstep.web.parts.bulk_words import Doing
from doorstep.web.parts.listing import Column, Tab
from doorstep.web.parts.states import word_of

CHUNK = 500
FILES = (IMPORTED, MOVED_IN)
TABS = (Tab("", _("From shops")), Tab("files", _("From files")), Tab("all", _("All")))


@dataclass(frozen=True, slots=True)
class Filter:
    """What an address of the list says.  `source`: "" what shops sent, "files" what people imported, "all" both."""

    source: str = ""
    outcome: str = ""
    connection_id: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An arrival as a list shows it."""

    row: Arrival
    topic: str
    connection: str
    said: telling.Said
    order: OrderRow | None

    @property
    def order_name(self) -> str:
        return self.order.name if self.order else str(self.row.detail.get("name", ""))


def read(given: QueryDict) -> Filter:
    """The filter of an address; whatever is not one of ours does not filter."""
    source, outcome, shop = (given.get(name, "") for name in ("source", "outcome", "connection"))
    return Filter(
        source if source in ("files", "all") else "",
        outcome if outcome in telling.OUTCOMES else "",
        int(shop) if shop.isascii() and shop.isdecimal() and len(shop) < 19 else 0,
        given.get("q", "").replace("\x00", "").strip()[:100],
    )


def find(ctx: Ctx, where: Filter, *, before: int | None, limit: int) -> list[Arrival]:
    """One page of what a filter matches, newest first; a chosen connection needs no source beside it."""
    without = FILES if not where.source and not where.connection_id else ()
    return arrivals.list_recent(
        ctx, outcome=where.outcome, connection_id=where.connection_id, text=where.text, before=before, limit=limit,
        topics=FILES if where.source == "files" else (), without_topics=without,
    )  # fmt: skip


def lines_of(ctx: Ctx, rows: Sequence[Arrival]) -> list[Line]:
    """Arrivals with their connection, their reason and the order that they made or were about."""
    names = {c.id: c.name for c in queries.connections_by_id(ctx, ids=sorted({r.connection_id for r in rows})).values()}
    ids = {int(row.detail["order_id"]) for row in rows if row.detail.get("order_id")}
    here = orders.orders_by_id(ctx, ids=sorted(ids)) if ids else {}
    return [
        Line(
            row,
            telling.topic(row.topic),
            names.get(row.connection_id, ""),
            telling.said(row.outcome, row.detail),
            here.get(row.detail.get("order_id", 0)),
        )
        for row in rows
    ]


def lines(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[Line]]:
    """Every arrival that an address matches, newest first."""
    where = read(given)
    for rows in listing.paged_lines(lambda before: find(ctx, where, before=before, limit=CHUNK), lambda row: row.id):
        yield lines_of(ctx, rows)


COLUMNS = (
    Column("topic", _("What came"), lambda line: line.topic),
    Column("outcome", _("Outcome"), lambda line: word_of("arrival", line.row.outcome)),
    Column("reason", _("Reason"), lambda line: line.said.says, "phone-off"),
    Column("order", _("Order"), lambda line: line.order_name, "phone-off"),
    Column("shop", _("Shop"), lambda line: line.connection, "phone-off"),
    Column("sender_id", _("The sender's id"), lambda line: line.row.external_id, "phone-off", usual=False),
    Column("repeats", _("Came again"), lambda line: line.row.repeats, "num phone-off", usual=False),
    Column("received", _("Received"), lambda line: line.row.received_at),
    Column("read", _("Read"), lambda line: line.row.processed_at, "phone-off", usual=False),
)
LISTING = listing.register(
    listing.Listing(
        "arrivals", _("Arrivals"), "channels:arrivals", "channels:read", ("source", "q", "outcome", "connection"),
        lambda _ctx: COLUMNS, lines, lambda line: line.row.id,
        (
            Doing("arrivals.replay", _("Read again"), "refresh", _("Read these again?"), _("Reading arrivals again"),
                  about=_("What they did before is not done twice.")),
        ),
    )
)  # fmt: skip
