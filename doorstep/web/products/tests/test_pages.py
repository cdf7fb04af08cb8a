"""Products, customers, locations and moving in, through HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from doorstep.accounts import actions as accounts
from doorstep.accounts.models import User
from doorstep.base.ctx import SYSTEM, Ctx
from doorstep.base.money import Money
from doorstep.catalog import actions as catalog
from doorstep.catalog import queries
from doorstep.catalog.values import ProductDraft, VariantDraft
from doorstep.customers import actions as customers
from doorstep.customers import queries as customer_queries
from doorstep.customers.values import Person
from doorstep.locations import queries as locations

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def brand(slug: str = "morae") -> Ctx:
    made = accounts.create_organisation(now=NOW, trace="test", name=slug, slug=slug, currency="KRW", language="ko")
    return Ctx(made.id, SYSTEM, NOW, "test")


def somebody(ctx: Ctx, role: str = "owner") -> Client:
    email = f"{role}{ctx.organisation_id}@x.kr"
    accounts.add_staff(ctx, email=email, name=role, role=role, password="a-long-password")
    client = Client()
    client.force_login(User.objects.get(email=email), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def tee(ctx: Ctx, sku: str = "TEE-1") -> int:
    variant = VariantDraft(sku, Money(29000, "KRW"), "8801234567893", ("검정",))
    return catalog.create_product(ctx, product=ProductDraft("코튼 티셔츠", option_names=("색상",)), variants=[variant])


def test_a_product_is_added_with_its_variants_and_edited() -> None:
    ctx = brand()
    client = somebody(ctx)
    form = {
        "title": "후드", "status": "active", "currency": "KRW", "option0": "사이즈",
        "n0-sku": "H-S", "n0-price": "59,000", "n0-option0": "S", "n0-weight_g": "600",
        "n1-sku": "H-M", "n1-price": "59000", "n1-option0": "M", "n2-sku": "", "n2-price": "",
    }  # fmt: skip
    answer = client.post("/products/new/", form)
    rows = queries.find_variants(ctx, skus=["H-S", "H-M"])
    assert answer.status_code == 302
    assert {row.title for row in rows.values()} == {"후드 · S", "후드 · M"}
    page = f"/products/{rows['H-S'].product_id}/"
    key = f"v{rows['H-S'].id}"
    edited = {
        "title": "후드 집업", "status": "draft", "currency": "KRW", "version": "1", "option0": "사이즈",
        f"{key}-sku": "H-S", f"{key}-price": "61000", f"{key}-option0": "S",
    }  # fmt: skip
    assert client.post(page, edited).status_code == 302
    assert queries.find_variants(ctx, skus=["H-S"])["H-S"].price_minor == 61000
    stale = client.post(page, edited)
    assert stale.status_code == 409
    assert "후드 집업" in stale.content.decode()


def test_a_refused_form_keeps_everything_typed_and_names_the_row() -> None:
    ctx = brand()
    client = somebody(ctx)
    tee(ctx)
    form = {
        "title": "Another",
        "currency": "KRW",
        "status": "active",
        "n0-sku": "TEE-1",
        "n0-price": "5",
        "n1-sku": "X-9",
        "n1-price": "7",
    }
    answer = client.post("/products/new/", form)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="X-9"' in text
    assert 'aria-invalid="true"' in text
    assert len(queries.list_products(ctx)) == 1


@pytest.mark.parametrize(
    "path", ["/products/", "/products/?q=튼&status=active", "/customers/", "/setup/", "/setup/import/?kind=stock"]
)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_page_opens_empty_and_filled(path: str, language: str) -> None:
    ctx = brand()
    client = somebody(ctx)
    client.cookies["django_language"] = language
    assert client.get(path).status_code == 200
    tee(ctx)
    customers.match(ctx, people=[Person("김서연", "kim@x.kr", country="KR"), Person("", "", "010")])
    assert client.get(path).status_code == 200


def test_strangers_and_roles_are_kept_out() -> None:
    ctx = brand()
    stranger, viewer = somebody(brand("other")), somebody(ctx, "viewer")
    product = tee(ctx)
    (person,) = customers.match(ctx, people=[Person("Kim", "kim@x.kr")])
    picture = f"/products/pictures/products/{ctx.organisation_id}/{'a' * 40}.webp"
    for path in (f"/products/{product}/", f"/customers/{person}/", picture):
        assert stranger.get(path).status_code == 404
        assert Client().get(path).status_code == 302
    assert viewer.get(f"/products/{product}/").status_code == 200
    assert viewer.post(f"/products/{product}/", {"title": "Mine"}).status_code == 403
    assert viewer.post(f"/customers/{person}/note/", {"note": "x"}).status_code == 403
    assert viewer.post("/settings/locations/new/", {"code": "A"}).status_code == 403
    assert viewer.get("/setup/import/1/?kind=products").status_code == 403
    assert queries.get_product(ctx, product_id=product).version == 1


def test_a_customer_is_edited_and_noted() -> None:
    ctx = brand()
    client = somebody(ctx)
    (person,) = customers.match(ctx, people=[Person("Kim", "kim@x.kr")])
    sent = {
        "name": "김서연",
        "email": "kim@x.kr",
        "country": "KR",
        "phone": "010-1234-5678",
        "language": "ko",
        "version": "1",
    }
    assert client.post(f"/customers/{person}/edit/", sent).status_code == 302
    assert client.post(f"/customers/{person}/edit/", sent).status_code == 422
    assert client.post(f"/customers/{person}/note/", {"note": "VIP"}).status_code == 302
    row = customer_queries.get(ctx, customer_id=person)
    assert (row.name, row.phone, row.note) == ("김서연", "+821012345678", "VIP")
    assert "VIP" in client.get(f"/customers/{person}/").content.decode()


def test_a_location_is_set_up_with_bins_and_taken_out_of_use() -> None:
    ctx = brand()
    client = somebody(ctx)
    sent = {
        "code": "sel1",
        "name": "서울",
        "country": "KR",
        "timezone": "Asia/Seoul",
        "reach": "some",
        "serves": ["KR", "JP"],
        "fulfils_online": "on",
        "lines": "a\nb",
    }
    assert client.post("/settings/locations/new/", sent).status_code == 302
    assert client.post("/settings/locations/new/", sent).status_code == 422
    (row,) = locations.list_locations(ctx)
    assert (row.code, row.serves, row.lines) == ("SEL1", ["KR", "JP"], ["a", "b"])
    assert client.post(f"/settings/locations/{row.id}/bins/", {"bins": "A-01..A-03"}).status_code == 302
    assert client.get(f"/settings/locations/{row.id}/").status_code == 200
    assert client.post(f"/settings/locations/{row.id}/deactivate/").status_code == 409
    assert [b.code for b in locations.bins(ctx, location_id=row.id)] == ["A-01", "A-02", "A-03"]


def test_the_mapping_says_which_columns_of_the_file_are_left_out() -> None:
    client = somebody(brand())
    file = SimpleUploadedFile("goods.csv", "품번,상품명,판매가,메모,비고\nA,티,100,a,b\n".encode())
    where = client.post("/setup/import/", {"kind": "products", "file": file})["Location"]
    assert 'class="left-out">Columns that are left out: 메모, 비고<' in client.get(where).content.decode()
    all_taken = client.get(f"{where}&m-sku=0&m-title=1&m-price=2&m-category=3&m-product=4").content.decode()
    assert "left-out" not in all_taken


def test_a_file_is_sent_mapped_and_started() -> None:
    client = somebody(brand())
    file = SimpleUploadedFile("goods.csv", "상품코드,상품명,판매가\nA,티,100\nB,티,x\n".encode("cp949"))
    answer = client.post("/setup/import/", {"kind": "products", "file": file})
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert page.status_code == 200
    assert "“x”" in page.content.decode()
    base = answer["Location"].partition("?")[0]
    started = client.post(f"{base}run/", {"kind": "products", "m-sku": "0", "m-title": "1", "m-price": "2"})
    assert started.status_code == 302
    assert client.get(started["Location"]).status_code == 200
    assert client.get(f"{started['Location']}report.csv").status_code == 200
    broken = SimpleUploadedFile("goods.csv", b"\xff\xfa\x00\x81")
    assert client.post("/setup/import/", {"kind": "products", "file": broken}).status_code == 422
