"""Signing in at Shopify: through our pages to the shop's own, back with a code, and tokens that end and are renewed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from doorstep.channels import actions as channels
from doorstep.channels import queries
from doorstep.channels.grants import Grants
from doorstep.channels.port import Shipped, Throttled
from doorstep.channels.values import ConnectionRow
from doorstep.providers.shopify.translate import leave
from tests.factories import make_ctx, signed_in
from tests.sandboxes import Server

SECRET = "sandbox-client-secret"
pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(lasting_shopify: Server) -> Server:
    lasting_shopify.post("/admin/oauth/app", {"scopes": [one.name for one in leave.SCOPES], "lives_s": 3600})
    return lasting_shopify


def form(shop: Server, **changes: str) -> dict[str, str]:
    url = str(shop.http.base_url)
    return {"name": "Korea", "url": url, "client_id": "sandbox-client-id", "client_secret": SECRET, "way": "page"} | changes


def installed(shop: Server, page: str) -> str:
    """Where the shop sends a person back to who pressed the button of its page."""
    shown = shop.http.get(page)
    assert shown.status_code == 200
    assert "Install" in shown.text
    back = urlsplit(shop.http.post(page).headers["location"])
    return f"{back.path}?{back.query}"


def sign_in(client: Client, shop: Server, **changes: str) -> Any:
    page = client.post("/channels/connect/shopify/", form(shop, **changes))
    assert page.status_code == 302, page.content.decode()
    return client.get(installed(shop, page.headers["Location"]))


def connected(ctx: Ctx) -> ConnectionRow:
    (row,) = queries.list_connections(ctx)
    return row


def ends_in(row: ConnectionRow, s: int) -> None:
    """Lets the token of a connection end in so many seconds, as far as we know."""
    db.execute(
        """UPDATE channels_connection
              SET settings = settings || jsonb_build_object('token_until', now() + make_interval(secs => %s)) WHERE id = %s""",
        [s, row.id],
    )


def test_a_shop_is_connected_by_signing_in_there_and_nothing_secret_lies_open(shop: Server) -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    answer = sign_in(client, shop)
    row = connected(ctx)
    assert answer.headers["Location"] == f"/channels/{row.id}/"
    assert row.settings["grant"] == "code"
    assert queries.shop_of(ctx, connection=row).list_listings(after="").items
    raw = db.scalar("SELECT settings::text FROM channels_connection WHERE id = %s", [row.id])
    sessions = db.scalar("SELECT count(*) FROM django_session WHERE session_data LIKE %s", [f"%{SECRET}%"])
    page = client.get(f"/channels/{row.id}/").content.decode()
    again = client.get(f"/channels/connect/shopify/?connection={row.id}").content.decode()
    for secret in (row.settings["token"], row.settings["refresh_token"], SECRET):
        assert secret not in raw + page + again
    assert sessions == 0
    assert "does not allow" not in page


def test_what_came_back_counts_once_in_the_same_browser_and_as_the_shop_signed_it(shop: Server) -> None:
    ctx = make_ctx()
    client, other = signed_in(ctx), signed_in(ctx)
    page = client.post("/channels/connect/shopify/", form(shop)).headers["Location"]
    back = installed(shop, page)
    assert other.get(back).status_code == 422
    assert client.get(back.replace("code=", "code=0")).status_code == 422
    assert client.get(back).status_code == 422  # a sign-in that was tampered with is over
    assert queries.list_connections(ctx) == []
    asked = parse_qs(urlsplit(page).query)
    assert asked["scope"] == [",".join(one.name for one in leave.SCOPES)]
    assert asked["redirect_uri"][0].endswith("/channels/connect/shopify/back/")


def test_a_wrong_secret_and_a_wrong_domain_come_back_to_the_form(shop: Server) -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    wrong = client.post("/channels/connect/shopify/", form(shop, way="app", client_secret="other"))
    assert wrong.status_code == 422
    assert "The client_id or client_secret is invalid" in wrong.content.decode()
    wrong = client.post("/channels/connect/shopify/", form(shop, url="https://shop.example.com"))
    assert wrong.status_code == 422
    assert "This is not a shop&#x27;s own domain" in wrong.content.decode()
    assert queries.list_connections(ctx) == []


def test_the_domain_is_taken_as_the_form_asks_for_it(db: None) -> None:
    client = signed_in(make_ctx())
    given = {"name": "Korea", "client_id": "i", "client_secret": "s", "way": "page"}
    for said in ("my-brand.myshopify.com", " my-brand ", "https://admin.shopify.com/store/my-brand"):
        page = client.post("/channels/connect/shopify/", given | {"url": said})
        assert page.headers["Location"].startswith("https://my-brand.myshopify.com/admin/oauth/authorize?"), said
    for wrong in ("", "my-brand.example.com", "http://127.0.0.1:9\r\nX: y", "http://me:you@127.0.0.1:9", "http://127.0.0.1:99999"):
        assert client.post("/channels/connect/shopify/", given | {"url": wrong}).status_code == 422, wrong


def test_a_scope_that_was_not_given_is_named_with_what_will_not_work_until_it_is(shop: Server) -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    shop.post("/admin/oauth/app", {"scopes": ["write_orders", "read_products", "write_inventory", "write_returns"]})
    sign_in(client, shop, way="page")
    row = connected(ctx)
    page = client.get(f"/channels/{row.id}/").content.decode()
    assert "The shop is not told what was sent, nor its tracking number." in page
    assert "What the shop offers cannot be read" not in page
    sold = shop.post("/admin/orders", {"country": "DE", "lines": [{"sku": "B"}]}, status=201)
    with pytest.raises(Refused, match="write_merchant_managed_fulfillment_orders"):
        queries.shop_of(ctx, connection=row).tell_shipped(Shipped(str(sold["id"]), "T1", "DHL", "", (("B", 1),)))
    shop.post("/admin/oauth/app", {"scopes": [one.name for one in leave.SCOPES]})
    sign_in(client, shop, connection=str(row.id), client_secret="", name="")
    assert connected(ctx).id == row.id
    assert "does not allow" not in client.get(f"/channels/{row.id}/").content.decode()


def test_an_app_that_is_installed_asks_for_its_token_by_itself_and_for_the_next(shop: Server) -> None:
    ctx = make_ctx()
    answer = signed_in(ctx).post("/channels/connect/shopify/", form(shop, way="app"))
    row = connected(ctx)
    assert answer.headers["Location"] == f"/channels/{row.id}/"
    assert (row.settings["grant"], "refresh_token" in row.settings) == ("app", False)
    ends_in(row, 60)
    assert queries.shop_of(ctx, connection=row).list_listings(after="").items
    assert connected(ctx).settings["token"] != row.settings["token"]


def test_a_token_is_renewed_before_it_ends_once_and_another_process_takes_the_new_one(shop: Server) -> None:
    ctx = make_ctx()
    sign_in(signed_in(ctx), shop)
    row = connected(ctx)
    ends_in(row, 60)
    one, two = (queries.shop_of(ctx, connection=connected(ctx)) for _ in range(2))
    before = shop.get("/admin/oauth/tokens")["count"]
    assert one.list_listings(after="").items
    assert two.list_listings(after="").items
    assert shop.get("/admin/oauth/tokens")["count"] == before + 1
    new = connected(ctx).settings
    assert new["token"] != row.settings["token"]
    assert new["refresh_token"] != row.settings["refresh_token"]
    assert "renewing_until" not in new


def test_while_another_process_renews_it_the_old_token_does_and_a_dead_one_waits(shop: Server) -> None:
    ctx = make_ctx()
    sign_in(signed_in(ctx), shop)
    row = connected(ctx)
    ends_in(row, 60)
    grants = Grants(ctx.organisation_id, row.id)
    ends = grants.read().settings["token_until"]
    assert grants.claim(ends=ends) is not None
    assert grants.claim(ends=ends) is None
    assert queries.shop_of(ctx, connection=row).list_listings(after="").items
    assert connected(ctx).settings["token"] == row.settings["token"]
    ends_in(row, -1)
    with pytest.raises(Throttled):
        queries.shop_of(ctx, connection=row).tell_cancelled("1", reason="")
    assert not grants.keep({"token": "of an older sign-in"}, ends=ends)
    assert connected(ctx).settings["token"] == row.settings["token"]


def test_a_token_that_the_shop_ended_early_is_renewed_and_the_call_made_again(shop: Server) -> None:
    ctx = make_ctx()
    sign_in(signed_in(ctx), shop)
    row = connected(ctx)
    shop.http.delete("/admin/oauth/tokens")
    assert queries.shop_of(ctx, connection=row).list_listings(after="").items
    assert connected(ctx).settings["token"] != row.settings["token"]


def test_a_token_that_somebody_pastes_ends_the_grant_of_the_last_one(shop: Server) -> None:
    ctx = make_ctx()
    sign_in(signed_in(ctx), shop)
    row = connected(ctx)
    channels.reach(ctx, connection_id=row.id, settings={"token": "sandbox"})
    kept = connected(ctx).settings
    assert {"grant", "refresh_token", "token_until", "client_id"} & kept.keys() == set()
    assert queries.shop_of(ctx, connection=connected(ctx)).list_listings(after="").items


def test_a_sign_in_that_took_too_long_begins_anew(shop: Server, time_machine: Any) -> None:
    ctx = make_ctx()
    client = signed_in(ctx)
    page = client.post("/channels/connect/shopify/", form(shop)).headers["Location"]
    back = installed(shop, page)
    time_machine.move_to(ctx.now + timedelta(hours=2), tick=True)
    assert client.get(back).status_code == 422
    assert queries.list_connections(ctx) == []
