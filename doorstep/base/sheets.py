"""Cells for spreadsheets: nothing that a program wrote down is taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

Cell = str | int | Decimal | datetime | date | bool | None
ENCODINGS = ("utf-8-sig", "cp949", "cp1252")  # the last takes almost anything, so what it makes is looked at
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BOM = "\ufeff".encode()


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe before what would begin one.  Source: OWASP, CSV injection."""
    return f"'{text}" if text[:1] in FORMULA and text else text


def plain(text: str) -> str:
    """The text that `harmless` was given, so that a file that came from here can be read again."""
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA and text[1:] else text


def decoded(data: bytes) -> str | None:
    """The text of a file: UTF-8, UTF-16 with its mark, or CP949 or Windows-1252 as Excel in Korea and western Europe writes it.

    None for what is none of these, or no text at all.
    """
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ENCODINGS
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text and (encoding != "cp1252" or not _CONTROL.search(text)):
            return text
    return None


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
