"""Any other channel, by files: its orders come in, its stock and shipments go out, in the columns that it has."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from doorstep.accounts import queries as accounts
from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.invariants import check
from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.catalog import actions as catalog
from doorstep.catalog.values import VariantItem
from doorstep.channels import actions as channels
from doorstep.channels import file_profiles, listings, queries
from doorstep.channels.exposure import Rule
from doorstep.channels.port import ListedItem
from doorstep.channels.values import ConnectionRow, ListingFilter
from doorstep.cli.management.commands.audit import all_invariants
from doorstep.flows import channel_files, compose, expose
from doorstep.flows.channel_files import Form
from doorstep.flows.compose import Contained
from doorstep.flows.order_import import columns, uploads
from doorstep.orders import queries as orders
from doorstep.orders.queries import OrderFilter
from doorstep.shipping import queries as parcels
from doorstep.worker.dispatch import drain
from tests.api.conftest import Api, make_key
from tests.factories import Brand, draft, make_brand, make_variants, place, signed_in
from tests.returning import leave

pytestmark = pytest.mark.django_db
SHEET = """주문번호;주문일시;판매자상품코드;수량;판매가;상품명;수취인명;우편번호;국가
K-1;2026.11.20 10:00;A;2;1.234,50;Thing;김민서;10115;DE
K-1;2026.11.20 10:00;B;1;10,00;Other;김민서;10115;DE
K-2;2026.11.20 11:00;NOPE;1;10,00;Odd;이서연;10115;DE
K-3;2026.11.20 12:00;A;x;10,00;Thing;박지호;10115;DE
"""


@pytest.fixture
def brand() -> Brand:
    return make_brand(skus="ABC", stock_each=5)


def by_files(brand: Brand, name: str = "Market") -> ConnectionRow:
    return channels.ensure_file_connection(brand.ctx, name=name, currency="EUR")


def rows_of(data: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=delimiter))


def stock(ctx: Ctx, connection: ConnectionRow) -> bytes:
    return b"".join(channel_files.stock_file(ctx, connection_id=connection.id))


def shipments(ctx: Ctx, connection: ConnectionRow, days: int = 7) -> bytes:
    since = ctx.now - timedelta(days=days)
    return b"".join(channel_files.shipments_file(ctx, connection_id=connection.id, since=since))


def test_a_stock_file_says_what_the_rule_of_the_channel_shows(brand: Brand) -> None:
    market = by_files(brand)
    place(brand.ctx, draft([("A", 3)]))
    assert {row["sku"]: row["number"] for row in rows_of(stock(brand.ctx, market))} == {"A": "7", "B": "10", "C": "10"}
    expose.set_rule(brand.ctx, connection_id=market.id, rule=Rule(buffer=1, share_pct=50, most=4))
    assert {row["sku"]: row["number"] for row in rows_of(stock(brand.ctx, market))} == {"A": "3", "B": "4", "C": "4"}


def test_a_mapped_listing_stands_under_its_own_sku_and_its_own_rule(brand: Brand) -> None:
    market = by_files(brand)
    items = [ListedItem("m1", "m1", "MARKET-1", "", "Their thing", None), ListedItem("m2", "m2", "MARKET-2", "", "Twin", None)]
    first, second = listings.note(brand.ctx, connection_id=market.id, items=items)
    for id in (first, second):
        expose.link(brand.ctx, listing_id=id, variant_id=brand.variants["A"])
    expose.set_rule(brand.ctx, connection_id=market.id, listing_id=second, rule=Rule(excluded=True))
    numbers = {row["sku"]: row["number"] for row in rows_of(stock(brand.ctx, market))}
    assert numbers == {"MARKET-1": "10", "MARKET-2": "0", "B": "10", "C": "10"}
    listings.ignore(brand.ctx, listing_id=first, ignored=True)
    listings.ignore(brand.ctx, listing_id=second, ignored=True)
    assert {row["sku"] for row in rows_of(stock(brand.ctx, market))} == {"B", "C"}


def test_columns_delimiter_and_mark_are_the_channels_own(brand: Brand) -> None:
    market = by_files(brand)
    assert stock(brand.ctx, market).startswith(b"\xef\xbb\xbfsku,number\r\n")
    wanted = Form({"number": "재고", "our_sku": "  상품 코드 ", "title": ""}, "semicolon", bom=False)
    form = channel_files.check(wanted, part="stock")
    file_profiles.keep(brand.ctx, connection_id=market.id, part="stock", profile=form.as_dict())
    text = stock(brand.ctx, market).decode()
    assert text.splitlines()[:2] == ["재고;상품 코드", "10;A"]


@pytest.mark.parametrize(
    ("heads", "field"),
    [
        ({"sku": "S"}, "number"), ({"number": "N"}, "sku"), ({"sku": "S", "number": "S"}, "number"),
        ({"sku": "S\x00", "number": "N"}, "sku"), ({"sku": "S" * 61, "number": "N"}, "sku"),
        ({"sku": "S", "number": "N", "x": "X"}, "x"),
    ],
)  # fmt: skip
def test_columns_that_make_no_file_are_refused(heads: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refused:
        channel_files.check(Form(heads), part="stock")
    assert refused.value.facts["field"] == field


def test_nothing_in_a_file_is_a_formula(brand: Brand) -> None:
    make_variants(brand.ctx, ["=1+1", "@SUM(A1)"])
    market = by_files(brand)
    skus = [row["sku"] for row in rows_of(stock(brand.ctx, market))]
    assert [sku for sku in skus if "1" in sku] == ["'=1+1", "'@SUM(A1)"]


def test_what_stands_for_something_unmapped_is_not_offered(brand: Brand) -> None:
    catalog.ensure_variants(brand.ctx, items=[VariantItem("DRAFT", "Draft", Money(100, "EUR"), is_draft=True)])
    assert {row["sku"] for row in rows_of(stock(brand.ctx, by_files(brand)))} == {"A", "B", "C"}


def test_a_shipments_file_says_what_left_of_this_channels_orders_alone(brand: Brand) -> None:
    market, other = by_files(brand), by_files(brand, "Other")
    mine, theirs = place(
        brand.ctx,
        draft([("A", 2), ("B", 1)], external_id="K-1", connection_id=market.id),
        draft([("A", 1)], external_id="O-1", connection_id=other.id),
    )
    drain()
    assert rows_of(shipments(brand.ctx, market)) == []
    parcel_id = leave(brand, mine)
    leave(brand, theirs)
    rows = rows_of(shipments(brand.ctx, market))
    assert [(row["order"], row["sku"], row["units"], row["carrier"]) for row in rows] == [
        ("K-1", "A", "2", "Sandbox"), ("K-1", "B", "1", "Sandbox"),
    ]  # fmt: skip
    assert {row["tracking_number"] for row in rows} == {parcels.get_parcel(brand.ctx, parcel_id=parcel_id).tracking_number}
    later = replace(brand.ctx, now=brand.ctx.now + timedelta(days=8))
    assert rows_of(shipments(later, market)) == []
    assert len(rows_of(shipments(later, market, days=30))) == 2


def test_a_file_without_columns_for_lines_has_a_row_for_each_parcel(brand: Brand) -> None:
    market = by_files(brand)
    (id,) = place(brand.ctx, draft([("A", 2), ("B", 1)], external_id="K-1", connection_id=market.id))
    drain()
    leave(brand, id)
    form = channel_files.check(Form({"order": "Order", "tracking_number": "Tracking"}), part="shipments")
    file_profiles.keep(brand.ctx, connection_id=market.id, part="shipments", profile=form.as_dict())
    assert [row["Order"] for row in rows_of(shipments(brand.ctx, market))] == ["K-1"]


def test_a_bundle_left_as_what_the_channel_sold(brand: Brand) -> None:
    set_id = make_variants(brand.ctx, ["SET"])["SET"]
    assert compose.set_components(brand.ctx, variant_id=set_id, contents=[Contained("A", 1), Contained("B", 2)])
    market = by_files(brand)
    (id,) = place(brand.ctx, draft([("SET", 1)], external_id="K-1", connection_id=market.id))
    drain()
    leave(brand, id)
    assert [(row["sku"], row["units"]) for row in rows_of(shipments(brand.ctx, market))] == [("SET", "1")]


def test_a_shop_has_no_files(brand: Brand) -> None:
    shop = channels.connect(brand.ctx, provider="sandbox_shop", name="Shop", url="http://127.0.0.1:9")
    with pytest.raises(Refused) as refused:
        channel_files.stock_file(brand.ctx, connection_id=shop.id)
    assert refused.value.code == "connection_not_by_files"
    assert signed_in(brand.ctx).get(f"/channels/{shop.id}/files/").status_code == 409


def test_files_come_by_the_api_for_whoever_may_read_channels(brand: Brand) -> None:
    market = by_files(brand)
    api = Api(brand, make_key(brand, "channels:read"))
    answer = api.get(f"/connections/{market.id}/stock.csv")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer.content == stock(brand.ctx, market)
    path = f"/connections/{market.id}/shipments.csv"
    assert api.get(f"{path}?since=2026-11-01T00:00:00Z").content == shipments(brand.ctx, market)
    assert api.get(f"{path}?since=yesterday").status_code == 422
    assert Api(brand, make_key(brand, "orders:read")).get(path).status_code == 403
    assert Api(brand, make_key(make_brand(), "channels:read")).get(path).status_code == 404


def bring(client: Client, market: ConnectionRow, text: str = SHEET, encoding: str = "cp949") -> str:
    """Sends a file up; gives the address of its columns."""
    file = SimpleUploadedFile("orders.csv", text.encode(encoding))
    answer = client.post(f"/channels/{market.id}/files/orders/", {"file": file})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return str(answer.headers["Location"])


CHOICES = {"date_form": "%Y.%m.%d %H:%M", "signs": "comma_point", "currency": "EUR", "time_zone": "Asia/Seoul"}


def chosen(text: str = SHEET) -> dict[str, str]:
    """The form as the page fills it for this file."""
    heads = text.splitlines()[0].split(";")
    return {f"m-{ours}": str(i) for ours, i in columns.guess(heads, kept=None).items()} | CHOICES


def work(ctx: Ctx) -> None:
    """Runs the imports that wait, as the worker does."""
    found = db.dicts("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE task_name = 'import_orders' RETURNING args")
    for job in found:
        uploads.work(ctx, job_id=job["args"]["job_id"])


def test_a_person_maps_a_file_sees_what_would_happen_and_takes_it_in(brand: Brand) -> None:
    market, client = by_files(brand), signed_in(brand.ctx)
    page = bring(client, market)
    text = client.get(page, chosen()).content.decode()
    assert orders.list_orders(brand.ctx, where=OrderFilter(), limit=5) == []
    assert [int(n) for n in re.findall(r'class="num">(\d+)</td><td class="reason"', text)] == [5]
    assert "1 SKU is no product of yours" in text
    assert "NOPE" in text
    answer = client.post(f"{page}take/", chosen())
    work(brand.ctx)
    waits, row = sorted(orders.list_orders(brand.ctx, where=OrderFilter(), limit=5), key=lambda one: one.on_hold, reverse=True)
    assert (waits.external_id, waits.on_hold, row.on_hold) == ("K-2", True, False)
    assert [one.sku for one in listings.list_page(brand.ctx, where=ListingFilter(connection_id=market.id))] == ["NOPE"]
    assert (row.external_id, row.connection_id, row.total_minor) == ("K-1", market.id, 247900)
    assert row.placed_at.isoformat() == "2026-11-20T01:00:00+00:00"
    (job,) = accounts.list_bulk_jobs(brand.ctx, limit=5)
    assert (job.state, job.total, job.done, job.failed) == ("done", 4, 3, 1)
    said = client.get(answer.headers["Location"]).content.decode()
    assert "“x” is not a whole number of units." in said
    report = b"".join(client.get(f"{answer.headers['Location']}report.csv")).decode("utf-8-sig")
    assert [line.split(",")[0] for line in report.splitlines()] == ["Row", "5"]
    assert check(all_invariants()) == []


def test_the_same_file_again_takes_nothing_twice(brand: Brand) -> None:
    market, client = by_files(brand), signed_in(brand.ctx)
    page = bring(client, market)
    for _time in range(2):
        client.post(f"{page}take/", chosen())
        work(brand.ctx)
    assert len(orders.list_orders(brand.ctx, where=OrderFilter(), limit=5)) == 2
    assert check(all_invariants()) == []


def test_columns_that_were_kept_are_those_of_the_next_file(brand: Brand) -> None:
    market, client = by_files(brand), signed_in(brand.ctx)
    page = bring(client, market)
    assert client.post(f"{page}take/", chosen() | {"only": "keep"}).status_code == 302
    kept = file_profiles.find(brand.ctx, connection_id=market.id).orders
    assert kept is not None
    assert kept["columns"]["sku"] == "판매자상품코드"
    again = client.get(bring(client, market, SHEET.replace("K-", "L-"), "utf-8")).content.decode()
    assert 'name="date_form" value="%Y.%m.%d %H:%M"' in again
    assert [int(n) for n in re.findall(r'class="num">(\d+)</td><td class="reason"', again)] == [5]


def test_a_column_that_is_needed_and_not_chosen_stops_it(brand: Brand) -> None:
    market, client = by_files(brand), signed_in(brand.ctx)
    page = bring(client, market)
    form = {name: value for name, value in chosen().items() if name != "m-quantity"}
    assert "Some columns are still to be said: Units." in client.get(page, form).content.decode()
    assert client.post(f"{page}take/", form).status_code == 422
    assert accounts.list_bulk_jobs(brand.ctx, limit=5) == []


def test_a_file_of_another_system_is_read_without_a_word_from_a_person(brand: Brand) -> None:
    text = (
        '"Bestellnummer";"Bestelldatum";"Kunde";"Straße";"PLZ";"Ort";"Land";"Artikelnummer";"Menge";"Einzelpreis";"Währung"\r\n'
        '"B-1";"26.11.2026 14:03";"Zoë Groß";"Türkenstr. 1";"80799";"München";"Deutschland";"A";"2";"1.017,90";"EUR"\r\n'
    )
    market, client = by_files(brand), signed_in(brand.ctx)
    page = bring(client, market, text, "cp1252")
    said = client.get(page).content.decode()
    given = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', said))
    assert (given["date_form"], given["signs"]) == ("%d.%m.%Y %H:%M", "comma_point")
    client.post(f"{page}take/", given)
    work(brand.ctx)
    (row,) = orders.list_orders(brand.ctx, where=OrderFilter(), limit=5)
    assert (row.external_id, row.customer_name, row.country, row.total_minor) == ("B-1", "Zoë Groß", "DE", 203580)


def test_orders_that_name_no_country_go_where_the_file_says(brand: Brand) -> None:
    text = '주문번호,주문일시,수취인명,배송지,상품코드,수량,판매가\nK-7,2026.11.27 09:13,김서연,서울 테헤란로 12,A,1,"24,000"\n'
    market, client = by_files(brand), signed_in(brand.ctx)
    page = bring(client, market, text)
    given = columns_of(text) | {"date_form": "%Y.%m.%d %H:%M", "signs": "point_comma", "currency": "KRW"}
    assert "No row of the order names a country." in client.get(page, given | {"country": ""}).content.decode()
    client.post(f"{page}take/", given | {"country": "KR"})
    work(brand.ctx)
    (row,) = orders.list_orders(brand.ctx, where=OrderFilter(), limit=5)
    assert (row.country, row.total_minor) == ("KR", 24000)


def columns_of(text: str) -> dict[str, str]:
    heads = text.splitlines()[0].split(",")
    return {f"m-{ours}": str(i) for ours, i in columns.guess(heads, kept=None).items()}


def test_a_channel_by_files_is_made_and_shaped_on_pages(brand: Brand) -> None:
    client = signed_in(brand.ctx)
    assert client.post("/channels/files/add/", {"name": " "}).status_code == 422
    answer = client.post("/channels/files/add/", {"name": "Market"})
    (market,) = queries.list_connections(brand.ctx)
    assert answer.headers["Location"] == f"/channels/{market.id}/files/"
    base = f"/channels/{market.id}/files/"
    assert client.get(base).status_code == 200
    bad = client.post(f"{base}stock/shape/", {"h-sku": "Code", "h-number": "", "delimiter": "comma"})
    assert (bad.status_code, "Write something here." in bad.content.decode()) == (422, True)
    good = {"h-sku": "Code", "h-number": "Qty", "delimiter": "semicolon"}
    assert client.post(f"{base}stock/shape/", good).status_code == 302
    sent = client.get(f"{base}stock.csv")
    assert sent.content.decode().splitlines()[0] == "Code;Qty"
    assert 'filename="stock-' in sent.headers["Content-Disposition"]
    assert client.get(f"{base}shipments.csv?since=2026-11-01").status_code == 200
    assert f"{base}stock.csv" in client.get(f"/channels/{market.id}/").content.decode()


def test_who_may_only_look_downloads_and_changes_nothing(brand: Brand) -> None:
    market = by_files(brand)
    client = signed_in(brand.ctx, "viewer")
    base = f"/channels/{market.id}/files/"
    assert client.get(base).status_code == 200
    assert client.get(f"{base}stock.csv").status_code == 200
    assert client.post(f"{base}stock/shape/", {"h-sku": "Code", "h-number": "Qty", "delimiter": "comma"}).status_code == 403
    assert client.post(f"{base}orders/", {}).status_code == 403


def test_what_a_channel_calls_otherwise_is_mapped_both_ways(brand: Brand) -> None:
    market, client = by_files(brand), signed_in(brand.ctx)
    listed = "상품코드,상품명\nA,Same\nM-2,Theirs\n"
    file = SimpleUploadedFile("offered.csv", listed.encode("cp949"))
    assert client.post(f"/channels/{market.id}/files/offered/", {"file": file}).status_code == 302
    rows = {row.sku: row for row in listings.list_page(brand.ctx, where=ListingFilter(connection_id=market.id))}
    assert (rows["A"].variant_id, rows["M-2"].variant_id) == (brand.variants["A"], None)
    expose.link(brand.ctx, listing_id=rows["M-2"].id, variant_id=brand.variants["C"])
    drain()
    assert {row["sku"] for row in rows_of(stock(brand.ctx, market))} == {"A", "B", "M-2"}
    page = bring(client, market, SHEET.replace("NOPE", "M-2"))
    client.post(f"{page}take/", chosen())
    work(brand.ctx)
    drain()
    found = {row.external_id: row.id for row in orders.list_orders(brand.ctx, where=OrderFilter(), limit=5)}
    assert [line.sku for line in orders.get(brand.ctx, id=found["K-2"]).lines] == ["C"]
    leave(brand, found["K-2"])
    assert [(row["order"], row["sku"]) for row in rows_of(shipments(brand.ctx, market))] == [("K-2", "M-2")]


def test_a_list_without_skus_is_refused_and_what_it_lacks_is_offered_no_longer(brand: Brand) -> None:
    market, client = by_files(brand), signed_in(brand.ctx)
    path = f"/channels/{market.id}/files/offered/"
    assert client.post(path, {"file": SimpleUploadedFile("bad.csv", b"colour\nred\n")}).status_code == 422
    for text in ("sku\nA\nB\n", "sku\nA\n"):
        assert client.post(path, {"file": SimpleUploadedFile("good.csv", text.encode())}).status_code == 302
    rows = listings.list_page(brand.ctx, where=ListingFilter(connection_id=market.id))
    assert [row.sku for row in rows if row.ended_at is None] == ["A"]
