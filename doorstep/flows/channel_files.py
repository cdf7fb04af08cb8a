"""Files for a channel that takes nothing else: what it may sell, and what left, in the columns that it wants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from doorstep.base import sheets
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import INVALID, Refused
from doorstep.base.sheets import Cell
from doorstep.base.words import gettext_noop
from doorstep.catalog import queries as catalog
from doorstep.channels import file_profiles, listings
from doorstep.channels.port import ListedItem
from doorstep.channels.values import ConnectionRow, ListingRow
from doorstep.flows import expose
from doorstep.flows.as_sold import Teller
from doorstep.flows.moving_in import columns
from doorstep.flows.moving_in.values import NOT_MAPPED, Column, Table
from doorstep.orders import queries as orders
from doorstep.orders.values import LineRow
from doorstep.shipping import queries as shipping
from doorstep.shipping.values import ParcelRow, ParcelState
from doorstep.stock import availability

AT_ONCE = 500
LONGEST_HEAD = 60
DELIMITERS = {"comma": ",", "semicolon": ";"}
LABELS = {
    "stock": {
        "sku": gettext_noop("SKU of the channel"), "our_sku": gettext_noop("Our SKU"), "barcode": gettext_noop("Barcode"),
        "title": gettext_noop("Title"), "number": gettext_noop("Units to show"),
    },
    "shipments": {
        "order": gettext_noop("Order number"), "tracking_number": gettext_noop("Tracking number"),
        "carrier": gettext_noop("Carrier"), "service": gettext_noop("Service"), "shipped_at": gettext_noop("When it left"),
        "sku": gettext_noop("SKU of the channel"), "units": gettext_noop("Units"),
    },
}  # fmt: skip
OFFERED = (
    Column("sku", "SKU", ("sku", "seller sku", "item sku", "product code", "판매자상품코드", "상품코드", "상품번호"), True),
    Column("barcode", "Barcode", ("barcode", "ean", "upc", "gtin", "바코드")),
    Column("title", "Title", ("title", "product name", "name", "item name", "상품명", "품명", "제품명")),
)
NEEDED = {"stock": ("number",), "shipments": ("order", "tracking_number")}
USUAL = {"stock": ("sku", "number"), "shipments": ("order", "tracking_number", "carrier", "sku", "units")}
OF_LINES = {"sku", "units"}


@dataclass(frozen=True, slots=True)
class Form:
    """How a file that goes out looks.  `heads`: our name of a column → what the channel calls it, in order."""

    heads: Mapping[str, str]
    delimiter: str = "comma"
    bom: bool = True

    def as_dict(self) -> dict[str, Any]:
        """The form as it is kept.  Shapes: columns as pairs, since JSON objects know no order here."""
        return {"columns": [list(pair) for pair in self.heads.items()], "delimiter": self.delimiter, "bom": self.bom}


def read_form(kept: Mapping[str, Any] | None, *, part: str) -> Form:
    """A form as it was kept; the usual columns where none was.  Refuses: as `check`."""
    if kept is None:
        return Form({name: name for name in USUAL[part]})
    return check(Form({str(name): str(head) for name, head in kept["columns"]}, kept["delimiter"], kept["bom"]), part=part)


def check(form: Form, *, part: str) -> Form:
    """The form, its heads tidied; columns without one are left out.

    Refuses: columns that are not known, heads given twice or too long, and a form that lacks what every such file needs.
    """
    heads = {name: " ".join(head.split()) for name, head in form.heads.items() if head.strip()}
    for name, head in heads.items():
        if name not in LABELS[part] or len(head) > LONGEST_HEAD or not head.isprintable():
            raise Refused(INVALID, {"field": name, "problem": gettext_noop("This is too long, or not plain text.")})
    if len(set(heads.values())) < len(heads):
        twice = next(name for name, head in reversed(heads.items()) if list(heads.values()).count(head) > 1)
        raise Refused(INVALID, {"field": twice, "problem": gettext_noop("Another column is called so.")})
    lacking = [name for name in NEEDED[part] if name not in heads]
    if part == "stock" and not heads.keys() & {"sku", "our_sku", "barcode"}:
        lacking.append("sku")
    if lacking:
        raise Refused(INVALID, {"field": lacking[0], "problem": gettext_noop("Write something here.")})
    if form.delimiter not in DELIMITERS:
        raise Refused(INVALID, {"field": "delimiter", "problem": gettext_noop("Choose one of these.")})
    return Form(heads, form.delimiter, form.bom)


def stock_file(ctx: Ctx, *, connection_id: int) -> Iterator[bytes]:
    """What a channel may sell of everything on sale, as its file.  Refuses: unknown ids, and shops."""
    row = file_profiles.get_connection(ctx, connection_id=connection_id)
    form = read_form(file_profiles.find(ctx, connection_id=connection_id).stock, part="stock")
    return _written(form, stock_lines(ctx, connection=row))


def shipments_file(ctx: Ctx, *, connection_id: int, since: datetime) -> Iterator[bytes]:
    """What left of a channel's orders since then, as its file.  Refuses: unknown ids, and shops."""
    row = file_profiles.get_connection(ctx, connection_id=connection_id)
    form = read_form(file_profiles.find(ctx, connection_id=connection_id).shipments, part="shipments")
    whole = not form.heads.keys() & OF_LINES
    return _written(form, shipment_lines(ctx, connection=row, since=since, whole=whole))


