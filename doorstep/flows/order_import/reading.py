"""Opens CSV, TSV (also gzipped) and XLSX files as rows of text, in a stream."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import IO
from zipfile import BadZipFile

import python_calamine

from doorstep.base import sheets, workbooks
from doorstep.base.refusals import Refused
from doorstep.base.words import gettext_noop
from doorstep.flows.order_import.values import UNREADABLE, Cells, Profile

Rows = Iterator[tuple[int, Cells]]
MAX_CELL = 1_000_000
OTHER_BOOKS = (".xls", ".xlsb", ".ods")
UNFIT = {
    workbooks.Unfit.NOT_XLSX: gettext_noop("it is not an XLSX file that can be read"),
    workbooks.Unfit.TOO_BIG: gettext_noop("it spans more than 20 million cells or unpacks to more than 1 GB"),
}


@contextmanager
def rows(path: Path, profile: Profile) -> Iterator[Rows]:
    """The rows of a file with their numbers, the header first (row 1); rows without any content are left out.

    Refuses: files that cannot be read, while they are read.
    """
    try:
        if path.suffix.lower() in OTHER_BOOKS:
            raise _unreadable(path, gettext_noop("XLS and ODS are not read"))
        if path.suffix.lower() in (".xlsx", ".xlsm"):
            yield _sheet(path, profile)
            return
        with _open(path, profile.encoding) as text:
            yield _text(text, profile.delimiter or _delimiter(path, profile.encoding))
    except FileNotFoundError:
        raise _unreadable(path, gettext_noop("there is no such file")) from None
    except UnicodeDecodeError as trouble:
        raise _unreadable(path, f"it is not {trouble.encoding} text") from None
    except (OSError, EOFError, csv.Error, BadZipFile, python_calamine.CalamineError) as trouble:
        raise _unreadable(path, str(trouble)) from None


def _open(path: Path, encoding: str) -> IO[str]:
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding=encoding, newline="")
    return path.open(encoding=encoding, newline="")


def _delimiter(path: Path, encoding: str) -> str:
    """The tab for TSV; else what the header holds most of."""
    if ".tsv" in (suffix.lower() for suffix in path.suffixes) or path.suffix.lower() == ".tab":
        return "\t"
    with _open(path, encoding) as text:
        header = text.readline(65536)
    return max(",;\t|", key=header.count)


def _text(text: IO[str], delimiter: str) -> Rows:
    csv.field_size_limit(MAX_CELL)
    for number, cells in enumerate(csv.reader(text, delimiter=delimiter), start=1):
        if cells and any(cells):
            yield number, tuple(map(sheets.plain, cells) if "'" in "".join(cells) else cells)


def _sheet(path: Path, profile: Profile) -> Rows:
    with path.open("rb") as file:
        trouble = workbooks.unfit(file)
    if trouble is not None:
        raise _unreadable(path, UNFIT[trouble])
    book = python_calamine.CalamineWorkbook.from_path(path)
    if profile.sheet and profile.sheet not in book.sheet_names:
        raise _unreadable(path, f"it has no sheet {profile.sheet}")
    sheet = book.get_sheet_by_name(profile.sheet) if profile.sheet else book.get_sheet_by_index(0)
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        row = tuple(_cell(value, profile.decimal) for value in cells)
        if any(row):
            yield number, row


def _cell(value: object, decimal: str) -> str:
    """A spreadsheet's cell as the same cell would stand in a CSV file; dates in ISO form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value).replace(".", decimal)
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return "" if value is None else str(value)


def _unreadable(path: Path, problem: str) -> Refused:
    return Refused(UNREADABLE, {"file": path.name, "problem": problem[:200]})
