"""What every list has: columns, views under a name, files, actions on many."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
import python_calamine
from asgiref.sync import async_to_sync
from django.http import QueryDict
from django.test import Client
from django.urls import get_resolver
from hypothesis import given
from hypothesis import strategies as st

from doorstep.accounts import queries as accounts
from doorstep.base import arrivals, sheets
from doorstep.orders.values import Buyer
from doorstep.web.parts import listing as lists
from doorstep.web.parts.given import anything, ids_of, keepable_query
from doorstep.web.parts.tests.tables import NAMES, body, table
from tests.factories import Brand, draft, make_ctx, place, signed_in
from tests.receiver import make_delivery

pytestmark = pytest.mark.django_db
get_resolver().url_patterns  # noqa: B018  # a list makes itself known with its addresses


def cells(text: str, name: str) -> int:
    return len(re.findall(f"<{name}[ >]", text))


def test_every_list_is_known() -> None:
    assert [listing.name for listing in lists.registered()] == NAMES


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_list_shows_the_columns_that_are_chosen(filled: Brand, language: str) -> None:
    client = signed_in(filled.ctx, language=language)
    for name in NAMES:
        shows_what_is_chosen(client, filled, name)


def shows_what_is_chosen(client: Client, filled: Brand, name: str) -> None:
    listing = lists.get(name)
    every = [column for column in listing.columns(filled.ctx) if not column.file_only]
    address = f"/parts/lists/{name}/columns/"
    for chosen in ([column.name for column in every], [every[2].name], []):
        assert client.post(address, {"column": [*chosen, "nonsense"], "next": listing.url}).status_code == 302
        text = client.get(listing.url).content.decode()
        rows = text[text.index("<tbody>") :]
        assert cells(text, "th") == cells(rows[: rows.index("</tr>")], "td") == len({*chosen, every[0].name}) + 1
    assert client.post(address, {"usual": "1"}).status_code == 302
    text = client.get(listing.url).content.decode()
    assert cells(text, "th") == len([column for column in every if column.usual]) + 1
    assert "%(" not in text


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_list_is_a_file_with_these_columns_or_all(filled: Brand, kind: str) -> None:
    client = signed_in(filled.ctx)
    for name in NAMES:
        is_a_file(client, filled, name, kind)


def is_a_file(client: Client, filled: Brand, name: str, kind: str) -> None:
    listing = lists.get(name)
    every = list(listing.columns(filled.ctx))
    client.post(f"/parts/lists/{name}/columns/", {"column": [every[1].name]})
    for query, columns in (("", every[:2]), ("?columns=all", every)):
        answer = client.get(f"{listing.url}export.{kind}{query}")
        data = body(answer)
        if kind == "csv":
            assert data.startswith(b"\xef\xbb\xbf")
            rows: list[list[Any]] = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
        else:
            rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
        assert rows[0] == [str(column.label) for column in columns]
        assert len(rows) >= 2
        assert (
            answer["Content-Disposition"] == f'attachment; filename="{name}-2026-11-23.{kind}"'
            or name in answer["Content-Disposition"]
        )


def test_a_stranger_gets_the_heads_of_a_file_and_nothing_below(filled: Brand) -> None:
    owner, stranger = signed_in(filled.ctx), signed_in(make_ctx())
    for name in NAMES:
        assert len(table(owner, f"{lists.get(name).url}export.csv?columns=all")) > 1, name
        assert len(table(stranger, f"{lists.get(name).url}export.csv?columns=all")) == 1, name
        anybody = Client().get(f"{lists.get(name).url}export.csv")
        assert (anybody.status_code, "sign-in" in anybody["Location"]) == (302, True), name


def test_what_an_address_asks_for_in_vain_is_named_and_does_not_filter(filled: Brand) -> None:
    client = signed_in(filled.ctx)
    for name in NAMES:
        names_what_is_in_vain(client, name)


def names_what_is_in_vain(client: Client, name: str) -> None:
    listing = lists.get(name)
    free = {parameter for parameter, known in listing.filters.items() if known is anything}
    rows = table(client, f"{listing.url}export.csv")

    assert free <= {"q", "tag", "category"}
    for parameter in set(listing.filters) - free:
        page = client.get(f"{listing.url}?{parameter}=nonsense")
        assert "“nonsense” is no filter of this list" in page.content.decode(), parameter
        assert "Save view" not in page.content.decode(), parameter
        assert table(client, f"{listing.url}export.csv?{parameter}=nonsense") == rows, parameter
    for parameter in free:
        assert "is no filter of this list" not in client.get(f"{listing.url}?{parameter}=nonsense").content.decode()


@pytest.mark.parametrize(
    "asked",
    [
        "/orders/?view=open&payment=paid&location=7&country=kr&connection=3&customer=9&period=between&from=2026-11-01&to=",
        "/stock/?only=low&location=7", "/products/?status=draft", "/customers/?country=KR&consent=no",
        "/shipments/?state=packed&status=delivered&carrier=2", "/channels/arrivals/?source=files&connection=carrier-7",
        "/returns/?view=here&goods=in_transit&reason=damaged&customer=1&order=2", "/tasks/?mine=1", "/returns/report/?days=30",
    ],
)  # fmt: skip
def test_what_a_list_knows_is_not_complained_about(filled: Brand, asked: str) -> None:
    page = signed_in(filled.ctx).get(asked)
    assert (page.status_code, "is no filter" in page.content.decode()) == (200, False)


def test_pages_of_rows_that_are_no_lists_name_it_too(filled: Brand) -> None:
    client = signed_in(filled.ctx)
    webhook = f"/settings/webhooks/{make_delivery(filled).subscription_id}/"
    for asked in ("/tasks/?mine=nonsense", "/returns/report/?days=nonsense", f"{webhook}?state=nonsense"):
        assert "“nonsense” is no filter of this list" in client.get(asked).content.decode(), asked
    assert "is no filter" not in client.get(f"{webhook}?state=dead").content.decode()


@pytest.mark.parametrize("name", NAMES)
def test_what_no_column_holds_is_taken_out_of_every_filter(filled: Brand, name: str) -> None:
    listing, client = lists.get(name), signed_in(filled.ctx)
    for parameter in (*listing.parameters, "after", "x\x00"):
        query = urlencode({parameter: "\x00"})
        page = client.get(f"{listing.url}?{query}")
        assert page.status_code == 200, query
        assert "\x00" not in page.content.decode()
        assert len(table(client, f"{listing.url}export.csv?{query}")) > 1, query
        assert python_calamine.CalamineWorkbook.from_filelike(
            io.BytesIO(body(client.get(f"{listing.url}export.xlsx?{query}")))
        ).sheet_names
    whole = urlencode(dict.fromkeys(listing.parameters, "a\x00b"))
    assert client.get(f"{listing.url}?{whole}").status_code == 200
    table(client, f"{listing.url}export.csv?{whole}")
    for doing in listing.doings:
        sent = {"verb": doing.name, "all": "1", "query": urlencode(dict.fromkeys(listing.parameters, "\x00"))}
        assert client.post(f"/bulk/{name}/preview/", sent).status_code == 200


@pytest.mark.parametrize("given", ["a\x00b", "a\ud800b", "\udfffab"])
def test_a_query_keeps_what_a_column_holds(given: str) -> None:
    query = QueryDict(mutable=True)
    query.setlist("tag\x00", [given, "c"])
    assert dict(keepable_query(query).lists()) == {"tag": ["ab", "c"]}


def test_ids_are_plain_digits_that_fit() -> None:
    assert ids_of(["7", "0", "-1", "²", "٣", "9" * 19, "9" * 5000, "", "1 ", "8"]) == [7, 8]


def test_a_file_has_what_the_address_matches_and_no_formula(brand: Brand) -> None:
    evil = replace(draft(external_id="X1"), name="=HYPERLINK(1)", buyer=Buyer(name="@SUM(A1)", email="a@example.com"))
    place(brand.ctx, evil, draft(external_id="X2", country="KR"), draft(external_id="-3"))
    client = signed_in(brand.ctx)
    client.post("/parts/lists/orders/columns/", {"column": ["customer", "total", "external_id"]})
    found = table(client, "/orders/export.csv?country=DE")
    assert found[0] == ["Order", "Customer", "Total", "The shop's id"]
    assert sorted(found[1:]) == [["#-3", "김민서", "10.00", "'-3"], ["'=HYPERLINK(1)", "'@SUM(A1)", "10.00", "X1"]]
    data = body(client.get("/orders/export.xlsx?country=DE"))
    rows = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert ["=HYPERLINK(1)", "@SUM(A1)", 10.0, "X1"] in rows
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")


@given(text=st.text(max_size=20))
def test_a_text_comes_back_from_a_file_as_it_was(text: str) -> None:
    told = sheets.harmless(text)
    assert told[:1] not in sheets.FORMULA or told == ""
    if text[:1] != "'":
        assert sheets.plain(told) == text


def test_a_negative_number_stays_a_number() -> None:
    assert sheets.csv_text([[-5, Decimal("-1.50"), "-5", None, ""]]) == "-5,-1.50,'-5,,\r\n"


def test_a_file_is_read_page_by_page(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    from doorstep.web.orders import listing as orders

    place(brand.ctx, *(draft(external_id=f"P{n}") for n in range(7)))
    monkeypatch.setattr(orders, "CHUNK", 2)
    answer = signed_in(brand.ctx).get("/orders/export.csv")

    async def pieces() -> list[bytes]:
        return [piece async for piece in answer.streaming_content]

    sent = async_to_sync(pieces)()
    assert [piece.count(b"\r\n") for piece in sent] == [1, 2, 2, 2, 1]
    names = [line[0] for line in csv.reader(io.StringIO(b"".join(sent).decode("utf-8-sig")))][1:]
    assert sorted(names) == [f"#P{n}" for n in range(7)]


def test_times_are_the_houses_and_words_the_readers(brand: Brand) -> None:
    place(brand.ctx, draft())
    rows = table(signed_in(brand.ctx, language="ko"), "/orders/export.csv")
    assert rows[0][:2] == ["주문", "주문 시각"]
    assert rows[1][1] == "2026-11-23 08:59:00"
    assert "결제 완료" in rows[1] or "결제 대기" in rows[1]


@pytest.mark.parametrize("path", ["/orders/export.pdf", "/stock/export.", "/orders/export.csv/"])
def test_other_kinds_of_files_are_not_made(brand: Brand, path: str) -> None:
    assert signed_in(brand.ctx).get(path).status_code == 404


def test_a_view_stands_as_a_tab_until_it_is_removed(brand: Brand) -> None:
    place(brand.ctx, draft())
    client, colleague = signed_in(brand.ctx), signed_in(brand.ctx, "viewer")
    query = "q=%EA%B9%80&country=DE"
    assert "Save view" in client.get(f"/orders/?{query}").content.decode()
    assert "Save view" not in client.get("/orders/").content.decode()
    saved = client.post("/parts/lists/orders/views/", {"name": "김 in Germany", "query": f"{query}&after=zzz"})
    assert saved.status_code == 422
    saved = client.post("/parts/lists/orders/views/", {"name": "김 in Germany", "query": query})
    assert (saved.status_code, saved["Location"]) == (302, f"/orders/?{query}")
    text = client.get("/orders/?country=DE&q=%EA%B9%80").content.decode()
    assert re.search(r'aria-current="page"><svg.*?</svg>김 in Germany', text)
    assert "Save view" not in text
    assert "김 in Germany" not in colleague.get("/orders/").content.decode()
    (id,) = re.findall(r"/parts/views/(\d+)/remove/", text)[:1]
    change = {"name": "Berlin first", "shared": "on", "next": "/orders/"}
    assert colleague.post(f"/parts/views/{id}/", change).status_code == 404
    assert client.post(f"/parts/views/{id}/", change).status_code == 302
    shown = colleague.get("/orders/").content.decode()
    assert ("Berlin first" in shown, "shared by Owner" in shown, f"/parts/views/{id}/remove/" in shown) == (
        True,
        True,
        False,
    )
    assert colleague.post(f"/parts/views/{id}/remove/").status_code == 403
    assert client.post(f"/parts/views/{id}/remove/").status_code == 302
    assert "Berlin first" not in colleague.get("/orders/").content.decode()


def test_a_stranger_finds_no_view_and_changes_none(brand: Brand) -> None:
    client, stranger = signed_in(brand.ctx), signed_in(make_ctx())
    client.post("/parts/lists/stock/views/", {"name": "Low", "query": "only=low", "shared": "on"})
    (view,) = accounts.list_views(brand.ctx, listing="stock")
    for path in (f"/parts/views/{view.id}/", f"/parts/views/{view.id}/remove/"):
        assert stranger.post(path, {"name": "Mine"}).status_code == 404
        assert client.get(path).status_code == 405
        assert Client().post(path).status_code == 302
    assert ">Low<" not in stranger.get("/stock/").content.decode()
    assert [row.name for row in accounts.list_views(brand.ctx, listing="stock")] == ["Low"]


@pytest.mark.parametrize(
    "path", ["/parts/lists/nothing/columns/", "/parts/lists/nothing/views/", "/bulk/nothing/preview/"]
)
def test_unknown_lists_are_not_found(brand: Brand, path: str) -> None:
    assert signed_in(brand.ctx).post(path, {"name": "x", "verb": "orders.hold"}).status_code == 404


def test_what_a_form_says_comes_next_stays_in_this_house(brand: Brand) -> None:
    answer = signed_in(brand.ctx).post("/parts/lists/stock/columns/", {"usual": "1", "next": "https://evil.example/"})
    assert answer["Location"] == "/stock/"


def test_a_stock_search_is_cut_nowhere(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    from doorstep.web.stock import listing as stock

    monkeypatch.setattr(stock, "CHUNK", 1)
    monkeypatch.setattr("doorstep.web.stock.views.LIMIT", 2)
    client = signed_in(brand.ctx)
    first = client.get("/stock/?q=thing").content.decode()
    (after,) = set(re.findall(r"after=([\w-]+)", first))
    second = client.get(f"/stock/?q=thing&after={after}").content.decode()
    assert [sku for sku in "ABC" if f"<code>{sku}</code>" in first] == ["A", "B"]
    assert [sku for sku in "ABC" if f"<code>{sku}</code>" in second] == ["C"]


def test_stock_is_filtered_by_where_it_lies(brand: Brand) -> None:
    from tests.factories import make_location

    empty = make_location(brand.ctx, "PUS", "KR")
    client = signed_in(brand.ctx)
    assert "<code>A</code>" in client.get(f"/stock/?location={brand.seoul}").content.decode()
    assert "Nothing matches" in client.get(f"/stock/?location={empty}").content.decode()


def test_what_people_import_stands_apart_from_what_shops_send(brand: Brand) -> None:
    arrivals.keep(
        brand.ctx,
        [
            arrivals.Incoming(1, "live-1", "orders/create", b"{}"), 
            arrivals.Incoming(2, "row-1", "orders/import", b"{}", source=arrivals.FILE),
            arrivals.Incoming(0, "file-1", "moving_in.file", b"sku", source=arrivals.FILE),
        ],
    )  # fmt: skip
    found = {row.external_id: row.id for row in arrivals.list_recent(brand.ctx)}
    arrivals.settle(brand.ctx, [(id, "refused", {"says": "No."}) for id in found.values()])
    client = signed_in(brand.ctx)
    for query, shown in (
        ("", ["live-1"]), ("?outcome=refused", ["live-1"]), ("?source=files&outcome=refused", ["row-1", "file-1"]),
        ("?source=all", ["live-1", "row-1", "file-1"]), ("?source=all&q=ROW", ["row-1"]), ("?q=row", []),
        ("?connection=2", ["row-1"]), ("?connection=carrier-2", []),
        ("?source=files&connection=1", []), ("?source=files&connection=carrier-2", []), ("?source=all&connection=1", ["live-1"]),
    ):  # fmt: skip
        text = client.get(f"/channels/arrivals/{query}").content.decode()
        assert {name for name, id in found.items() if f'/channels/arrivals/{id}/"' in text} == set(shown), query
        assert ("the newest 10,000" in text) == ("q=" in query)
