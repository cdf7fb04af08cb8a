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

from doorstep.base.words import gettext_noop

WIDE_PT, HIGH_PT = 288.0, 432.0  # 4×6 inch
SLACK = 1.04  # carriers draw a little larger than they say
MOST_PAGES = 20  # a label with its customs papers, in copies, has a handful
TOO_MANY = gettext_noop("The carrier's label has more pages than any label: open its file and print it yourself.")
LOOK_PPI = 72  # a dot a point: enough to see where the ink is
MARGIN_PT = 4.0
_WHOLE = '#image("label.pdf", page: {page}, width: 100%, height: 100%, fit: "contain")\n'
_SIZE = (
    '#context [#metadata((measure(image("label.pdf", page: {page})).width.pt(), '
    'measure(image("label.pdf", page: {page})).height.pt())) <size>]'
)
_CUT = (
    "#place(center + horizon, rotate({turn}deg, reflow: true, scale({scale}%, reflow: true, box(width: {w}pt, height: {h}pt, "
    "clip: true, place(top + left, dx: -{x}pt, dy: -{y}pt, "
    'image("label.pdf", page: {page}, width: {of_wide}pt, height: {of_high}pt))))))\n'
)
_PAPER = f"#set page(width: {WIDE_PT}pt, height: {HIGH_PT}pt, margin: 0pt)\n"
Size = tuple[float, float]


def render_pages(data: bytes) -> list[bytes]:
    """The pages of a PDF as SVG of 4×6 inch, for a browser to print.

    Refuses: with `ValueError` what cannot be read as PDF, and what has more pages than any label.
    """
    try:
        pages = range(1, len(_sizes(data)) + 1)
        return [_compile((_PAPER + _WHOLE.format(page=page)).encode(), data, "svg") for page in pages]
    except (typst.TypstError, RuntimeError) as trouble:
        raise _unreadable(trouble) from None


def fit(data: bytes) -> bytes:
    """A label as a PDF of 4×6 inch: the very bytes where no sheet of it is larger, else a page of each sheet, on which what is
    drawn there stands, cut out, turned where it lies, and made as large as fits.

    A sheet on which nothing is drawn is left out.
    Refuses: with `ValueError` what cannot be read as PDF, and what has more sheets than any label.
    """
    try:
        sizes = _sizes(data)
        if all(_is_ours(size) for size in sizes):
            return data
        drawn = [one for one in (_fitted(data, page, size) for page, size in enumerate(sizes, start=1)) if one]
        return _compile((_PAPER + "#pagebreak()\n".join(drawn or [_WHOLE.format(page=1)])).encode(), data, "pdf")
    except (typst.TypstError, RuntimeError) as trouble:
        raise _unreadable(trouble) from None


def _is_ours(size: Size) -> bool:
    return size[0] <= WIDE_PT * SLACK and size[1] <= HIGH_PT * SLACK


def _fitted(data: bytes, page: int, size: Size) -> str:
    """What is drawn on one sheet, as the content of one of our pages; "" where nothing is."""
    found = _ink(data, page, size)
    if found is None:
        return ""
    if _is_ours(size):
        return _WHOLE.format(page=page)
    x, y, w, h = found
    turn = 90 if w > h else 0
    scale = min(WIDE_PT / (h if turn else w), HIGH_PT / (w if turn else h))
    return _CUT.format(turn=turn, scale=scale * 100, w=w, h=h, x=x, y=y, page=page, of_wide=size[0], of_high=size[1])


def _sizes(data: bytes) -> list[Size]:
    """How large each sheet is, in order.  Units: points.  Refuses: with `ValueError` more of them than any label has."""
    sizes: list[Size] = []
    while len(sizes) <= MOST_PAGES:
        try:
            with _laid_out(_SIZE.format(page=len(sizes) + 1).encode(), data) as main:
                found = json.loads(typst.query(main, "<size>", field="value", one=True, ignore_system_fonts=True))
        except (typst.TypstError, RuntimeError):
            if sizes:
                return sizes  # that was the last one
            raise
        sizes.append((float(found[0]), float(found[1])))
    raise ValueError(TOO_MANY)


def _ink(data: bytes, page: int, size: Size) -> tuple[float, float, float, float] | None:
    """Where a sheet is drawn on, with a margin: left, top, width and height; None where nothing is.  Units: points."""
    wide, high = size
    sheet = f'#set page(width: {wide}pt, height: {high}pt, margin: 0pt)\n#image("label.pdf", page: {page}, width: {wide}pt)'
    picture = Image.open(io.BytesIO(_compile(sheet.encode(), data, "png"))).convert("L")
    box = ImageChops.invert(picture).point(lambda dot: 255 if dot > 24 else 0).getbbox()
    if box is None:
        return None
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
