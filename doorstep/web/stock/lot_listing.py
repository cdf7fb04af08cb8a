"""The list of lots and serial numbers: its views and columns, and its rows as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.catalog.values import VariantRow
from doorstep.locations import queries as locations
from doorstep.stock.tracked import reads
from doorstep.stock.tracked.values import LotFilter, LotRow
from doorstep.web.parts import listing
from doorstep.web.parts.bulk_words import Doing
from doorstep.web.parts.given import Known, anything, id_of, is_id
from doorstep.web.parts.listing import Column
from doorstep.web.stock.inbound_words import today

CHUNK = 500
TABS = (("", _("Lying here")), ("expired", _("Expired")), ("soon", _("Expires soon")), ("gone", _("Gone")), ("all", _("All")))
KINDS = {"lot": _("Lot"), "serial": _("Serial number")}
FILTERS: Mapping[str, Known] = {"q": anything, "view": dict(TABS), "location": is_id, "variant": is_id}


@dataclass(frozen=True, slots=True)
class Line:
    """A lot with its variant, where it lies, and how long it keeps."""

    row: LotRow
    variant: VariantRow
    at: Mapping[str, int]
    days_left: int | None
    tone: str

    @property
    def places(self) -> str:
        """Where it lies, and how much of it."""
        return ", ".join(f"{name} {qty}" for name, qty in self.at.items())

    @property
    def left(self) -> str:
        """How long it keeps, in words."""
        if self.days_left is None:
            return ""
        if self.days_left < 0:
            return gettext("expired")
        said = ngettext("%(n)s day left", "%(n)s days left", self.days_left)
        return gettext("last day") if self.days_left == 0 else said % {"n": self.days_left}


def read(ctx: Ctx, given: QueryDict) -> LotFilter:
    """The filter of an address; whatever is not one of ours does not filter."""
    view = given.get("view", "")
    return LotFilter(
        view if view in dict(TABS) else "", given.get("q", "").strip()[:100], id_of(given.get("location", "")),
        id_of(given.get("variant", "")), today(ctx),
    )  # fmt: skip


def beside(ctx: Ctx, rows: Sequence[LotRow], on: date) -> list[Line]:
    """Rows with their variants and places."""
    ids = [row.variant_id for row in rows]
    variants, tracking = catalog.variants_by_id(ctx, ids=ids), reads.tracking_of(ctx, variant_ids=ids)
    codes = {place.id: place.code for place in locations.list_locations(ctx)}
    at: dict[int, dict[str, int]] = {row.id: {} for row in rows}
    for level in reads.levels_of_lots(ctx, lot_ids=list(at)):
        at[level.lot_id][codes.get(level.location_id, "")] = level.on_hand
    return [
        Line(
            row,
            variants[row.variant_id],
            at[row.id],
            days_left(row, on),
            tone(row, on, tracking[row.variant_id].warn_days),
        )
        for row in rows
    ]


def days_left(row: LotRow, on: date) -> int | None:
    """How many days a lot keeps; None where it has no date."""
    return (row.expires_on - on).days if row.expires_on else None


def tone(row: LotRow, on: date, warn_days: int) -> str:
    """How urgent a lot is: broken once it has expired, waiting soon before."""
    left = days_left(row, on)
    if left is None or not row.on_hand or left > warn_days:
        return ""
    return "broken" if left < 0 else "waiting"


def _pages(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[LotRow]]:
    where = read(ctx, given)
    return listing.paged_lines(
        lambda after: reads.list_lots(ctx, where=where, after=after, limit=CHUNK),
        lambda row: (row.expires_on or reads.NEVER, row.id),
    )


def ids(ctx: Ctx, given: QueryDict, limit: int) -> list[int]:
    """The ids of the lots that an address matches, the first to expire first."""
    return listing.first_ids(([row.id for row in rows] for rows in _pages(ctx, given)), limit)


def lines(ctx: Ctx, given: QueryDict) -> Iterator[Sequence[Line]]:
    """Every lot that an address matches, the first to expire first."""
    on = today(ctx)
    return (beside(ctx, rows, on) for rows in _pages(ctx, given))


COLUMNS = (
    Column("code", _("Lot"), lambda line: line.row.code),
    Column("kind", _("Kind"), lambda line: str(KINDS[line.row.kind]), "phone-off", usual=False),
    Column("sku", "SKU", lambda line: line.variant.sku),
    Column("title", _("Product"), lambda line: line.variant.title, "phone-off"),
    Column("expires_on", _("Expires on"), lambda line: line.row.expires_on),
    Column("on_hand", _("On hand"), lambda line: line.row.on_hand, "num"),
    Column("set_aside", _("Set aside"), lambda line: line.row.set_aside, "num phone-off"),
    Column("places", _("Locations"), lambda line: line.places, "phone-off"),
)
LISTING = listing.register(
    listing.Listing(
        "lots", _("Lots"), "lots:index", "stock:read", FILTERS, lambda _ctx: COLUMNS, lines, ids,
        (
            Doing("lots.set_aside", _("Move to quality control"), "eye", _("Move these lots to quality control?"),
                  _("Moving lots to quality control"), note=_("Reason"), needs_note=True,
                  about=_("All units of them that are for sale, wherever they lie. Units that are promised to orders stay.")),
            Doing("lots.write_off", _("Write off"), "trash", _("Write these lots off?"), _("Writing lots off"),
                  note=_("Reason"), needs_note=True, is_danger=True,
                  about=_("All units of them leave the books, wherever they lie. Units that are promised to orders stay.")),
        ),
    )
)  # fmt: skip
