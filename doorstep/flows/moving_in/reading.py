"""A file's bytes as a table of text."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, datetime

import python_calamine

from doorstep.base import sheets, workbooks
from doorstep.base.refusals import Refused
from doorstep.flows.moving_in.values import MAX_BYTES, MAX_ROWS, NO_ROWS, TOO_BIG, TOO_SPREAD, UNREADABLE, Table

MAX_CELL = 2000
MAX_COLUMNS = 200
MAX_BLANK = 1000  # lines before the heads
# A page waits while a workbook is read, so it may be no larger than what these rows need.
MAX_CELLS, MAX_UNPACKED = 10_000_000, 20 * MAX_BYTES


def read(data: bytes, *, name: str) -> Table:
    """Heads and rows of a CSV, TSV or XLSX file; empty rows are left out, short ones filled up.

    Text is UTF-8, UTF-16 with its mark, or CP949 or Windows-1252 as Excel in Korea and western Europe writes it.
    Refuses: too big, too spread, empty, neither of these.
    """
    if len(data) > MAX_BYTES:
        raise Refused(TOO_BIG, {"name": name})
    lines = _sheet(data, name) if data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0") else _text(data, name)
    table: list[list[str]] = []
    for n, line in enumerate(lines):
        cells = [_clean(cell) for cell in line[:MAX_COLUMNS]]
        if any(cells) or table:
            table.append(cells)
        if len(table) > MAX_ROWS + 1 or n > MAX_ROWS + MAX_BLANK:
            raise Refused(TOO_BIG, {"name": name})
    while table and not any(table[-1]):
        table.pop()
    if len(table) < 2:
        raise Refused(NO_ROWS, {"name": name})
    heads = table[0]
    while heads and not heads[-1]:
        heads.pop()
    width = max(len(heads), 1)
    return Table(heads, [[*line[:width], *[""] * (width - len(line))] for line in table[1:]])


def _sheet(data: bytes, name: str) -> Iterable[list[str]]:
    trouble = workbooks.unfit(io.BytesIO(data), max_cells=MAX_CELLS, max_unpacked=MAX_UNPACKED)
    if trouble is not None:
        raise Refused(TOO_SPREAD if trouble is workbooks.Unfit.TOO_BIG else UNREADABLE, {"name": name})
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheet = book.get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=True, nrows=MAX_ROWS + 2)
    except (python_calamine.CalamineError, ValueError, IndexError, OSError):
        raise Refused(UNREADABLE, {"name": name}) from None
    return ([_shown(cell) for cell in row[:MAX_COLUMNS]] for row in rows)


def _shown(cell: object) -> str:
    """A cell as a person sees it: whole numbers without a fraction, so that a barcode stays one."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e18 else repr(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)


def _text(data: bytes, name: str) -> Iterable[list[str]]:
    text = sheets.decoded(data)
    if text is None:
        raise Refused(UNREADABLE, {"name": name})
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max("\t;|,", key=lambda sign: (first.count(sign), sign == ","))
    return _lines(text, delimiter, name)


def _lines(text: str, delimiter: str, name: str) -> Iterator[list[str]]:
    """One after the other: blank lines by the million weigh a hundred times what the file does."""
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error:
        raise Refused(UNREADABLE, {"name": name}) from None


def _clean(cell: str) -> str:
    return sheets.plain(unicodedata.normalize("NFC", cell).replace("\x00", "").strip()[:MAX_CELL])
