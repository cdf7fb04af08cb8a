"""What a shop is called, what it sends a person back with, and what it allows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from doorstep.base.refusals import Refused
from doorstep.providers.shopify.translate import leave

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
# Signed by others: the example of the Elixir package shopify_oauth.
SIGNED = (
    "code=0907a61c0c8d55e99db179b68161bc00&hmac=700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf"
    "&shop=some-shop.myshopify.com&state=0.6784241404160823&timestamp=1337178173"
)
THEN = datetime.fromtimestamp(1337178173, UTC)
KNOWN = {"url": "https://some-shop.myshopify.com", "client_secret": "hush", "state": "0.6784241404160823", "now": THEN}


@pytest.mark.parametrize(
    "said",
    ["my-brand", "My-Brand.myshopify.com", "https://my-brand.myshopify.com/admin", " my-brand.myshopify.com/ ",
     "https://admin.shopify.com/store/my-brand/settings", "http://my-brand.myshopify.com"],
)  # fmt: skip
def test_a_shop_is_found_by_whatever_people_call_it(said: str) -> None:
    assert leave.url_of(said) == "https://my-brand.myshopify.com"


@pytest.mark.parametrize(
    "said",
    ["shop.example.com", "my-brand.myshopify.com.evil.example", "evil.example/my-brand.myshopify.com", "https://", "a b", "-x",
     "me@my-brand.myshopify.com", "my-brand.myshopify.com:8080", "https://127.0.0.1", "ftp://localhost", "http://["],
)  # fmt: skip
def test_what_is_no_shop_at_shopify_is_refused(said: str) -> None:
    with pytest.raises(Refused, match="invalid"):
        leave.url_of(said)


def test_a_code_that_the_shop_signed_is_taken() -> None:
    assert leave.code_of(SIGNED, **KNOWN) == "0907a61c0c8d55e99db179b68161bc00"


@pytest.mark.parametrize(
    ("query", "changes"),
    [
        (SIGNED.replace("0907", "1907"), {}),
        (SIGNED.replace("&hmac=7", "&hmac=8"), {}),
        (SIGNED + "&code=mine", {}),
        (SIGNED, {"client_secret": "other"}),
        (SIGNED, {"state": "another"}),
        (SIGNED, {"url": "https://other.myshopify.com"}),
        (SIGNED, {"now": NOW}),
        ("", {}),
    ],
)
def test_whatever_else_comes_back_is_refused(query: str, changes: dict[str, object]) -> None:
    with pytest.raises(Refused, match="bad_signature"):
        leave.code_of(query, **(KNOWN | changes))  # type: ignore[arg-type]


def test_what_writing_implies_is_not_missed() -> None:
    every = ",".join(one.name for one in leave.SCOPES)
    assert leave.lacks(every) == []
    assert leave.lacks(every.replace("read_products", "write_products")) == []
    assert [one.name for one in leave.lacks(every.replace("write_returns", "read_returns"))] == ["write_returns"]


def test_a_token_without_an_end_is_kept_without_one() -> None:
    assert leave.as_settings({"access_token": "t", "scope": "a,b"}, grant="code", now=NOW) == {
        "token": "t", "grant": "code", "scopes": "a,b",
    }  # fmt: skip


@pytest.mark.parametrize("lives_s", [float("inf"), 1e300, 10**30])
def test_a_token_that_never_seems_to_end_is_looked_after_within_a_year(lives_s: float) -> None:
    kept = leave.as_settings({"access_token": "t", "expires_in": lives_s}, grant=leave.BY_CODE, now=NOW)
    assert kept["token_until"] == "2027-11-26T12:00:00+00:00"
