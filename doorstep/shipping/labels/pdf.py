"""Labels, packing slips and pick lists as PDF, drawn by typst without network, system fonts or a clock."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import typst

from doorstep.shipping.labels import codes
from doorstep.shipping.labels.addresses import format_address
from doorstep.shipping.labels.fonts import BASELINE, Fonts, find_fonts
from doorstep.shipping.labels.scene import HEIGHT_MM, WIDTH_MM, Bars, Box, Mark, Scene, Squares, Text, compose_label
from doorstep.shipping.labels.text import clean
from doorstep.shipping.labels.values import LabelFields, Paper, PickListFields, SlipFields
from doorstep.shipping.labels.words import WORDS

_DPMM = 24
_FOLDER = Path(__file__).parent
_BREAK_AFTER = 12

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a template draws."""

    template: str
    data: Data
    fonts: Fonts


def render_label_pdf(fields: LabelFields, *, fonts: Path | None = None) -> bytes:
    """One label as a PDF page of 4×6 inch: the layout of the ZPL label, text as text, codes as vectors.

    No text of the caller is ever read as markup; equal fields give equal bytes.
    Refuses: with `FontsMissing` where `fonts`, by default the folder of the assets step, holds no Pretendard.
    """
    return _as_pdf(_label(fields, find_fonts(fonts)))


def _label(fields: LabelFields, found: Fonts) -> Drawing:
    scene = Scene(_DPMM, resident=False, given_fonts=found)
    marks = [_describe(mark) for mark in compose_label(fields, scene)]
    title = found.printable(clean(f"{fields.carrier} {fields.tracking_number}"))
    data = {"title": title, "width": WIDTH_MM, "height": HEIGHT_MM, "language": fields.language, "marks": marks}
    return Drawing("label.typ", data, found)


def render_slip_pdf(fields: SlipFields, *, paper: Paper = "a4", fonts: Path | None = None) -> bytes:
    """A packing slip as PDF, its table running over as many pages as it needs; a gift shows no price anywhere.

    Refuses: with `FontsMissing` as `render_label_pdf` does.
    """
    return _as_pdf(_slip(fields, paper, find_fonts(fonts)))


def _slip(fields: SlipFields, paper: Paper, found: Fonts) -> Drawing:
    words = WORDS[fields.language]

    def show(text: str) -> str:
        return soften(found.printable(clean(text)))

    def price(text: str) -> str:
        return "" if fields.gift else show(text)

    to = format_address(fields.ship_to, home=fields.home_country)
    lines = [
        {"bin": show(line.bin), "sku": show(line.sku), "title": show(line.title), "qty": str(line.qty or "")}
        | {"price": price(line.price), "total": price(line.total), "inside": line.inside}
        for line in fields.lines
    ]
    data = {
        "words": words,
        "paper": paper,
        "language": fields.language,
        "brand": show(fields.brand),
        "order_name": found.printable(clean(fields.order_name)),
        "placed_on": show(fields.placed_on),
        "ship_to": [show(text) for text in to.texts()],
        "gift": fields.gift,
        "prices": any(line["price"] or line["total"] for line in lines),
        "lines": lines,
        "count": str(sum(line.qty for line in fields.lines if not line.is_bundle)),
        "total": price(fields.total),
        "note": "\n".join(show(line) for line in fields.note.splitlines()),
        "parcel": f"{fields.parcel} / {fields.parcels}" if fields.parcels > 1 else "",
        "code": svg(codes.draw_qr(clean(fields.order_name)[:40] or "-")),
    }
    return Drawing("slip.typ", data, found)


def render_pick_list_pdf(fields: PickListFields, *, paper: Paper = "a4", fonts: Path | None = None) -> bytes:
    """A pick list as PDF on A4 (or letter), one row per stop with a box to tick.

    Refuses: with `FontsMissing` as `render_label_pdf` does.
    """
    return _as_pdf(_pick_list(fields, paper, find_fonts(fonts)))


