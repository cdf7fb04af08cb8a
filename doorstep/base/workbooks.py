"""Whether an XLSX file may be read: its reader allocates the whole rectangle of cells, and ends the process where that fails."""

from __future__ import annotations

import re
import zlib
from array import array
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import IO
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

MAX_UNPACKED = 1 << 30
MAX_CELLS = 20_000_000
MAX_PARTS = 10_000
MAX_DIGITS = 100
CHUNK = 1 << 18
OTHER_FORMATS = ("mimetype", "content.xml")
COLUMN = re.compile(r"[A-Za-z]{1,3}")


class Unfit(StrEnum):
    """Why a workbook is not opened."""

    NOT_XLSX = "not_xlsx"
    TOO_BIG = "too_big"


class _Shared:
    """The lengths of the strings that cells share: the reader copies a string for each cell that shows it."""

    def __init__(self, most: int) -> None:
        self.lengths = array("Q")
        self.left = most
        self.part: object = None

    def begin(self, part: object) -> None:
        """A new string; refuses strings in a second part, as readers could take either."""
        if self.part not in (None, part):
            raise _Malformed
        self.part = part
        self.lengths.append(0)

    def use(self, number: str) -> None:
        """A cell that shows a string."""
        index = int(number)
        if not 0 <= index < len(self.lengths):
            raise _Malformed
        self.left -= self.lengths[index]
        if self.left < 0:
            raise _TooBig


class _TooBig(Exception):
    pass


class _Malformed(Exception):
    pass


def unfit(file: IO[bytes], *, max_cells: int = MAX_CELLS, max_unpacked: int = MAX_UNPACKED) -> Unfit | None:
    """Why a file should not be given to a reader of XLSX, or nothing; reads all of it in constant memory.

    Units: `max_unpacked` in bytes, counted as they are unpacked, whatever the headers say; `max_cells` is the rectangle
    from A1 to the last row and the last column with content, of the largest sheet.  Text that
    cells share counts once per cell.  XLS, XLSB and ODS are not XLSX.
    """
    try:
        with ZipFile(file) as book:
            parts = [info for info in book.infolist() if not info.is_dir()]
            _check_parts(parts)
            left, shared = max_unpacked, _Shared(max_unpacked)
            for part in sorted(parts, key=lambda part: not part.filename.lower().endswith("sharedstrings.xml")):
                left = _check_part(book, part, left, _Extent(max_cells, shared))
    except _TooBig:
        return Unfit.TOO_BIG
    except (_Malformed, BadZipFile, expat.ExpatError, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
        return Unfit.NOT_XLSX
    return None


def _check_parts(parts: list[ZipInfo]) -> None:
    """What two readers could take for different files is refused: names twice, other formats, encryption."""
    if len(parts) > MAX_PARTS:
        raise _TooBig
    names = {part.filename.replace("\\", "/").lower() for part in parts}
    if len(names) != len(parts) or names.intersection(OTHER_FORMATS):
        raise _Malformed
    if any(name.endswith(("workbook.bin", "workbook.bin.rels")) for name in names):
        raise _Malformed
    if any(part.flag_bits & 1 or part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
        raise _Malformed


def _check_part(book: ZipFile, part: ZipInfo, left: int, extent: _Extent) -> int:
    """The bytes that may still be unpacked after this part."""
    feed = extent.feed if part.filename.lower().endswith(".xml") else _hidden_sheet()
    for chunk in _unpacked(book, part, left):
        left -= len(chunk)
        feed(chunk, False)
    feed(b"", True)
    return left


def _unpacked(book: ZipFile, part: ZipInfo, left: int) -> Iterator[bytes]:
    """A part's bytes as they are, not as many as its header says: zipfile would stop there, other readers go on."""
    said = part.file_size
    if said > left:
        raise _TooBig
    part.file_size = left + 4 * CHUNK
    size = 0
    with book.open(part) as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > left:
                raise _TooBig
            yield chunk
    if size != said:
        raise _Malformed


def _hidden_sheet() -> Callable[[bytes, bool], None]:
    """Refuses a sheet in a part that is not named as one: a workbook may call its sheets as it likes."""
    tail = b""

    def feed(chunk: bytes, _last: bool) -> None:
        nonlocal tail
        text = tail + chunk
        if b"sheetData" in text:
            raise _Malformed
        tail = text[-16:]

    return feed


class _Extent:
    """Follows a sheet's cells and refuses once the rectangle that holds all those with content is too large.

    The sheet's own <dimension> is not asked: the reader does not allocate by it, and some programs write the whole grid.
    """

    def __init__(self, max_cells: int, shared: _Shared) -> None:
        self.shared = shared
        self.text: str | None = None
        self.is_shared = False
        self.max_cells = max_cells
        self.rows = self.columns = 0
        self.row = self.column = 0
        self.seen: dict[str, int] = {}
        self.here: tuple[int, int] | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.CharacterDataHandler = self._text
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, chunk: bytes, last: bool) -> None:
        """Takes the next bytes."""
        self.parser.Parse(chunk, last)
        if last:
            self._settle()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if self.text is not None:
            self._settle()
        if name == "c":
            self._cell(attributes.get("r"))
            self.is_shared = attributes.get("t") == "s"
        elif name in ("v", "is", "f"):
            if self.here is not None:
                self._grow(*self.here)
                self.text = "" if self.is_shared and name == "v" else None
        elif name == "row":
            self.row = int(attributes.get("r", self.row + 1))
            self.column, self.here = 0, None
        else:
            self.here = None
            if name == "si":
                self.shared.begin(self)

    def _text(self, text: str) -> None:
        if self.text is not None:
            self.text += text
            if len(self.text) > MAX_DIGITS:
                raise _Malformed
        elif self.shared.part is self:
            self.shared.lengths[-1] += len(text)

    def _settle(self) -> None:
        """What stood in the cell before was the number of a shared string."""
        number, self.text = (self.text or "").strip(), None
        if number:
            self.shared.use(number)

    def _cell(self, reference: str | None) -> None:
        """A cell without a reference is right of the one before."""
        if reference is None:
            self.column += 1
            self.here = (self.row, self.column)
            return
        letters = reference.rstrip("0123456789")
        column = self.seen.get(letters)
        if column is None:
            column = self.seen[letters] = _column(letters)
        self.column = column
        self.here = (int(reference[len(letters) :]), column)

    def _grow(self, row: int, column: int) -> None:
        if row > self.rows or column > self.columns:
            self.rows, self.columns = max(row, self.rows), max(column, self.columns)
            if self.rows * self.columns > self.max_cells:
                raise _TooBig

    def _doctype(self, *_: object) -> None:
        raise _Malformed


def _column(letters: str) -> int:
    if COLUMN.fullmatch(letters) is None:
        raise _Malformed
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return column
