"""What lets us into a shop is sealed where it lies, and stands in no page, log or event."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from doorstep.base import db
from doorstep.base.refusals import Refused
from doorstep.channels import actions as channels
from doorstep.channels import queries
from doorstep.channels.port import Throttled, shops
from doorstep.flows import connect_shop, expose, reconcile
from tests.factories import make_brand, signed_in

pytestmark = pytest.mark.django_db
AWAY = "http://127.0.0.1:9"
SECRET_KINDS = [name for name in shops.names() if any(need.secret for need in shops.needs_of(name))]


def given_to(provider: str) -> dict[str, str]:
    """Something that nobody could mistake for anything else, for each thing that the kind needs."""
    return {
        need.name: AWAY if need.name.endswith("url") else need.choices[0].value if need.choices else f"{need.name}-zq7x-{provider}"
        for need in shops.needs_of(provider)
        if not need.optional or need.secret or need.name.endswith("url")
    }


def test_every_vendor_has_secrets_to_keep() -> None:
    assert {"amazon", "shopify", "woocommerce"} <= set(SECRET_KINDS)


@pytest.mark.parametrize("provider", SECRET_KINDS)
def test_secrets_are_sealed_and_shown_nowhere(provider: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    brand = make_brand()
    given = given_to(provider)
    secrets = [given[need.name] for need in shops.needs_of(provider) if need.secret]
    row = channels.connect(brand.ctx, provider=provider, name="Shop", url=AWAY, settings=given)
    kept = queries.get(brand.ctx, connection_id=row.id)
    assert {kept.settings[need.name] for need in shops.needs_of(provider) if need.secret} == set(secrets)
    hook_secret = queries.secret_of(brand.ctx, connection_id=row.id)
    now = replace(brand.ctx, now=datetime.now(UTC))
    for call in (
        lambda: connect_shop.introduce(now, connection_id=row.id),
        lambda: reconcile.reconcile(now),
        lambda: expose.read_listings(lambda: now, connection_id=row.id),
    ):
        try:
            call()
        except (httpx.HTTPError, Refused, Throttled):
            continue
    staff = signed_in(brand.ctx)
    seen = [repr(kept), caplog.text]
    paths = ("/channels/", f"/channels/{row.id}/", f"/channels/connect/?provider={provider}")
    seen += [staff.get(path).content.decode() for path in paths]
    for table in db.column("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        seen += db.column(f'SELECT t::text FROM "{table}" t')
    for secret in (*secrets, hook_secret):
        assert [text[:300] for text in seen if secret in text] == []
