"""XLSX files made by hand, as no spreadsheet writes them."""

from __future__ import annotations

import io
import struct
from zipfile import ZIP_DEFLATED, ZipFile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
BOOK = (
    f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)


def relation(kind: str, target: str) -> str:
    """A list of relations with this one in it."""
    return (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/{kind}" Target="{target}"/></Relationships>'
    )


def text_cell(reference: str, text: str) -> str:
    """A cell that holds its text itself."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


TWO_CELLS = f'<row r="1">{text_cell("A1", "sku")}</row><row r="1048576">{text_cell("XFD1048576", "x")}</row>'


def xlsx(
    rows: str, *, sheet: str = "worksheets/sheet1.xml", before: str = "", also: dict[str, bytes] | None = None
) -> bytes:
    """A workbook with one sheet of these rows, and further parts."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", TYPES)
        book.writestr("_rels/.rels", relation("officeDocument", "xl/workbook.xml"))
        book.writestr("xl/workbook.xml", BOOK)
        book.writestr("xl/_rels/workbook.xml.rels", relation("worksheet", sheet))
        book.writestr(f"xl/{sheet}", f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData></worksheet>')
        for name, data in (also or {}).items():
            book.writestr(name, data)
    return out.getvalue()


def with_false_size(data: bytes, name: str, size: int) -> bytes:
    """The same file, whose directory says that one part unpacks to so many bytes."""
    at = data.rindex(name.encode()) - 46
    assert data[at : at + 4] == b"PK\x01\x02"
    return data[: at + 24] + struct.pack("<I", size) + data[at + 28 :]
