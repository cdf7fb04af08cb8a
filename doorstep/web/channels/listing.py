"""The arrivals list: its columns, where its rows came from, and its rows as a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from doorstep.base import arrivals, search
from doorstep.base.arrivals import Arrival
from doorstep.base.ctx import Ctx
from doorstep.channels import queries
from doorstep.fulfilment.warehouses import queries as warehouses
from doorstep.messaging import queries as messaging
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.orders.values import OrderRow
from doorstep.payments import queries as payments
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import ParcelFilter
from doorstep.web.channels import telling
from doorstep.web.parts import listing
from doorstep.web.parts.bulk_words import Doing
from doorstep.web.parts.given import Known, anything
from doorstep.web.parts.listing import Column, Tab
from doorstep.web.parts.states import word_of


class Named(Protocol):
    """Somebody who sends: an id and a name."""

    @property
    def id(self) -> int: ...

    @property
    def name(self) -> str: ...


CHUNK = 500
MEANT = 200  # how many orders, and how many parcels, a text may mean
ROW_OF_A_FILE = "orders/import"
CORRECTED = re.compile(r"#[0-9a-f]{12}$")  # what sets a corrected order's rows apart from the first ones
# Senders with accounts, and ids, of their own: what lists them, and the page of one.
OWN: dict[str, tuple[Callable[[Ctx], Sequence[Named]], str]] = {
    arrivals.CARRIER: (shipping.list_carriers, "carriers:carrier"),
    arrivals.PAYMENT: (payments.list_accounts, "payment_accounts:account"),
    arrivals.MAIL: (messaging.list_mailboxes, "mailboxes:mailbox"),
    arrivals.TEXT: (messaging.list_sms_accounts, "texting:account"),
    arrivals.WAREHOUSE: (warehouses.list_warehouses, "warehouses:warehouse"),
}
SENDER = re.compile(rf"(({'|'.join(OWN)})-)?[0-9]{{1,18}}")
SENT = (arrivals.CHANNEL, arrivals.CARRIER, arrivals.PAYMENT, arrivals.WAREHOUSE)
SOURCES = {"": SENT, "files": (arrivals.FILE,), "all": arrivals.SOURCES}
FILTERS: Mapping[str, Known] = {
    "source": SOURCES, "q": anything, "outcome": telling.OUTCOMES, "connection": lambda text: bool(SENDER.fullmatch(text))
}  # fmt: skip
TABS = (Tab("", _("From shops and carriers")), Tab("files", _("From files")), Tab("all", _("All")))


@dataclass(frozen=True, slots=True)
class Filter:
    """What an address of the list says.

    `source`: "" what shops, carriers, warehouses and payment providers sent, "files" what people imported, "all" both.
    `sender`: `7` is a connection, `carrier-7` a carrier, `payment-7` a payment account, `mail-7` a mailbox,
    `warehouse-7` a warehouse.
    """

    source: str = ""
    outcome: str = ""
    sender: str = ""
    text: str = ""

    @property
    def connection_id(self) -> int:
        """The id of the sender; 0 is everybody."""
        return int(self.sender.rpartition("-")[2] or 0)

    @property
    def may_be_read_again(self) -> bool:
        """Whether it lists anything that can be: rows of files come again with their file only."""
        return any(source != arrivals.FILE for source in self.sources)

    @property
    def sources(self) -> tuple[str, ...]:
        """Which sources are asked for; a chosen sender needs none beside it."""
        if not self.sender:
            return SOURCES[self.source]
        kind = self.sender.partition("-")[0]
        own = (kind,) if kind in OWN else arrivals.OF_A_CONNECTION
        return tuple(source for source in own if not self.source or source in SOURCES[self.source])


@dataclass(frozen=True, slots=True)
class Line:
    """An arrival as a list shows it."""

    row: Arrival
    topic: str
    connection: str
    connection_url: str
    said: telling.Said
    order: OrderRow | None

    @property
    def order_name(self) -> str:
        """The order's name; of one that is not here, what the sender called it."""
        if self.order:
            return self.order.name
        said = self.row.detail.get("name") or self.row.detail.get("external_id")
        return str(said or (CORRECTED.sub("", self.row.external_id) if self.row.topic == ROW_OF_A_FILE else ""))


def read(given: QueryDict) -> Filter:
    """The filter of an address; whatever is not one of ours does not filter."""
    source, outcome, sender = (given.get(name, "") for name in ("source", "outcome", "connection"))
    return Filter(
        source if source in SOURCES else "",
        outcome if outcome in telling.OUTCOMES else "",
        sender if SENDER.fullmatch(sender) else "",
        given.get("q", "").strip()[:100],
    )


