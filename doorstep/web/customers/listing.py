"""The customers list: its columns, and its rows as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.customers import queries
from doorstep.customers.values import CustomerRow
from doorstep.orders import queries as orders
from doorstep.orders.values import CustomerTotal
from doorstep.web.parts import listing
from doorstep.web.parts.bulk_words import Doing
from doorstep.web.parts.buyers import called
from doorstep.web.parts.given import Known, anything, country_of, is_country
from doorstep.web.parts.listing import Column

CHUNK = 500
CONSENT = {"yes": True, "no": False}
FILTERS: Mapping[str, Known] = {"q": anything, "country": is_country, "consent": CONSENT}


@dataclass(frozen=True, slots=True)
class Filter:
    """What an address of the list says."""

    text: str
    country: str
    consent: bool | None


@dataclass(frozen=True, slots=True)
class Line:
    """A customer with what they bought so far, per currency."""

    row: CustomerRow
    bought: Sequence[CustomerTotal]


def read(given: QueryDict) -> Filter:
    """The filter of an address; whatever is not one of ours does not filter."""
    return Filter(
        given.get("q", "").strip()[:100],
        country_of(given.get("country", "")),
        CONSENT.get(given.get("consent", "")),
    )


def find(ctx: Ctx, where: Filter, *, before: int | None, limit: int) -> list[CustomerRow]:
    """One page of what a filter matches."""
    return queries.list_customers(
        ctx, query=where.text, country=where.country, consent=where.consent, before=before, limit=limit
    )


def _pages(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[CustomerRow]]:
    where = read(given)
    return listing.paged_lines(lambda before: find(ctx, where, before=before, limit=CHUNK), lambda row: row.id)


def ids(ctx: Ctx, given: QueryDict, limit: int) -> list[int]:
    """The ids of the newest customers that an address matches."""
    return listing.first_ids(([row.id for row in rows] for rows in _pages(ctx, given)), limit)


def lines(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[Line]]:
    """Every customer that an address matches, newest first."""
    for rows in _pages(ctx, given):
        bought = orders.totals_of_customers(ctx, ids=[row.id for row in rows])
        yield [Line(row, bought[row.id]) for row in rows]


COLUMNS = (
    Column("name", _("Name"), lambda line: called(line.row.name)),
    Column("email", _("E-mail"), lambda line: line.row.email, "phone-off"),
    Column("phone", _("Phone"), lambda line: line.row.phone, "phone-off"),
    Column("country", _("Country"), lambda line: line.row.country),
    Column("orders", _("Orders"), lambda line: sum(sums.orders for sums in line.bought), "num"),
    Column("bought", _("Bought so far"), lambda line: " + ".join(str(sums.total) for sums in line.bought), "num"),
    Column(
        "last", _("Last order"), lambda line: max((sums.last_at for sums in line.bought), default=None), "phone-off"
    ),
    Column("consent", _("Marketing consent"), lambda line: line.row.accepts_marketing, "phone-off", usual=False),
    Column("language", _("Language"), lambda line: line.row.language, "phone-off", usual=False),
    Column("since", _("Customer since"), lambda line: line.row.created_at, "phone-off", usual=False),
    Column("note", _("Note"), lambda line: line.row.note, file_only=True),
)
LISTING = listing.register(
    listing.Listing(
        "customers", _("Customers"), "customers:index", "customers:read", FILTERS,
        lambda _ctx: COLUMNS, lines, ids,
        (
            Doing("customers.withdraw", _("No marketing"), "hand-stop", _("Take back consent to marketing?"),
                  _("Taking back consent"),
                  about=_("They get no more marketing. Only the customer can give consent again.")),
        ),
    )
)  # fmt: skip
