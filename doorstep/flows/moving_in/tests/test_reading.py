from __future__ import annotations

import io
from decimal import Decimal

import pytest
import xlsxwriter

from doorstep.base import sheets
from doorstep.base.refusals import Refused
from doorstep.flows.moving_in import cells, columns, reading
from doorstep.flows.moving_in.values import Kind, Table


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_files_are_read_whatever_their_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    text = f"상품코드{delimiter}상품명\nA-1{delimiter}후드 집업\n\nA-2\n"
    table = reading.read(text.encode(encoding), name="goods.csv")
    assert table.heads == ["상품코드", "상품명"]
    assert table.rows == [["A-1", "후드 집업"], ["", ""], ["A-2", ""]]


def test_a_file_of_excel_in_western_europe_is_read_and_bytes_that_are_no_text_are_not() -> None:
    assert reading.read("Größe;Straße\nÜber;5 €\n".encode("cp1252"), name="a.csv").rows == [["Über", "5 €"]]
    assert sheets.decoded(b"\xff\xfa\x01\x02,\x81\n\xff") is None


def test_a_spreadsheet_keeps_its_barcodes_and_whole_numbers() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["SKU", "바코드", "price"])
        sheet.write_row(1, 0, ["A-1", 8801234567893, 12.5])
    table = reading.read(out.getvalue(), name="goods.xlsx")
    assert table.rows == [["A-1", "8801234567893", "12.5"]]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"sku,title\n", "file_empty"),
        (b"PK\x03\x04 broken", "file_unreadable"),
        (b"\xff\xfa\x00\x81\x81" * 9, "file_unreadable"),
        (b"a,b\n" * 5_300_000, "file_too_big"),
        (b"\n" * 300_000 + b"a,b\n1,2\n", "file_too_big"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        reading.read(data, name="x")
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("29,000원", "KRW", 29000),
        ("₩29000", "KRW", 29000),
        ("29.000", "KRW", 29000),
        ("$1,234.50", "USD", 123450),
        ("1.234,50 €", "EUR", 123450),
        ("12,5", "EUR", 1250),
        ("0", "USD", 0),
    ],
)
def test_prices_are_read_as_people_write_them(text: str, currency: str, minor: int) -> None:
    assert cells.amount(text, currency).minor == minor


@pytest.mark.parametrize("text", ["", "비쌈", "-5", "12.345", "1 or 2", "99999999999999999999"])
def test_what_is_no_price_is_told(text: str) -> None:
    with pytest.raises(cells.Unreadable):
        cells.amount(text, "USD")


def test_weights_take_their_unit_from_the_cell_or_the_head() -> None:
    assert [cells.weight_g(t, head=h) for t, h in [("0.6", "무게(kg)"), ("250g", "무게(kg)"), ("300", "weight"), ("1 lb", "")]] == [
        600, 250, 300, 454,
    ]  # fmt: skip
    assert cells.decimal("1,200", "", is_whole=False) == Decimal(1200)


@pytest.mark.parametrize(
    ("kind", "heads", "guessed"),
    [
        (
            Kind.PRODUCTS,
            ["상품코드", "상품명", "판매가(원)", "바코드", "무게(kg)", "메모"],
            {"sku": 0, "title": 1, "price": 2, "barcode": 3, "weight_g": 4},
        ),
        (
            Kind.PRODUCTS,
            ["Handle", "Title", "Option1 Value", "Variant SKU", "Variant Grams", "Variant Price", "Variant Barcode"],
            {"product": 0, "title": 1, "option1": 2, "sku": 3, "weight_g": 4, "price": 5, "barcode": 6},
        ),
        (Kind.PRODUCTS, ["품번", "품명", "단가"], {"sku": 0, "title": 1, "price": 2}),
        (Kind.STOCK, ["SKU", "창고", "현재고"], {"sku": 0, "location": 1, "qty": 2}),
        (
            Kind.CUSTOMERS,
            ["First Name", "Last Name", "E-mail", "Accepts Email Marketing", "Phone"],
            {"first_name": 0, "last_name": 1, "email": 2, "consent": 3, "phone": 4},
        ),
    ],
)
def test_columns_are_guessed_from_their_names(kind: Kind, heads: list[str], guessed: dict[str, int]) -> None:
    found = columns.guess(kind, heads)
    assert {name: found.get(name) for name in guessed} == guessed


def test_columns_that_nothing_takes_are_named_but_for_empty_ones() -> None:
    table = Table(["SKU", "메모", "", " ", "price"], [["A-1", "", "x", "", "1"], ["A-2", "", "", "", "1"]])
    assert columns.left_out(table, {"sku": 0, "price": 4}) == [1, 2]
