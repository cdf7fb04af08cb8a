"""Settings through HTTP."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from doorstep.accounts import queries
from doorstep.accounts.models import User
from doorstep.accounts.values import PERMISSIONS
from doorstep.channels import deliveries, webhooks
from doorstep.channels.values import DeliveryWish
from doorstep.flows.webhooks import catalogue
from doorstep.web.settings.webhooks import GROUPS
from tests.factories import PASSWORD, make_ctx, signed_in

pytestmark = pytest.mark.django_db


def secret_on(page: str) -> str:
    found = re.search(r'id="shown-secret">([^<]+)<', page)
    assert found
    return found[1]


def test_a_key_is_shown_once_and_then_works_until_it_is_revoked() -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    page = client.post("/settings/keys/make/", {"name": "Web store", "scopes": ["orders:read", "orders:write"]})
    secret = secret_on(page.content.decode())
    key = queries.find_key(secret=secret)
    assert key is not None
    assert (key.name, key.scopes, key.organisation_id) == (
        "Web store",
        ["orders:read", "orders:write"],
        ctx.organisation_id,
    )
    assert secret not in client.get("/settings/keys/").content.decode()
    assert client.post(f"/settings/keys/{key.id}/revoke/").status_code == 302
    assert queries.find_key(secret=secret) is None


def test_a_key_without_scopes_comes_back_with_the_name_still_there() -> None:
    answer = signed_in(make_ctx()).post("/settings/keys/make/", {"name": "Web store"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Web store"' in text
    assert "Choose what the key may do." in text


def test_somebody_added_signs_in_with_the_password_that_was_shown() -> None:
    ctx = make_ctx()
    form = {"email": "new@example.com", "name": "New", "role": "warehouse", "language": "ko"}
    page = signed_in(ctx).post("/settings/staff/add/", form).content.decode()
    answer = Client().post("/sign-in/", {"login": "new@example.com", "password": secret_on(page)})
    assert answer.status_code == 302


def test_a_wrong_address_is_told_at_its_field() -> None:
    form = {"email": "not an address", "name": "New", "role": "warehouse", "language": "ko"}
    answer = signed_in(make_ctx()).post("/settings/staff/add/", form)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "This is not an e-mail address." in text
    assert 'value="not an address"' in text
    assert "data-open-now" in text


def test_a_new_password_given_by_an_owner_ends_the_person_s_sessions() -> None:
    ctx = make_ctx()
    owner, viewer = signed_in(ctx), signed_in(ctx, "viewer")
    member = next(p for p in queries.list_staff(ctx) if p.role == "viewer")
    page = owner.post(f"/settings/staff/{member.id}/password/").content.decode()
    assert viewer.get("/settings/").status_code == 302
    assert Client().post("/sign-in/", {"login": member.email, "password": secret_on(page)}).status_code == 302


def test_changing_one_s_password_keeps_this_session_and_ends_the_other() -> None:
    client = signed_in(make_ctx(), "viewer")
    email = client.get("/settings/profile/").context["staff"].email
    other = Client()
    other.post("/sign-in/", {"login": email, "password": PASSWORD})
    wrong = client.post("/settings/profile/password/", {"current": "nope", "new": "another-password"})
    assert (wrong.status_code, "not your current password" in wrong.content.decode()) == (422, True)
    assert (
        client.post("/settings/profile/password/", {"current": PASSWORD, "new": "another-password"}).status_code == 302
    )
    assert client.get("/settings/").status_code == 200
    assert other.get("/settings/").status_code == 302


def test_a_profile_keeps_name_language_and_theme() -> None:
    client = signed_in(make_ctx(), "viewer")
    answer = client.post("/settings/profile/", {"name": "이유나", "language": "ko", "theme": "dark"})
    assert answer.cookies["django_language"].value == "ko"
    text = client.get("/settings/profile/").content.decode()
    assert '<html lang="ko" data-theme-choice="dark" data-bs-theme="dark">' in text
    assert 'value="이유나"' in text
    assert client.post("/parts/theme/", {"theme": "purple"}).status_code == 422
    assert User.objects.get(name="이유나").theme == "dark"


def test_the_organisation_is_changed_by_an_owner_and_wrong_colours_are_told() -> None:
    ctx = make_ctx("Before")
    client = signed_in(ctx)
    form = {"name": "After", "accent": "#aa3311", "support_email": "help@example.com", "language": "ko"}
    form |= {"timezone": "America/New_York", "currency": "USD"}
    assert client.post("/settings/organisation/change/", form).status_code == 302
    found = queries.organisation(ctx)
    assert (found.name, found.accent, found.support_email, found.default_language) == (
        "After", "#aa3311", "help@example.com", "ko",
    )  # fmt: skip
    assert (found.timezone, found.default_currency) == ("America/New_York", "USD")
    wrong = client.post("/settings/organisation/change/", form | {"accent": "red"})
    assert (wrong.status_code, "Send a colour such as #2f6f5e." in wrong.content.decode()) == (422, True)
    for field, value, says in (("timezone", "Mars/Olympus", "not a time zone"), ("currency", "XX", "not an ISO 4217")):
        wrong = client.post("/settings/organisation/change/", form | {field: value})
        assert (wrong.status_code, says in wrong.content.decode()) == (422, True)
    assert queries.organisation(ctx) == found


def test_a_webhook_shows_its_secret_once_and_its_deliveries_can_be_sent_again() -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    page = client.post("/settings/webhooks/add/", {"url": "https://hooks.example.com/a", "types": ["order.placed"]})
    assert secret_on(page.content.decode()).startswith("whsec_")
    [row] = deliveries.list_subscriptions(ctx)
    assert (row.url, row.types, row.active) == ("https://hooks.example.com/a", ["order.placed"], True)
    assert "shown-secret" not in client.get(f"/settings/webhooks/{row.id}/").content.decode()

    wish = DeliveryWish(1, "order.placed", "order:1", '{"type": "order.placed"}')
    webhooks.queue(ctx, id=row.id, wishes=[wish], until=(0, 0))
    [one] = deliveries.list_deliveries(ctx, subscription_id=row.id)
    assert "order.placed" in client.get(f"/settings/webhooks/{row.id}/?state=pending").content.decode()
    assert "evt_1" in client.get(f"/settings/webhooks/deliveries/{one.id}/").content.decode()
    assert client.post(f"/settings/webhooks/deliveries/{one.id}/replay/").status_code == 302
    assert client.post(f"/settings/webhooks/{row.id}/replay/").status_code == 302

    assert client.post(f"/settings/webhooks/{row.id}/pause/").status_code == 302
    assert not deliveries.get_subscription(ctx, id=row.id).active
    client.post(f"/settings/webhooks/{row.id}/resume/")
    client.post(f"/settings/webhooks/{row.id}/change/", {"url": "https://hooks.example.com/b", "types": ["*"]})
    changed = deliveries.get_subscription(ctx, id=row.id)
    assert (changed.url, changed.types, changed.active) == ("https://hooks.example.com/b", ["*"], True)
    assert secret_on(client.post(f"/settings/webhooks/{row.id}/secret/").content.decode())
    assert client.post(f"/settings/webhooks/{row.id}/remove/").status_code == 302
    assert deliveries.list_subscriptions(ctx) == []


def test_a_webhook_that_cannot_be_comes_back_with_what_was_written() -> None:
    client = signed_in(make_ctx())
    answer = client.post("/settings/webhooks/add/", {"url": "ftp://x", "types": ["*"]})
    assert (answer.status_code, 'value="ftp://x"' in answer.content.decode()) == (422, True)
    answer = client.post("/settings/webhooks/add/", {"url": "https://hooks.example.com"})
    assert "Choose at least one type of event." in answer.content.decode()


def test_a_web_store_s_key_is_proposed_with_what_it_needs_and_nothing_more() -> None:
    client = signed_in(make_ctx())
    page = client.get("/settings/keys/?for=store").content.decode()
    ticked = {scope for scope in PERMISSIONS if re.search(rf'value="{scope}"[^>]*checked', page)}
    assert ticked == {"orders:read", "orders:write", "stock:read"}
    assert 'value="Web store"' in page
    assert "checked" not in client.get("/settings/keys/?for=anything").content.decode().split('id="make-key"')[1]


def test_every_type_of_webhook_stands_under_a_heading_of_words() -> None:
    assert {type_.partition(".")[0] for type_ in catalogue.TYPES} <= set(GROUPS)


def test_the_side_menu_marks_the_section_that_a_page_stands_in() -> None:
    client = signed_in(make_ctx())
    marked = re.compile(r'<nav class="subnav".*?</nav>', re.DOTALL)
    for below, current in (("", "page"), ("rules/", "true"), ("connect/", "true")):
        menu = marked.search(client.get(f"/settings/carriers/{below}").content.decode())
        assert menu
        assert re.findall(r'href="([^"]+)" aria-current="(\w+)"', menu[0]) == [("/settings/carriers/", current)]
