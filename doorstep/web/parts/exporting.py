"""A list as a file: CSV and XLSX, sent while it is read."""

from __future__ import annotations

import re
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils.translation import get_language, gettext, override

from doorstep.base import sheets
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.base.sheets import Cell
from doorstep.web.parts import listing as lists
from doorstep.web.parts.listing import Column, Listing
from doorstep.web.parts.pages import StaffRequest, page

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
# One sheet holds 1,048,576 lines, one cell 32,767 characters.  Source: Excel specifications and limits.
LINES_PER_SHEET = 1_000_000
LONGEST_CELL = 32_767
PIECE = 64 * 1024
BOOK = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
SHEET_SIGNS = re.compile(r"[\[\]:*?/\\']")
Lines = Iterator[Sequence[Sequence[Cell]]]
Pieces = Generator[bytes, None, None]


def path_of(listing: Listing) -> URLPattern:
    """The address of a list's file: `export.csv` and `export.xlsx` beside the list, for whoever may open the list."""

    @page(listing.permission)
    def export(request: StaffRequest, kind: str) -> HttpResponse:
        """What the address matches, with the columns that this person sees or with all of them."""
        return send(request, listing, kind)

    return path("export.<str:kind>", export, name="export")


def send(request: StaffRequest, listing: Listing, kind: str) -> HttpResponse:
    """A list's lines as a file.  Refuses: kinds of files that are not made here."""
    if kind not in TYPES:
        raise Refused(NOT_FOUND, {"what": "file", "key": kind[:20]})
    ctx = request.ctx
    is_whole = request.GET.get("columns") == "all"
    kept = lists.filters_of(listing, request.GET)
    every = list(listing.columns(ctx))
    columns = every if is_whole else lists.shown_columns(ctx, listing, every, kept)
    zone = ZoneInfo(request.organisation.timezone)
    heads = [str(column.label) for column in columns]
    found = listing.lines(ctx, kept)
    lines = ([_cells(columns, line, zone) for line in batch] for batch in found)
    name = f"{listing.name}-{ctx.now.astimezone(zone):%Y-%m-%d}.{kind}"
    return file_of(kind, name=name, heads=heads, lines=lines, title=str(listing.label))


def file_of(kind: str, *, name: str, heads: Sequence[str], lines: Lines, title: str = "") -> HttpResponse:
    """Batches of lines as a file that is sent while they are read, in the reader's language to its end."""
    pieces = _csv(heads, lines) if kind == "csv" else _xlsx(heads, lines, title)
    response = StreamingHttpResponse(_sent(pieces, get_language() or "en"), content_type=TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response  # type: ignore[return-value]  # the doors hand on any response; Django's types keep the two apart


def _cells(columns: Sequence[Column], line: Any, zone: ZoneInfo) -> list[Cell]:
    return [_local(column.cell(line), zone) for column in columns]


def _local(cell: Cell, zone: ZoneInfo) -> Cell:
    """Yes and no in words, times in the organisation's time zone."""
    if isinstance(cell, bool):
        return gettext("yes") if cell else gettext("no")
    return cell.astimezone(zone).replace(tzinfo=None) if isinstance(cell, datetime) else cell


def _csv(heads: Sequence[str], lines: Lines) -> Pieces:
    yield sheets.BOM + sheets.csv_text([heads]).encode()
    for batch in lines:
        yield sheets.csv_text(batch).encode()


def _xlsx(heads: Sequence[str], lines: Lines, title: str) -> Pieces:
    """The workbook is written to disk line by line and then sent: its format cannot begin before it is whole."""
    with tempfile.TemporaryFile() as file:
        book = xlsxwriter.Workbook(file, BOOK)
        sheets_of = _Sheets(book, heads, title)
        for cells in chain.from_iterable(lines):
            sheets_of.write(cells)
        book.close()
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


class _Sheets:
    """The sheets of one workbook: a further one begins where the last is full."""

    def __init__(self, book: Any, heads: Sequence[str], title: str) -> None:
        self.book, self.heads, self.title = book, heads, title
        self.bold = book.add_format({"bold": True})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.count = 0
        self._begin()

    def _begin(self) -> None:
        self.count += 1
        self.row = 1
        title = SHEET_SIGNS.sub(" ", self.title)[:24].strip() or "1"
        self.sheet = self.book.add_worksheet(title if self.count == 1 else f"{title} {self.count}")
        self.sheet.freeze_panes(1, 1)
        self.sheet.set_column(0, len(self.heads) - 1, 18)
        for n, head in enumerate(self.heads):
            self.sheet.write_string(0, n, head, self.bold)

    def write(self, cells: Sequence[Cell]) -> None:
        """Writes a line; texts are texts, whatever they begin with."""
        if self.row >= LINES_PER_SHEET:
            self._begin()
        for n, cell in enumerate(cells):
            if isinstance(cell, datetime | date):
                self.sheet.write_datetime(self.row, n, cell, self.moment if isinstance(cell, datetime) else self.day)
            elif isinstance(cell, int | Decimal):
                self.sheet.write_number(self.row, n, cell)
            elif cell:
                self.sheet.write_string(self.row, n, cell[:LONGEST_CELL])
        self.row += 1


async def _sent(pieces: Pieces, language: str) -> AsyncIterator[bytes]:
    """Piece by piece, each read in the request's own thread; between two pieces the database connection is free."""
    read = sync_to_async(_next_piece, thread_sensitive=True)
    try:
        while (piece := await read(pieces, language)) is not None:
            yield piece
    finally:
        await sync_to_async(pieces.close, thread_sensitive=True)()


def _next_piece(pieces: Pieces, language: str) -> bytes | None:
    try:
        with override(language):
            return next(pieces, None)
    finally:
        if not connection.in_atomic_block:
            connection.close()
