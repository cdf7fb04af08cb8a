"""The file of a label, as EasyPost keeps one: in the format that the shipment asked for, and converted when somebody asks.

Source: https://docs.easypost.com/docs/shipments/options (`label_format`), /docs/shipments (`postage_label`; GET
/v2/shipments/:id/label?file_format=...).  What stands on it is our own.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from itertools import groupby
from typing import Any

import zxingcpp

TYPES = {"PNG": "image/png", "PDF": "application/pdf", "ZPL": "application/zpl"}
# What the name of a converted file's field begins with; a PNG has none.
FIELDS = {"PDF": "label_pdf_url", "ZPL": "label_zpl_url"}
SIZES = {"4x6": (288, 432), "8.5x11": (612, 792)}  # points of 1/72 inch


def format_of(options: dict[str, Any]) -> str:
    """What a shipment's label comes in; PNG unless it was asked otherwise."""
    wanted = str(options.get("label_format") or "PNG").upper()
    return wanted if wanted in TYPES else "PNG"


def name_of(shipment_id: str, form: str) -> str:
    """The name of a file, which nobody guesses."""
    return f"{hashlib.sha256(f'label:{shipment_id}:{form}'.encode()).hexdigest()[:34]}.{form.lower()}"


def draw(form: str, *, code: str, service: str, to: dict[str, Any], size: str = "4x6") -> bytes:
    """A label.  Shapes: `to` an address; `size` of a PDF."""
    lines = [service, str(to.get("name") or ""), str(to.get("street1") or ""), f"{to.get('zip') or ''} {to.get('city') or ''}",
             str(to.get("country") or "")]  # fmt: skip
    if form == "ZPL":
        said = "".join(f"^FO40,{60 + 50 * n}^A0N,36,36^FD{_plain(line)}^FS" for n, line in enumerate(lines))
        return f"^XA^PW812^LL1218{said}^FO60,700^BY3^BCN,260,Y,N,N^FD{code}^FS^XZ\n".encode()
    return _pdf(lines, code, SIZES.get(size, SIZES["4x6"])) if form == "PDF" else _png(code)


def _plain(text: str) -> str:
    return "".join(char if (char.isascii() and char.isalnum()) or char in " .,-" else "?" for char in text).strip()


def _bars(code: str) -> list[tuple[int, int]]:
    """Start and width of each bar of its Code 128, in modules."""
    drawn = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.Code128)
    image: Any = drawn.to_image(scale=1, add_hrt=False, add_quiet_zones=False)
    row, at, found = bytes(memoryview(image))[: image.shape[1]], 0, []
    for is_dark, run in groupby(pixel < 128 for pixel in row):
        width = len(list(run))
        found += [(at, width)] if is_dark else []
        at += width
    return found


def _pdf(lines: list[str], code: str, size: tuple[int, int]) -> bytes:
    """One page, drawn by hand.  Source: ISO 32000-1, 7.5 (file structure)."""
    wide, high = size
    text = "".join(f"BT /F1 16 Tf 20 {high - 40 - 24 * n} Td ({_plain(line)}) Tj ET\n" for n, line in enumerate(lines))
    bars, module = _bars(code), 1.4
    drawn = "".join(f"{30 + at * module:.1f} {high - 330} {width * module:.1f} 120 re f\n" for at, width in bars)
    page = f"{text}{drawn}BT /F1 14 Tf 30 {high - 350} Td ({code}) Tj ET\n".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {wide} {high}]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>".encode(),
        b"<</Length %d>>stream\n%s\nendstream" % (len(page), page), b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    body, starts = b"%PDF-1.4\n", []
    for n, one in enumerate(objects, start=1):
        starts.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (n, one)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return body + head + table + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))


def _png(code: str) -> bytes:
    """The bars alone, 800 × 200.  Source: https://www.w3.org/TR/png-3/."""
    row = bytearray(b"\xff" * 800)
    for at, width in _bars(code):
        row[40 + at * 3 : 40 + (at + width) * 3] = b"\x00" * (width * 3)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 800, 200, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress((b"\x00" + bytes(row)) * 200)) + chunk(b"IEND", b"")


def shown(base: str, shipment: dict[str, Any], at: str, converted: list[str]) -> dict[str, Any]:
    """The postage label of a bought shipment.  `converted`: the formats that somebody asked for since."""
    form = format_of(shipment["options"])
    urls = {one: f"{base}/files/postage_label/{name_of(shipment['id'], one)}" for one in (form, *converted)}
    return {
        "object": "PostageLabel", "id": f"pl_{hashlib.sha256(shipment['id'].encode()).hexdigest()[:32]}", "created_at": at,
        "updated_at": at, "date_advance": 0, "integrated_form": "none", "label_date": at, "label_resolution": 300,
        "label_size": str(shipment["options"].get("label_size") or "4x6"), "label_type": "default", "label_file_type": TYPES[form],
        "label_url": urls[form], **{name: urls.get(one) for one, name in FIELDS.items()}, "label_epl2_url": None,
        "label_file": None,
    }  # fmt: skip


def find(name: str, id: str) -> str | None:
    """Which format of a shipment's label has this name."""
    return next((form for form in TYPES if name_of(id, form) == name), None)
