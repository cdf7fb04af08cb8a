"""The PDFs: the right size, readable by people and scanners, deaf to markup."""

import dataclasses
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from doorstep.shipping.labels import pdf
from doorstep.shipping.labels.tests import samples
from doorstep.shipping.labels.tests.test_zpl import labels, words
from doorstep.shipping.labels.values import LabelFields, Language, Paper, PickLine, PickListFields, SlipFields, SlipLine

POINTS = {"4x6": (288, 432), "a4": (595.28, 841.89), "letter": (612, 792)}
MARKUP = "#set page(fill: red) $x^2$ *bold* `raw` @ref <lbl> \\ #panic()"


def slip(language: Language = "en", *, lines: int = 2, gift: bool = False) -> SlipFields:
    line = SlipLine(sku="TEE-BLK-M", title="오버핏 티셔츠", qty=2, bin="A-01-3", price="₩29,000", total="₩58,000")
    return SlipFields(
        brand="도어스텝",
        order_name="#KR-10294",
        placed_on="2026-11-23",
        ship_to=samples.korean().recipient,
        lines=(line,) * lines,
        total="₩116,000",
        gift=gift,
        language=language,
        home_country="KR",
    )


def text_of(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).replace("\u200b", "")


def size_of(data: bytes) -> tuple[float, float]:
    box = PdfReader(io.BytesIO(data)).pages[0].mediabox
    return float(box.width), float(box.height)


@pytest.mark.parametrize("name", samples.ALL)
def test_a_scanner_reads_both_codes_of_the_page(name: str) -> None:
    fields = samples.ALL[name]()
    picture = samples.picture_of_pdf(pdf.render_label_pdf(fields, fonts=samples.fonts_folder()))
    assert samples.read_codes(picture) == {"Code128": fields.linear_payload, "QRCode": fields.matrix_payload}


def test_the_label_is_one_page_of_4_by_6_inch_with_its_text_and_fonts_inside() -> None:
    data = pdf.render_label_pdf(samples.korean(), fonts=samples.fonts_folder())
    text = text_of(data)
    assert size_of(data) == pytest.approx(POINTS["4x6"], abs=0.1)
    assert len(PdfReader(io.BytesIO(data)).pages) == 1
    assert all(part in text for part in ("한진택배", "김민서", "서울특별시 마포구", "396", "A1-420", "5123 4567 8901"))
    assert b"Pretendard" in data
    assert len(data) < 60_000


def test_equal_fields_give_equal_bytes() -> None:
    first, second = (pdf.render_label_pdf(samples.american(), fonts=samples.fonts_folder()) for _ in range(2))
    assert first == second


def test_markup_in_a_name_is_printed_as_it_stands() -> None:
    recipient = dataclasses.replace(samples.american().recipient, company=MARKUP)
    data = pdf.render_label_pdf(
        dataclasses.replace(samples.american(), recipient=recipient), fonts=samples.fonts_folder()
    )
    assert "#set page(fill: red) $x^2$ *bold*" in " ".join(text_of(data).split())


@pytest.mark.parametrize("paper", ["a4", "letter", "4x6"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_slip_names_everything_in_the_parcel(language: Language, paper: Paper) -> None:
    data = pdf.render_slip_pdf(slip(language), paper=paper, fonts=samples.fonts_folder())
    text = text_of(data)
    heading = {"en": "Packing slip", "ko": "출고 명세서"}[language]
    assert size_of(data) == pytest.approx(POINTS[paper], abs=0.1)
    assert all(part in text for part in (heading, "김민서", "#KR-10294", "오버핏", "A-01-3", "₩116,000"))
    assert "SOUTH KOREA" not in text


def test_a_gift_shows_no_price() -> None:
    text = text_of(pdf.render_slip_pdf(slip(gift=True), fonts=samples.fonts_folder()))
    assert "₩" not in text
    assert "Price" not in text
    assert "A gift for you" in text


def test_a_long_slip_repeats_its_heading_on_every_page() -> None:
    data = pdf.render_slip_pdf(slip(lines=90), fonts=samples.fonts_folder())
    pages = PdfReader(io.BytesIO(data)).pages
    assert len(pages) > 1
    assert all("Bin" in page.extract_text() for page in pages)
    assert text_of(data).count("TEE-BLK-M") == 90


def test_a_pick_list_is_walked_from_top_to_bottom_and_opens_by_a_scan() -> None:
    line = PickLine(bin="A-01-3", sku="TEE-BLK-M", title="오버핏 티셔츠", qty=2, orders=("#1", "#2"))
    lines = (line, dataclasses.replace(line, bin="B-07-1"))
    fields = PickListFields(title="Wave 12", code="WAVE-000012", lines=lines, location="이천", language="ko")
    data = pdf.render_pick_list_pdf(fields, fonts=samples.fonts_folder())
    text = text_of(data)
    assert text.index("A-01-3") < text.index("B-07-1")
    assert "피킹 리스트" in text
    assert samples.read_codes(samples.picture_of_pdf(data)) == {"Code128": "WAVE-000012"}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(fields=labels)
def test_no_text_whatsoever_breaks_the_page(fields: LabelFields) -> None:
    data = pdf.render_label_pdf(fields, fonts=samples.fonts_folder())
    assert len(PdfReader(io.BytesIO(data)).pages) == 1
    assert len(data) < 200_000


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=words, paper=st.sampled_from(["a4", "letter", "4x6"]))
def test_no_text_whatsoever_breaks_a_slip(text: str, paper: Paper) -> None:
    line = SlipLine(sku=text, title=text, qty=1, bin=text, price=text, total=text)
    fields = dataclasses.replace(slip(), brand=text, order_name=text, lines=(line,), note=text, total=text)
    assert pdf.render_slip_pdf(fields, paper=paper, fonts=samples.fonts_folder()).startswith(b"%PDF")
