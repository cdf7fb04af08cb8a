"""The customers' page in a brand's face, and where that is edited."""

from __future__ import annotations

import html

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from doorstep.accounts import actions, branding
from doorstep.accounts import queries as accounts
from doorstep.accounts.tests.test_branding import SVG, picture
from doorstep.flows import notify
from doorstep.web.tracking import sample
from tests.factories import draft, make_brand, place, signed_in

pytestmark = pytest.mark.django_db
ATTACK = "<script>alert(1)</script> \"onload='x' https://x.example/?a=\"><img src=x onerror=alert(1)>"


def test_the_brands_words_and_logo_stand_on_the_page_and_none_of_them_is_markup() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft())
    logo = branding.set_logo(brand.ctx, data=picture())
    branding.write(brand.ctx, language="en", message=ATTACK, help=ATTACK, returns_url="https://x.example/r", version=0)
    link = "/t/" + notify.tracking_link(brand.ctx, order_id=order_id).partition("/t/")[2]
    page = Client().get(f"{link}?language=en").content.decode()
    assert ("<script>alert" in page, "<img src=x" in page, "&lt;script&gt;alert(1)" in page) == (False, False, True)
    assert page.count("<textarea") == 1
    assert 'href="https://x.example/r"' in page
    slug = accounts.organisation(brand.ctx).slug
    shown = Client().get(f"/t/logo/{slug}/{logo.digest}.png")
    assert (shown.status_code, shown["Content-Type"], "sandbox" in shown["Content-Security-Policy"]) == (200, "image/png", True)
    other = accounts.organisation(make_brand().ctx).slug
    assert Client().get(f"/t/logo/{other}/{logo.digest}.png").status_code == 404
    assert f"/t/logo/{slug}/{logo.digest}.png" in page
    assert ATTACK not in Client().get(f"{link}?language=ko").content.decode()


def test_settings_show_every_state_as_it_is_typed_and_keep_nothing() -> None:
    brand = make_brand()
    client = signed_in(brand.ctx)
    for scene in sample.SCENES:
        form = {"message": ATTACK, "help": "", "returns_url": "", "accent": "#ffee00", "scene": scene}
        for language in ("en", "ko"):
            answer = client.post(f"/settings/tracking/preview/?language={language}", form).content.decode()
            shown = html.unescape(answer.partition('srcdoc="')[2].partition('"></iframe>')[0])
            assert (answer.count("<script"), shown.count("<script"), "#1042" in shown) == (0, 0, True), scene
            assert "--own: #ffee00" in shown
    assert branding.words(brand.ctx, language="en").version == 0
    wrong = {"message": "", "help": "", "returns_url": "javascript:x", "accent": "red"}
    bad = client.post("/settings/tracking/preview/?language=en", wrong)
    assert "This is not an address such as" in bad.content.decode()


def test_words_colour_and_logo_are_saved_by_whoever_may() -> None:
    brand = make_brand()
    client = signed_in(brand.ctx)
    form = {"message": "Hi", "help": "Call us", "returns_url": "", "accent": "#112233", "version": "0"}
    assert client.post("/settings/tracking/?language=ko", form).status_code == 302
    assert branding.words(brand.ctx, language="ko").message == "Hi"
    assert accounts.organisation(brand.ctx).accent == "#112233"
    assert client.post("/settings/tracking/?language=ko", form).status_code != 302
    client.post("/settings/tracking/logo/", {"logo": SimpleUploadedFile("x.svg", SVG, "image/png")})
    assert branding.find_logo(brand.ctx) is None
    assert client.post("/settings/tracking/logo/", {"logo": SimpleUploadedFile("x.png", picture(), "image/png")}).status_code == 302
    assert branding.find_logo(brand.ctx) is not None
    manager = signed_in(brand.ctx, "manager")
    assert manager.post("/settings/tracking/logo/remove/").status_code == 403
    assert client.post("/settings/tracking/logo/remove/").status_code == 302
    assert branding.find_logo(brand.ctx) is None


def test_the_door_of_a_brand_shows_its_face_and_finds_its_orders_only() -> None:
    cache.clear()
    one, other = make_brand(), make_brand()
    place(one.ctx, draft(external_id="X1"))
    slugs = [accounts.organisation(brand.ctx).slug for brand in (one, other)]
    branding.set_logo(one.ctx, data=picture())
    assert "/t/logo/" in Client().get(f"/t/?brand={slugs[0]}").content.decode()
    form = {"number": "#X1", "contact": "minseo@example.com", "show": "1"}
    found, wrong = (Client().post(f"/t/?brand={slug}&language=en", form) for slug in slugs)
    unknown = Client().post(f"/t/?brand={slugs[0]}&language=en", form | {"number": "#nope"})
    assert (found.status_code, wrong.status_code, unknown.status_code) == (302, 422, 422)
    says = "We find no order with this number and this e-mail address or phone number."
    assert all(says in answer.content.decode() for answer in (wrong, unknown))


def test_whom_nobody_knows_yet_is_met_in_the_language_of_their_browser_else_of_the_brand() -> None:
    brand = make_brand()
    about = accounts.organisation(brand.ctx)
    actions.change_organisation(
        brand.ctx, name=about.name, accent=about.accent, support_email="", language="ko", timezone="UTC", currency="EUR"
    )
    met = [("en-GB,en;q=0.9,ko;q=0.8", "", "en"), ("ko-KR", "language=en", "en"), ("fr-FR, en;q=0.3, ko;q=0.7", "", "ko"),
           ("ja", "", "ko"), ("", "", "ko")]  # fmt: skip
    for browser, wanted, shown in met:
        client = Client(headers={"Accept-Language": browser})
        for page in (f"/t/?brand={about.slug}&{wanted}", f"/r/{about.slug}/?{wanted}"):
            assert f'<html lang="{shown}">' in client.get(page).content.decode(), (browser, page)
