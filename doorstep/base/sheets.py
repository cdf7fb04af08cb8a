"""Cells for spreadsheets: nothing that a program wrote down is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

Cell = str | int | Decimal | datetime | date | bool | None
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BOM = "\ufeff".encode()


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe before what would begin one.  Source: OWASP, CSV injection."""
    return f"'{text}" if text[:1] in FORMULA and text else text


def plain(text: str) -> str:
    """The text that `harmless` was given, so that a file that came from here can be read again."""
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA and text[1:] else text


def shown(cell: Cell) -> str:
    """A cell of a CSV file: numbers bare, so that a negative one stays a number; texts harmless."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    return harmless(cell) if isinstance(cell, str) else str(cell)


def csv_text(lines: Iterable[Sequence[Cell]], *, delimiter: str = ",") -> str:
    """Lines as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([shown(cell) for cell in line] for line in lines)
    return out.getvalue()
