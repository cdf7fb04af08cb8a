"""Files come in many forms, and say the same."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from doorstep.base import db
from doorstep.base.refusals import Refused
from doorstep.flows.order_import import cells, profiles
from tests.factories import make_ctx
from tests.orders_import.files import Imported, imported, profile, write

pytestmark = pytest.mark.django_db

HEADER = ["주문번호", "주문일시", "상품코드", "상품명", "수량", "단가", "고객", "국가", "취소"]
KOREAN = """
[file]
encoding = "cp949"
[dates]
form = "%Y.%m.%d %H:%M"
time_zone = "Asia/Seoul"
[numbers]
thousands = ","
[money]
currency = "KRW"
[cancellations]
words = ["취소"]
[columns]
order_id = "주문번호"
placed_at = "주문일시"
sku = "상품코드"
title = "상품명"
quantity = "수량"
unit_price = "단가"
customer_id = "고객"
country = "국가"
cancelled = "취소"
"""
ROWS = [
    ["가-1", "2025.03.01 09:30", "MUG-1", "머그컵", "2", "12,000", "77", "대한민국", ""],
    ["가-1", "2025.03.01 09:30", "TEE-2", "티셔츠", "1", "￦25,000", "77", "대한민국", ""],
    ["가-1", "2025.03.02 09:30", "MUG-1", "머그컵", "1", "12,000", "77", "대한민국", "취소"],
]


def told(result: Imported) -> tuple[dict[str, int], list[dict[str, object]]]:
    orders = db.dicts(
        """SELECT o.external_id, o.total_minor, o.currency, o.country, o.placed_at, l.sku, l.title, l.qty
             FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
            WHERE o.organisation_id = (SELECT max(organisation_id) FROM orders_order) ORDER BY l.position"""
    )
    assert result.summary.adds_up
    return result.rows, orders


def korean(encoding: str = "") -> profiles.Profile:
    return profiles.parse(KOREAN, name="korean", encoding=encoding)


def expected() -> tuple[dict[str, int], list[tuple[object, ...]]]:
    placed = datetime.fromisoformat("2025-03-01T00:30:00+00:00")
    return {"sale": 2, "cancellation": 1, "not_a_product": 0, "refused": 0}, [
        ("가-1", 49000, "KRW", "KR", placed, "MUG-1", "머그컵", 2),
        ("가-1", 49000, "KRW", "KR", placed, "TEE-2", "티셔츠", 1),
    ]


def check(result: Imported) -> None:
    rows, orders = told(result)
    assert (rows, [tuple(o.values()) for o in orders]) == expected()
    assert result.summary.cancellations_unmatched == 0


def test_cp949_from_a_korean_spreadsheet(tmp_path: Path) -> None:
    path = write(tmp_path / "orders.csv", HEADER, ROWS)
    path.write_bytes(path.read_bytes().decode().encode("cp949"))
    check(imported(make_ctx(), path, korean(), historical=True))


@pytest.mark.parametrize("name", ["orders.tsv", "orders.tsv.gz", "orders.csv.gz", "orders.txt"])
def test_tabs_gzip_and_guessed_delimiters(tmp_path: Path, name: str) -> None:
    delimiter = "\t" if ".tsv" in name else ";"
    path = write(tmp_path / "plain", HEADER, ROWS, delimiter=delimiter)
    data = path.read_bytes()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    check(imported(make_ctx(), tmp_path / name, korean("utf-8"), historical=True))


def test_a_spreadsheet_with_real_dates_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet("주문")
        sheet.write_row(0, 0, HEADER)
        for r, (number, when, sku, title, qty, price, customer, country, off) in enumerate(ROWS, start=1):
            amount = float(price.replace(",", "").strip("￦"))
            at = datetime.fromisoformat(when.replace(".", "-"))
            for c, value in enumerate([number, at, sku, title, float(qty), amount, float(customer), country, off]):
                sheet.write(r, c, value)
    check(imported(make_ctx(), path, korean(), historical=True))


GERMAN = [
    ["1", "03.10.2025", "A", "2", "1.234,50", "EUR", "Germany"],
    ["1", "03.10.2025", "B", "1", "0,99", "EUR", "Germany"],
    ["2", "03.10.2025", "B", "1", "0.99", "EUR", "Germany"],
]


def test_decimal_commas_are_read_and_points_are_not_guessed_at(tmp_path: Path) -> None:
    text = '[numbers]\ndecimal = ","\nthousands = "."\n[dates]\nform = "%d.%m.%Y"\ntime_zone = "Europe/Berlin"\n'
    path = write(
        tmp_path / "o.csv",
        ["order_id", "placed_at", "sku", "quantity", "unit_price", "currency", "country"],
        GERMAN,
        delimiter=";",
    )
    result = imported(make_ctx(), path, profiles.parse(text, name="german"), historical=True)
    minor = [o["total_minor"] for o in told(result)[1]]
    assert minor == [246999, 246999]
    assert [(line["row"], line["code"]) for line in result.report] == [("4", "bad_price")]


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "minor"),
    [
        ("12.5", ".", "", 1250), ("12,34.50", ".", ",", None), ("0.99", ",", ".", None),
        ("1,234.50", ".", ",", 123450), ("1.234,50", ",", ".", 123450), ("€ 3,00", ",", "", 300),
        ("−4", ".", "", -400), ("1,5", ".", "", None), ("1.5", ",", "", None), ("NaN", ".", "", None),
        ("Infinity", ".", "", None), ("0.001", ".", "", None), ("١٢", ".", "", None), ("", ".", "", None),
        ("1e99", ".", "", None),
    ],
)  # fmt: skip
def test_amounts(text: str, decimal: str, thousands: str, minor: int | None) -> None:
    assert cells.minor(text, "EUR", decimal, thousands) == minor


def refusal_of(path: Path, using: profiles.Profile) -> tuple[str, str]:
    ctx = make_ctx()
    with pytest.raises(Refused) as refused:
        imported(ctx, path, using)
    assert db.scalar("SELECT count(*) FROM base_arrival WHERE organisation_id = %s", [ctx.organisation_id]) == 0
    return refused.value.code, str(refused.value.facts)


def test_files_that_cannot_be_read_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "bytes.csv").write_bytes("order_id\n주문".encode("cp949"))
    assert refusal_of(tmp_path / "bytes.csv", profile())[0] in ("unreadable_file", "column_missing")
    (tmp_path / "late.csv").write_bytes(
        b"order_id,placed_at,sku,quantity,unit_price,currency\n" + b"1,2025-01-01,A,1,1.00,EUR\n" * 9000 + b"\xff\xfe\n"
    )
    assert refusal_of(tmp_path / "late.csv", profile())[0] == "unreadable_file"
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"order_id,placed_at\n" * 999)[:-9])
    assert refusal_of(tmp_path / "cut.csv.gz", profile())[0] in ("unreadable_file", "column_missing")
    (tmp_path / "empty.csv").write_bytes(b"")
    assert refusal_of(tmp_path / "empty.csv", profile())[0] == "unreadable_file"
    (tmp_path / "no.xlsx").write_bytes(b"PK\x03\x04 not really")
    assert refusal_of(tmp_path / "no.xlsx", profile())[0] == "unreadable_file"
    assert refusal_of(tmp_path / "nowhere.csv", profile())[0] == "unreadable_file"
    write(tmp_path / "other.csv", ["Order", "SKU"], [["1", "A"]])
    code, facts = refusal_of(tmp_path / "other.csv", profile())
    assert code == "column_missing"
    assert "order_id, placed_at, quantity, unit_price" in facts


@pytest.mark.parametrize(
    "text",
    [
        "not toml at all", "[columns]\ncolour = 'x'", "[file]\nencoding = 'klingon'", "[file]\nencoding = 3",
        "[dates]\ntime_zone = 'Mars/Olympus'", "[numbers]\ndecimal = ','\nthousands = ','", "[file]\ndelimiter = '||'",
        "[colours]\nx = 'y'", "[columns]\norder_id = 'a'", "[customers]\nname = '{secret}'", "[money]\ncurrency = 'QQQ'",
        "[products]\nnot_products = 'POST'",
    ],
)  # fmt: skip
def test_a_profile_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        profiles.parse(text, name="mine")
    assert refused.value.code in ("bad_profile", "unknown_currency")


def test_the_shipped_generic_profile_is_the_default_of_every_setting() -> None:
    assert profile() == profiles.parse("", name="generic")
