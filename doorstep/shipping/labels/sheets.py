"""A carrier's own PDF on our paper: shown page by page, and cut out of a larger sheet where the carrier drew it on one."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import typst
from PIL import Image, ImageChops

WIDE_PT, HIGH_PT = 288.0, 432.0  # 4×6 inch
SLACK = 1.04  # carriers draw a little larger than they say
MOST_PAGES = 8
LOOK_PPI = 72  # a dot a point: enough to see where the ink is
MARGIN_PT = 4.0
_WHOLE = (
    b"#set page(width: 4in, height: 6in, margin: 0mm)\n"
    b'#image("label.pdf", page: %d, width: 100%%, height: 100%%, fit: "contain")'
)
_SIZE = b'#context [#metadata((measure(image("label.pdf")).width.pt(), measure(image("label.pdf")).height.pt())) <size>]'
_CUT = (
    "#set page(width: {wide}pt, height: {high}pt, margin: 0pt)\n"
    "#place(center + horizon, rotate({turn}deg, reflow: true, scale({scale}%, reflow: true, box(width: {w}pt, height: {h}pt, "
    'clip: true, place(top + left, dx: -{x}pt, dy: -{y}pt, image("label.pdf", width: {of_wide}pt, height: {of_high}pt))))))\n'
)


def render_pages(data: bytes) -> list[bytes]:
    """The pages of a PDF as SVG of 4×6 inch, for a browser to print.  Refuses: with `ValueError` what cannot be read as PDF."""
    pages: list[bytes] = []
    while len(pages) < MOST_PAGES:
        try:
            pages.append(_compile(_WHOLE % (len(pages) + 1), data, "svg"))
        except (typst.TypstError, RuntimeError) as trouble:
            if pages:
                break  # that was the last one
            raise _unreadable(trouble) from None
    return pages


def fit(data: bytes) -> bytes:
    """A label as a PDF of 4×6 inch: the very bytes where it is no larger, else what is drawn on its first sheet, cut out, turned
    where it lies, and made as large as fits.

    Refuses: with `ValueError` what cannot be read as PDF.
    """
    try:
        wide, high = _size(data)
        if wide <= WIDE_PT * SLACK and high <= HIGH_PT * SLACK:
            return data
        x, y, w, h = _ink(data, wide, high)
        turn = 90 if w > h else 0
        scale = min(WIDE_PT / (h if turn else w), HIGH_PT / (w if turn else h))
        cut = _CUT.format(wide=WIDE_PT, high=HIGH_PT, turn=turn, scale=scale * 100, w=w, h=h, x=x, y=y, of_wide=wide, of_high=high)
        return _compile(cut.encode(), data, "pdf")
    except (typst.TypstError, RuntimeError) as trouble:
        raise _unreadable(trouble) from None


def _size(data: bytes) -> tuple[float, float]:
    """Units: points."""
    with _laid_out(_SIZE, data) as main:
        found = json.loads(typst.query(main, "<size>", field="value", one=True, ignore_system_fonts=True))
    return float(found[0]), float(found[1])


def _ink(data: bytes, wide: float, high: float) -> tuple[float, float, float, float]:
    """Where a sheet is drawn on, with a margin: left, top, width and height.  Units: points."""
    sheet = f'#set page(width: {wide}pt, height: {high}pt, margin: 0pt)\n#image("label.pdf", width: {wide}pt)'
    picture = Image.open(io.BytesIO(_compile(sheet.encode(), data, "png"))).convert("L")
    box = ImageChops.invert(picture).point(lambda dot: 255 if dot > 24 else 0).getbbox() or (0, 0, *picture.size)
    x, y = max(box[0] - MARGIN_PT, 0), max(box[1] - MARGIN_PT, 0)
    return x, y, min(box[2] + MARGIN_PT, wide) - x, min(box[3] + MARGIN_PT, high) - y


def _compile(sheet: bytes, data: bytes, form: Literal["pdf", "svg", "png"]) -> bytes:
    with _laid_out(sheet, data) as main:
        if form == "png":
            made = typst.compile(main, format=form, ppi=LOOK_PPI, ignore_system_fonts=True)
        else:
            made = typst.compile(main, format=form, timestamp=0, ignore_system_fonts=True)
    return made if isinstance(made, bytes) else bytes(made[0])


@contextmanager
def _laid_out(sheet: bytes, data: bytes) -> Iterator[Path]:
    """A folder of our own with the sheet and the label: typst reads nothing else, and takes what is no text only from a disk."""
    with TemporaryDirectory(prefix="label-") as folder:
        (Path(folder) / "label.pdf").write_bytes(data)
        main = Path(folder) / "main.typ"
        main.write_bytes(sheet)
        yield main


def _unreadable(trouble: Exception) -> ValueError:
    return ValueError(f"the carrier's label cannot be shown: {trouble}"[:200])
