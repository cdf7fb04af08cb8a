"""By which way the token goes."""

from __future__ import annotations

import pytest

from doorstep.channels.grants import Grants
from doorstep.channels.pacing import Pacer
from doorstep.providers.shopify.calls import Calls
from doorstep.providers.shopify.tokens import Tokens


@pytest.mark.parametrize(
    ("url", "goes_to"),
    [
        ("http://my-brand.myshopify.com", "https://my-brand.myshopify.com/admin/api/2026-07/graphql.json"),
        ("https://my-brand.myshopify.com", "https://my-brand.myshopify.com/admin/api/2026-07/graphql.json"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/admin/api/2026-07/graphql.json"),
    ],
)
def test_the_token_never_goes_in_the_open_except_to_the_machine_itself(url: str, goes_to: str) -> None:
    assert Calls(url=url, tokens=Tokens({"token": "t"}, Grants(1, 1)), pacer=Pacer(1, 1)).url == goes_to
