"""A small file that unpacks to a large one is refused in words, and ends no process."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from doorstep.base import db, workbooks
from doorstep.base.refusals import Refused
from doorstep.base.workbooks import Unfit
from doorstep.flows.moving_in import reading
from doorstep.web.products.tests.test_pages import brand, somebody
from tests.factories import make_ctx
from tests.orders_import.files import imported, profile
from tests.orders_import.workbooks import MAIN, TWO_CELLS, text_cell, with_false_size, xlsx

HEADS = ["order_id", "placed_at", "sku", "quantity", "unit_price", "currency", "country"]
LETTERS = "ABCDEFG"


def line(number: int, cells: list[str]) -> str:
    found = zip(LETTERS, cells, strict=True)
    return f'<row r="{number}">' + "".join(text_cell(f"{letter}{number}", text) for letter, text in found) + "</row>"


GOOD = line(1, HEADS) + line(2, ["1", "2025-01-01", "A", "2", "1.50", "EUR", "DE"])
ZEROS = {"xl/media/image1.bin": bytes(3_000_000)}


@pytest.mark.parametrize(
    "rows",
    [
        TWO_CELLS,
        TWO_CELLS.replace('"', "'").replace("r=", "r = "),
        TWO_CELLS.replace("XFD1048576", "xfd1048576"),
        '<row r="1048576">' + "<c/>" * 30 + "<c><v>1</v></c></row>",
        '<row r="1"><c r="XFD1"><f>1+1</f></c></row><row r="1048576"><c><v>1</v></c></row>',
    ],
)
def test_cells_far_apart_are_too_big_however_they_are_written(rows: str) -> None:
    assert workbooks.unfit(io.BytesIO(xlsx(rows))) is Unfit.TOO_BIG


def test_an_empty_cell_far_away_and_a_boast_of_the_whole_grid_do_no_harm() -> None:
    data = xlsx(GOOD + '<row r="1048576"><c r="XFD1048576" s="0"/></row>', before='<dimension ref="A1:XFD1048576"/>')
    assert workbooks.unfit(io.BytesIO(data)) is None
    assert reading.read(data, name="x").rows == [["1", "2025-01-01", "A", "2", "1.50", "EUR", "DE"]]


def test_what_is_unpacked_is_counted_over_all_parts_whatever_the_headers_say() -> None:
    data = xlsx(GOOD, also=ZEROS)
    assert len(data) < 10_000
    assert workbooks.unfit(io.BytesIO(data)) is None
    assert workbooks.unfit(io.BytesIO(data), max_unpacked=3_000_000) is Unfit.TOO_BIG
    lying = with_false_size(data, "xl/media/image1.bin", 9)
    assert workbooks.unfit(io.BytesIO(lying), max_unpacked=3_000_000) is Unfit.TOO_BIG
    assert workbooks.unfit(io.BytesIO(lying)) is Unfit.NOT_XLSX
    boasting = with_false_size(data, "xl/media/image1.bin", 2**31)
    assert workbooks.unfit(io.BytesIO(boasting)) is Unfit.TOO_BIG


def test_a_long_text_counts_for_each_cell_that_shares_it() -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>{n % 2}</v></c></row>' for n in range(1, 41))
    strings = f'<sst xmlns="{MAIN}"><si><t>sku</t></si><si><r><t>{"x" * 99_997}</t></r><r><t>yyy</t></r></si></sst>'
    data = xlsx(rows, also={"xl/sharedStrings.xml": strings.encode()})
    assert workbooks.unfit(io.BytesIO(data), max_unpacked=2_000_060) is None
    assert workbooks.unfit(io.BytesIO(data), max_unpacked=2_000_059) is Unfit.TOO_BIG
    twice = xlsx(rows, also={"xl/sharedStrings.xml": strings.encode(), "xl/more.xml": strings.encode()})
    assert workbooks.unfit(io.BytesIO(twice)) is Unfit.NOT_XLSX


@pytest.mark.parametrize(
    "data",
    [
        xlsx(TWO_CELLS, sheet="media/image1.png"),
        xlsx(GOOD, also={"XL/Worksheets/Sheet1.xml": b"<worksheet/>"}),
        xlsx(GOOD, also={"content.xml": b"<office/>"}),
        xlsx(GOOD, also={"xl/theme.xml": b"<!DOCTYPE x [<!ENTITY e 'e'>]><x/>"}),
        xlsx(GOOD.replace("</row>", "")),
        xlsx(GOOD.replace("A2", "AAAA2")),
        b"\xd0\xcf\x11\xe0" + bytes(600),
    ],
    ids=["a-picture", "two-cases", "another-office", "entities", "an-open-row", "a-far-column", "an-old-format"],
)  # the bytes hold the time: without names two collectors would see different tests
def test_what_two_readers_could_take_for_different_files_is_no_xlsx(data: bytes) -> None:
    assert workbooks.unfit(io.BytesIO(data)) is Unfit.NOT_XLSX
    with pytest.raises(Refused) as refused:
        reading.read(data, name="x")
    assert refused.value.code == "file_unreadable"


def test_a_prefix_before_each_name_hides_no_cell() -> None:
    rows = TWO_CELLS
    for name in ("row", "c", "is", "t"):
        rows = (
            rows.replace(f"<{name} ", f"<x:{name} ")
            .replace(f"<{name}>", f"<x:{name}>")
            .replace(f"</{name}>", f"</x:{name}>")
        )
    data = xlsx(f'<x:row xmlns:x="{MAIN}"/>' + rows.replace("<x:row", f'<x:row xmlns:x="{MAIN}"'))
    assert workbooks.unfit(io.BytesIO(data)) is Unfit.TOO_BIG


@pytest.mark.django_db
def test_the_upload_page_refuses_two_cells_in_words_and_goes_on() -> None:
    client = somebody(brand())

    def answer_to(data: bytes) -> tuple[int, str]:
        file = SimpleUploadedFile("sparse.xlsx", data)
        answer = client.post("/setup/import/", {"kind": "products", "file": file})
        return answer.status_code, answer.content.decode()

    status, text = answer_to(xlsx(TWO_CELLS))
    assert status == 422
    assert "sparse.xlsx spans more than 20 million cells or unpacks to more than 1 GB." in text
    assert db.scalar("SELECT count(*) FROM base_arrival") == 0
    assert answer_to(with_false_size(xlsx(GOOD), "xl/worksheets/sheet1.xml", 9))[0] == 422
    assert answer_to(xlsx(GOOD))[0] == 302


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "make", "says"),
    [
        ("sparse.xlsx", lambda: xlsx(TWO_CELLS), "it spans more than 20 million cells or unpacks to more than 1 GB"),
        (
            "lying.xlsx",
            lambda: with_false_size(xlsx(GOOD), "xl/worksheets/sheet1.xml", 9),
            "it is not an XLSX file that can be read",
        ),
        ("old.xls", lambda: b"\xd0\xcf\x11\xe0" + bytes(600), "XLS and ODS are not read"),
        ("other.ods", lambda: xlsx(GOOD, also={"content.xml": b"<office/>"}), "XLS and ODS are not read"),
    ],
)
def test_the_command_says_why_a_workbook_is_not_opened(
    tmp_path: Path, name: str, make: Callable[[], bytes], says: str
) -> None:
    make_ctx()
    (tmp_path / name).write_bytes(make())
    slug = db.scalar("SELECT slug FROM accounts_organisation ORDER BY id DESC LIMIT 1")
    with pytest.raises(CommandError, match=f"{name} cannot be read: {says}"):
        call_command("import-orders", str(tmp_path / name), organisation=slug)
    assert db.scalar("SELECT count(*) FROM base_arrival") == 0


@pytest.mark.django_db
def test_a_good_workbook_is_still_imported(tmp_path: Path) -> None:
    (tmp_path / "good.xlsx").write_bytes(xlsx(GOOD))
    result = imported(make_ctx(), tmp_path / "good.xlsx", profile(), historical=True)
    assert result.summary.adds_up
    assert (result.rows["sale"], result.summary.as_dict()["refusals"]) == (1, {})