def finder(ctx: Ctx, where: Filter) -> Callable[[int | None, int], list[Arrival]]:
    """Gives one page after the other of what a filter matches, newest first.  Shapes: (before which id, how many)."""
    order_ids = _meant(ctx, where.text)
    return lambda before, limit: arrivals.list_recent(
        ctx, outcome=where.outcome, sources=where.sources, connection_id=where.connection_id, text=where.text,
        order_ids=order_ids, before=before, limit=limit,
    )  # fmt: skip


def _meant(ctx: Ctx, text: str) -> list[int]:
    """The ids of the newest orders that a text means: by number, by the shop's id, or by the number of a parcel."""
    words = search.words(text)
    if not search.grams(text):  # a single letter: no index would help, and it means too much
        return []
    named = [
        (row.id, f"{row.name} {row.external_id}")
        for row in orders.list_orders(ctx, where=OrderFilter(text=text), limit=MEANT)
    ]
    named += [
        (row.order_id, row.tracking_number)
        for row in shipping.list_parcels(ctx, where=ParcelFilter(text=text), limit=MEANT)
    ]
    return sorted({id for id, said in named if all(word in search.fold(said) for word in words)})


def lines_of(ctx: Ctx, rows: Sequence[Arrival]) -> list[Line]:
    """Arrivals with their connection, their reason and the order that they made or were about."""
    named = _named(ctx, rows)
    ids = {int(row.detail["order_id"]) for row in rows if row.detail.get("order_id")}
    here = orders.orders_by_id(ctx, ids=sorted(ids)) if ids else {}
    return [
        Line(
            row,
            telling.topic(row.topic),
            *named.get((_kind(row), row.connection_id), ("", "")),
            telling.said(row.outcome, row.detail),
            here.get(row.detail.get("order_id", 0)),
        )
        for row in rows
    ]


def _kind(row: Arrival) -> str:
    """Of whose ids the sender's is one: those of a kind in `OWN`, or "" for a connection."""
    return row.source if row.source in OWN else ""


def _named(ctx: Ctx, rows: Sequence[Arrival]) -> dict[tuple[str, int], tuple[str, str]]:
    """Who sent arrivals.  Shapes: (kind of sender, id) to (name, address of its page)."""
    ids = sorted({row.connection_id for row in rows if not _kind(row)})
    found = {
        ("", row.id): (row.name, reverse("channels:connection", args=[row.id]))
        for row in queries.connections_by_id(ctx, ids=ids).values()
    }
    for kind in {_kind(row) for row in rows} & OWN.keys():
        listed, page = OWN[kind]
        found |= {(kind, row.id): (row.name, reverse(page, args=[row.id])) for row in listed(ctx)}
    return found


def senders(ctx: Ctx) -> list[tuple[str, str]]:
    """Whom arrivals can be narrowed to, as the address names them."""
    shops = [(str(row.id), row.name) for row in queries.list_connections(ctx)]
    return shops + [(f"{kind}-{row.id}", row.name) for kind, (listed, _page) in OWN.items() for row in listed(ctx)]


def _pages(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[Arrival]]:
    find = finder(ctx, read(given))
    return listing.paged_lines(lambda before: find(before, CHUNK), lambda row: row.id)


def ids(ctx: Ctx, given: QueryDict, limit: int) -> list[int]:
    """The ids of the newest arrivals that an address matches."""
    return listing.first_ids(([row.id for row in rows] for rows in _pages(ctx, given)), limit)


def lines(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[Line]]:
    """Every arrival that an address matches, newest first."""
    for rows in _pages(ctx, given):
        yield lines_of(ctx, rows)


COLUMNS = (
    Column("topic", _("What came"), lambda line: line.topic),
    Column("outcome", _("Outcome"), lambda line: word_of("arrival", line.row.outcome)),
    Column("reason", _("Reason"), lambda line: line.said.says, "phone-off"),
    Column("order", _("Order"), lambda line: line.order_name, "phone-off"),
    Column("sender", _("Sender"), lambda line: line.connection, "phone-off"),
    Column("sender_id", _("The sender's id"), lambda line: line.row.external_id, "phone-off", usual=False),
    Column("repeats", _("Came again"), lambda line: line.row.repeats, "num phone-off", usual=False),
    Column("received", _("Received"), lambda line: line.row.received_at),
    Column("read", _("Read"), lambda line: line.row.processed_at, "phone-off", usual=False),
)
LISTING = listing.register(
    listing.Listing(
        "arrivals", _("Arrivals"), "channels:arrivals", "channels:read", FILTERS,
        lambda _ctx: COLUMNS, lines, ids,
        (
            Doing("arrivals.replay", _("Read again"), "refresh", _("Read these again?"), _("Reading arrivals again"),
                  about=_("What they did before is not done twice.")),
        ),
    )
)  # fmt: skip