def _pick_list(fields: PickListFields, paper: Paper, found: Fonts) -> Drawing:
    words = WORDS[fields.language]

    def show(text: str) -> str:
        return soften(found.printable(clean(text)))

    qty = sum(line.qty for line in fields.lines)
    facts = [show(fields.location), show(fields.created_on), f"{words['stops']} {len(fields.lines)}"]
    lines = [
        {"bin": show(line.bin), "sku": show(line.sku), "title": show(line.title), "qty": str(line.qty)}
        | {"orders": show(", ".join(line.orders)), "part_of": show(line.part_of)}
        for line in fields.lines
    ]
    data = {
        "words": words,
        "paper": paper,
        "language": fields.language,
        "title": found.printable(clean(fields.title)),
        "facts": "  ·  ".join(filter(None, (*facts, f"{words['qty']} {qty}"))),
        "code": fields.code,
        "bars": svg((codes.draw_code128(fields.code),), stretch=True),
        "lines": lines,
    }
    return Drawing("pick.typ", data, found)


def render_pages(fields: LabelFields | SlipFields | PickListFields, *, paper: Paper, fonts: Path | None = None) -> list[bytes]:
    """The pages of a label, slip or pick list as SVG, for a browser to print: the same drawing as the PDF.

    `paper`: of slips and pick lists; labels are 4×6 inch.  Refuses: with `FontsMissing` as `render_label_pdf` does.
    """
    found = find_fonts(fonts)
    match fields:
        case LabelFields():
            drawing = _label(fields, found)
        case SlipFields():
            drawing = _slip(fields, paper, found)
        case PickListFields():
            drawing = _pick_list(fields, paper, found)
    pages = _compile(drawing, "svg")
    return pages if isinstance(pages, list) else [pages]


def _describe(mark: Mark) -> Data:
    x, y = mark.x / _DPMM, mark.y / _DPMM
    match mark:
        case Box():
            return {"kind": "box", "x": x, "y": y, "wide": mark.wide / _DPMM, "high": mark.high / _DPMM}
        case Text():
            size = mark.size / _DPMM
            text = {"text": mark.text, "bold": mark.bold, "reverse": mark.reverse}
            return {"kind": "text", "x": x, "y": y + size * BASELINE, "size": size} | text
        case Bars():
            row = codes.draw_code128(mark.payload)
            return _code(x, y, len(row) * mark.module, mark.high, svg((row,), stretch=True), mark.payload)
        case Squares():
            rows = codes.draw_qr(mark.payload)
            return _code(x, y, len(rows) * mark.module, len(rows) * mark.module, svg(rows), mark.payload)


def _code(x: float, y: float, wide: int, high: int, svg: str, alt: str) -> Data:
    return {"kind": "code", "x": x, "y": y, "wide": wide / _DPMM, "high": high / _DPMM, "svg": svg, "alt": alt}


def svg(rows: codes.Rows, *, stretch: bool = False) -> str:
    """A code as a picture of its dark squares."""
    runs = ((at, y, length) for y, row in enumerate(rows) for at, length in codes.list_runs(row))
    path = "".join(f"M{at} {y}h{length}v1h-{length}z" for at, y, length in runs)
    aspect = ' preserveAspectRatio="none"' if stretch else ""
    box = f'width="{len(rows[0])}" height="{len(rows)}" viewBox="0 0 {len(rows[0])} {len(rows)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}{aspect}><path fill="#000" d="{path}"/></svg>'


def soften(text: str) -> str:
    """Allow a break inside a word that would otherwise run out of its column."""
    words = text.split(" ")
    return " ".join(
        "\u200b".join(word[at : at + _BREAK_AFTER] for at in range(0, len(word), _BREAK_AFTER)) for word in words
    )


def compile_page(template: str, data: Data, fonts: Fonts) -> bytes:
    """A PDF of one of our templates."""
    return _as_pdf(Drawing(template, data, fonts))


def _as_pdf(drawing: Drawing) -> bytes:
    made = _compile(drawing, "pdf")
    return made if isinstance(made, bytes) else b"".join(made)


def _compile(drawing: Drawing, form: Literal["pdf", "svg"]) -> bytes | list[bytes]:
    inputs = {"data": json.dumps(drawing.data, ensure_ascii=False)}
    book = _font_book(drawing.fonts.directory)
    return typst.compile(
        _FOLDER / drawing.template,
        root=_FOLDER,
        font_paths=book,
        ignore_system_fonts=True,
        sys_inputs=inputs,
        format=form,
        timestamp=0,
    )


@lru_cache(maxsize=4)
def _font_book(directory: Path) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[directory])
