"""A carrier's own PDF: untouched where it is our size, cut out of a larger sheet so that its barcode still reads."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import typst
import zxingcpp
from PIL import Image

from doorstep.shipping.labels import sheets
from sandbox.easypost import labels

CODE = "9400123456789012"
TO = {"name": "Kim", "street1": "1 Main St", "zip": "07102", "city": "Newark", "country": "US"}


def drawn(size: str) -> bytes:
    return labels.draw("PDF", code=CODE, service="USPS Priority", to=TO, size=size)


def bound(folder: Path, *sheets: bytes) -> bytes:
    """One PDF of several, each sheet as large as it is; b"" is an empty letter sheet."""
    drawn = []
    for n, sheet in enumerate(sheets):
        (folder / f"{n}.pdf").write_bytes(sheet)
        letter = "width: 612pt, height: 792pt" if not sheet else "width: auto, height: auto"
        drawn.append(f"#page({letter}, margin: 0pt)[" + (f'#image("{n}.pdf")' if sheet else "") + "]")
    (folder / "bound.typ").write_text("\n".join(drawn))
    return typst.compile(folder / "bound.typ", format="pdf", timestamp=0, ignore_system_fonts=True)


def looked_at(data: bytes, folder: Path, page: int = 1) -> Image.Image:
    """A page at 203 dots an inch, as a label printer prints it."""
    (folder / "label.pdf").write_bytes(data)
    (folder / "main.typ").write_text(
        f'#set page(width: auto, height: auto, margin: 0pt)\n#image("label.pdf", page: {page})'
    )
    drawn = typst.compile(folder / "main.typ", format="png", ppi=203, ignore_system_fonts=True)
    return Image.open(io.BytesIO(drawn)).convert("L")


def test_a_label_of_our_size_is_left_as_it_is() -> None:
    data = drawn("4x6")
    assert sheets.fit(data) is data


def test_a_label_on_a_letter_sheet_is_cut_out_and_its_barcode_reads(tmp_path: Path) -> None:
    fitted = looked_at(sheets.fit(drawn("8.5x11")), tmp_path)
    assert fitted.size == (812, 1218)
    [code] = zxingcpp.read_barcodes(fitted)
    assert code.text == CODE
    box = Image.eval(fitted, lambda dot: 255 - dot).getbbox()
    assert box is not None
    assert max((box[2] - box[0]) / 812, (box[3] - box[1]) / 1218) > 0.9  # as large as fits


def test_a_browser_gets_its_pages_and_what_is_no_pdf_is_refused() -> None:
    fitted = sheets.fit(drawn("8.5x11"))  # compressed, as carriers send theirs
    [page] = sheets.render_pages(fitted)
    assert sheets.fit(fitted) is fitted
    assert page.startswith(b"<svg")
    for read in (sheets.render_pages, sheets.fit):
        with pytest.raises(ValueError, match="cannot be shown"):
            read(b"%PDF-1.4 nothing %%EOF")


def test_every_sheet_of_a_label_is_printed_and_those_without_ink_are_not(tmp_path: Path) -> None:
    codes = ("9400123456789012", "9400987654321098", "9400555544443333")
    letters = [labels.draw("PDF", code=code, service="Intl", to=TO, size="8.5x11") for code in codes[:2]]
    small = labels.draw("PDF", code=codes[2], service="Intl", to=TO)
    fitted = sheets.fit(bound(tmp_path, letters[0], b"", letters[1], small))
    assert len(sheets.render_pages(fitted)) == 3
    for page, code in enumerate(codes, start=1):
        seen = looked_at(fitted, tmp_path, page)
        assert (seen.size, [one.text for one in zxingcpp.read_barcodes(seen)]) == ((812, 1218), [code])
    several = bound(tmp_path, small, small)
    assert sheets.fit(several) is several


def test_a_label_of_more_pages_than_any_is_refused_rather_than_cut_off(tmp_path: Path) -> None:
    many = bound(tmp_path, *[b""] * (sheets.MOST_PAGES + 1))
    for read in (sheets.render_pages, sheets.fit):
        with pytest.raises(ValueError, match="more pages than any label"):
            read(many)