def _written(form: Form, batches: Iterable[Sequence[Mapping[str, Cell]]]) -> Iterator[bytes]:
    sign = DELIMITERS[form.delimiter]
    yield (sheets.BOM if form.bom else b"") + sheets.csv_text([list(form.heads.values())], delimiter=sign).encode()
    for batch in batches:
        yield sheets.csv_text([[line[name] for name in form.heads] for line in batch], delimiter=sign).encode()


def stock_lines(ctx: Ctx, *, connection: ConnectionRow) -> Iterator[list[dict[str, Cell]]]:
    """What the channel may sell, a line for each thing that it offers, or each of ours where nobody said what it offers.

    What is off sale is told with none, so that it is sold there no longer; what only stands for something unmapped is left out.
    """
    after = 0
    while page := availability.list_on_sale(ctx, after=after, limit=AT_ONCE):
        after = page[-1].variant_id
        variants = catalog.variants_by_id(ctx, ids=[row.variant_id for row in page])
        stand_ins = catalog.find_drafts(ctx, skus=[row.sku for row in page])
        offered = _offered(ctx, connection, [row.variant_id for row in page if row.sku not in stand_ins])
        told = expose.explain(ctx, rows=offered)
        yield [
            {
                "sku": row.sku or variants[row.variant_id].sku, "our_sku": variants[row.variant_id].sku,
                "barcode": row.barcode or variants[row.variant_id].barcode, "title": row.title or variants[row.variant_id].title,
                "number": told[row.id].number,
            }
            for row in offered
            if row.variant_id is not None and row.id in told
        ]  # fmt: skip


def _offered(ctx: Ctx, connection: ConnectionRow, variant_ids: Sequence[int]) -> list[ListingRow]:
    """The channel's own listings of these variants; a variant without any stands for itself, under an id of none."""
    known: dict[int, list[ListingRow]] = {}
    for row in listings.of_variants(ctx, variant_ids=variant_ids):
        if row.connection_id == connection.id and row.variant_id is not None:
            known.setdefault(row.variant_id, []).append(row)
    found = []
    for id in variant_ids:
        mine = known.get(id, [])
        found += [row for row in mine if row.ended_at is None and not row.ignored]
        if not mine:
            found.append(ListingRow(-id, connection.id, "", "", "", "", "", id, "", False, None, ctx.now, None))
    return found


