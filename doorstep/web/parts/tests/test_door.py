"""Pages refuse in words, and no view stands open by oversight."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from doorstep.accounts import actions as accounts
from doorstep.base.refusals import LOST_RACE, Refused
from doorstep.web.parts.pages import page, show_refusal
from tests.factories import draft, make_brand, make_ctx, place, signed_in

pytestmark = pytest.mark.django_db
# These check who asks by themselves: bearer keys, signatures.
OWN_DOORS = ("api/", "hooks/")


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, path)
        else:
            yield path, entry


def test_every_page_asks_who_comes_or_says_that_it_is_public() -> None:
    open_by_oversight = [
        path
        for path, entry in routes(get_resolver())
        if not path.startswith(OWN_DOORS)
        and not getattr(entry.callback, "staff_page", False)
        and not getattr(entry.callback, "public_page", False)
    ]
    assert open_by_oversight == []


def test_every_staff_page_sends_a_visitor_to_the_sign_in_page() -> None:
    visitor = Client()
    for path, entry in routes(get_resolver()):
        if getattr(entry.callback, "staff_page", False) and "<" not in path:
            answer = visitor.get(f"/{path}")
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/sign-in/"), path


def test_a_permission_that_does_not_exist_is_a_bug_at_once() -> None:
    with pytest.raises(ValueError):
        page("orders:paint")


def test_a_warehouse_person_is_kept_from_settings_in_words() -> None:
    client = signed_in(make_ctx(), "warehouse")
    for path in ("/settings/staff/", "/settings/keys/", "/settings/organisation/"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "Your role does not allow this." in answer.content.decode()
    assert client.get("/settings/profile/").status_code == 200


def test_a_manager_reads_settings_and_changes_nothing() -> None:
    ctx = make_ctx("Before")
    client = signed_in(ctx, "manager")
    assert client.get("/settings/keys/").status_code == 200
    answer = client.post("/settings/organisation/change/", {"name": "After", "accent": "#112233", "language": "en"})
    assert answer.status_code == 403
    assert 'value="Before"' in client.get("/settings/organisation/").content.decode()


def test_an_htmx_request_gets_its_refusal_into_the_notices() -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    owner = client.get("/settings/staff/").context["people"][0]
    answer = client.post(f"/settings/staff/{owner.id}/remove/", headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#notices", "beforeend")
    text = answer.content.decode()
    assert "An organisation needs at least one owner." in text
    assert "<html" not in text


def test_an_htmx_request_without_a_session_takes_the_tab_to_the_sign_in_page() -> None:
    answer = Client().get(
        "/parts/counts/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/settings/"}
    )
    assert answer["HX-Redirect"] == "/sign-in/?next=%2Fsettings%2F"


def test_a_refusal_is_said_with_its_facts() -> None:
    request = RequestFactory().get("/")
    answer = show_refusal(request, Refused(LOST_RACE, {"what": "order"}))
    assert answer.status_code == 409
    assert "Somebody else changed this order a moment ago." in answer.content.decode()


def test_staff_pages_are_never_kept_by_caches() -> None:
    assert signed_in(make_ctx()).get("/settings/")["Cache-Control"] == "private, no-store"


def test_a_stranger_cannot_touch_the_people_of_another_organisation() -> None:
    ctx = make_ctx()
    member = accounts.add_staff(ctx, email="victim@example.com", name="V", role="viewer").member
    stranger = signed_in(make_ctx())
    for verb in ("role", "password", "remove"):
        assert stranger.post(f"/settings/staff/{member.id}/{verb}/", {"role": "owner"}).status_code == 404
    assert "victim@example.com" not in stranger.get("/settings/staff/").content.decode()


def test_the_address_of_a_button_opened_by_hand_says_so_and_leads_to_its_page() -> None:
    brand = make_brand()
    [order_id] = place(brand.ctx, draft([("A", 1)]))
    client = signed_in(brand.ctx)
    for path, above in (
        (f"/orders/{order_id}/cancel/", f"/orders/{order_id}/"),
        ("/fulfilment/put-back/7/", "/fulfilment/"),
        ("/parts/theme/", ""),
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
        page = answer.content.decode()
        assert "This address cannot be opened like a page." in page
        assert re.findall(r'btn-primary" href="([^"]+)"', page) == ([above] if above else [])
        assert not above or client.get(above).status_code == 200
    korean = signed_in(brand.ctx, language="ko").get(f"/orders/{order_id}/cancel/").content.decode()
    assert "이 주소는 페이지로 열 수 없습니다." in korean
    assert client.get(f"/orders/{order_id}/").content.decode().count("Cancel the order?") == 1
