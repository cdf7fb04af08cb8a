"""The returns list: its views and columns, and its rows as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.returns import queries
from doorstep.returns.reasons import Reason
from doorstep.returns.values import Goods, LineRow, ReturnFilter, ReturnRow
from doorstep.shipping import queries as shipping
from doorstep.web.parts import listing
from doorstep.web.parts.buyers import called
from doorstep.web.parts.given import Known, anything, id_of, is_id
from doorstep.web.parts.listing import Column
from doorstep.web.parts.states import word_of
from doorstep.web.returns import words

CHUNK = 500
TABS = (
    ("", _("All")), ("review", _("To review")), ("coming", _("On the way")), ("here", _("Here to inspect")),
    ("done", _("Done")),
)  # fmt: skip
FILTERS: Mapping[str, Known] = {
    "q": anything, "view": dict(TABS), "goods": set(Goods), "reason": set(Reason), "customer": is_id, "order": is_id,
}  # fmt: skip
WAITING = ("review", "here")


@dataclass(frozen=True, slots=True)
class Line:
    """A return with what its columns tell beside it."""

    row: ReturnRow
    lines: Sequence[LineRow]
    tracking: str

    @property
    def reasons(self) -> str:
        """Why it comes back, each reason once."""
        return ", ".join(dict.fromkeys(words.reason(line.reason) for line in self.lines))

    @property
    def items(self) -> str:
        """What comes back."""
        return ", ".join(f"{line.qty} × {line.sku}" for line in self.lines)


def read(given: QueryDict) -> ReturnFilter:
    """The filter of an address; whatever is not one of ours does not filter."""
    view, goods, reason = (given.get(name, "") for name in ("view", "goods", "reason"))
    return ReturnFilter(
        view=view if view in dict(TABS) else "",
        goods=goods if goods in set(Goods) else "",
        reason=reason if reason in set(Reason) else "",
        customer_id=id_of(given.get("customer", "")),
        order_id=id_of(given.get("order", "")),
        text=given.get("q", "").strip()[:100],
    )


def beside(ctx: Ctx, rows: Sequence[ReturnRow]) -> list[Line]:
    """Rows with their lines and the numbers on their labels."""
    lines = queries.lines_of(ctx, return_ids=[row.id for row in rows])
    parcels = shipping.parcels_by_id(ctx, ids=[row.parcel_id for row in rows if row.parcel_id])
    numbers = {id: parcel.tracking_number for id, parcel in parcels.items()}
    return [Line(row, [x for x in lines if x.return_id == row.id], numbers.get(row.parcel_id or 0, "")) for row in rows]


def _pages(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[ReturnRow]]:
    where = read(given)
    return listing.paged_lines(
        lambda before: queries.list_returns(ctx, where=where, before=before, limit=CHUNK), lambda row: row.id
    )


def ids(ctx: Ctx, given: QueryDict, limit: int) -> list[int]:
    """The ids of the newest returns that an address matches."""
    return listing.first_ids(([row.id for row in rows] for rows in _pages(ctx, given)), limit)


def lines(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[Line]]:
    """Every return that an address matches, newest first."""
    return (beside(ctx, rows) for rows in _pages(ctx, given))


COLUMNS = (
    Column("return", _("Return"), lambda line: line.row.name),
    Column("order", _("Order"), lambda line: line.row.order_name, "phone-off"),
    Column("customer", _("Customer"), lambda line: called(line.row.customer_name)),
    Column("items", _("Items"), lambda line: line.items, "phone-off"),
    Column("reasons", _("Reason"), lambda line: line.reasons, "phone-off"),
    Column("decision", _("Decision"), lambda line: word_of("return", line.row.decision)),
    Column("goods", _("Goods"), lambda line: word_of("return_goods", line.row.goods), "phone-off"),
    Column("money", _("Money"), lambda line: word_of("return_money", line.row.money), "phone-off"),
    Column("units", _("Units"), lambda line: line.row.units, "num phone-off", usual=False),
    Column("tracking", _("Tracking"), lambda line: line.tracking, "phone-off", usual=False),
    Column(
        "withdrawal", _("Withdrawal"), lambda line: gettext("yes") if line.row.is_withdrawal else "", file_only=True
    ),
    Column("requested", _("Asked for"), lambda line: line.row.requested_at, "phone-off"),
    Column("decided", _("Decided on"), lambda line: line.row.decided_at, "phone-off", usual=False),
    Column("received", _("Here since"), lambda line: line.row.received_at, "phone-off", usual=False),
    Column("expires", _("To be sent by"), lambda line: line.row.expires_at, "phone-off", usual=False),
    Column("closed", _("Closed"), lambda line: line.row.closed_at, "phone-off", usual=False),
)
LISTING = listing.register(
    listing.Listing(
        "returns", _("Returns"), "returns:index", "returns:read", FILTERS,
        lambda _ctx: COLUMNS, lines, ids,
    )
)  # fmt: skip