def shipment_lines(
    ctx: Ctx, *, connection: ConnectionRow, since: datetime, whole: bool = False
) -> Iterator[list[dict[str, Cell]]]:
    """Parcels of the channel's orders that left since then, oldest change first; a line for each SKU in them, as it was sold.

    `whole`: a line for each parcel.
    """
    after: tuple[datetime, int] | None = None
    while page := shipping.list_updated(ctx, since=since, after=after, limit=AT_ONCE):
        after = (page[-1].updated_at, page[-1].id)
        sold = orders.orders_by_id(ctx, ids=sorted({parcel.order_id for parcel in page}))
        left = [p for p in page if _has_left(p, since) and sold[p.order_id].connection_id == connection.id]
        inside: dict[int, list[list[str | int]]] = {p.id: [["", 0]] for p in left} if whole else _contents(ctx, connection, left)
        yield [
            {
                "order": sold[p.order_id].external_id, "tracking_number": p.tracking_number, "carrier": p.carrier_name,
                "service": p.service, "shipped_at": p.handed_over_at.isoformat() if p.handed_over_at else "",
                "sku": str(sku), "units": int(qty),
            }
            for p in left
            for sku, qty in inside[p.id]
        ]  # fmt: skip


@transaction.atomic
def read_offered(ctx: Ctx, *, connection_id: int, table: Table) -> int:
    """Takes a channel's own list of what it offers: what has our SKU or barcode is linked, the rest waits to be mapped.

    What is not in it is offered no longer.  Returns: how many there are.
    Refuses: unknown ids, shops, a list without a column for the SKU.
    """
    file_profiles.get_connection(ctx, connection_id=connection_id)
    at = columns.guess_among(OFFERED, table.heads)
    if "sku" not in at:
        raise Refused(NOT_MAPPED, {"field": LABELS["stock"]["sku"]})

    def cell(row: Sequence[str], name: str) -> str:
        return row[at[name]].strip() if name in at else ""

    items = [
        ListedItem(sku, sku, sku, cell(row, "barcode"), cell(row, "title"), None)
        for row in table.rows
        if (sku := cell(row, "sku")[:200])
    ]
    read = expose.note(ctx, connection_id=connection_id, items=items, since=ctx.now)
    listings.end_unread(ctx, connection_id=connection_id, read=read)
    return len(set(read))


def _has_left(parcel: ParcelRow, since: datetime) -> bool:
    return parcel.state == ParcelState.HANDED_OVER and parcel.handed_over_at is not None and parcel.handed_over_at >= since


def _contents(ctx: Ctx, connection: ConnectionRow, left: Sequence[ParcelRow]) -> dict[int, list[list[str | int]]]:
    """What is in parcels, in the channel's SKUs; a bundle is in the parcel that makes it whole."""
    ids = sorted({p.order_id for p in left})
    every = [p for p in shipping.parcels_of(ctx, order_ids=ids) if p.state == ParcelState.HANDED_OVER]
    sold: dict[int, list[LineRow]] = {id: [] for id in ids}
    for ordered in orders.lines_of(ctx, order_ids=ids):
        sold[ordered.order_id].append(ordered)
    tellers = {id: Teller(lines) for id, lines in sold.items()}
    inside: dict[int, Counter[int]] = {p.id: Counter() for p in every}
    for line in shipping.parcel_lines_of(ctx, parcel_ids=list(inside)):
        inside[line.parcel_id][line.order_line_id] += line.qty
    so_far: dict[int, Counter[int]] = {id: Counter() for id in ids}
    said = {}
    for parcel in sorted(every, key=lambda p: (p.handed_over_at or p.packed_at, p.id)):
        so_far[parcel.order_id] += inside[parcel.id]
        said[parcel.id] = tellers[parcel.order_id].say(here=inside[parcel.id], so_far=so_far[parcel.order_id])
    skus = sorted({str(sku) for lines in said.values() for sku, _ in lines})
    named = listings.names_there(ctx, connection_id=connection.id, skus=skus) if skus else {}
    theirs = {ours: sku for ours, (sku, _) in named.items() if sku}
    return {id: [[theirs.get(str(sku), sku), qty] for sku, qty in lines] for id, lines in said.items()}
