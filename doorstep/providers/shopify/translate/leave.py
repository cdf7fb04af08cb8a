"""How Shopify lets an app in: the page that a person is sent to, what they come back with, and the token. Pure.

Source: https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant (page, signature),
.../client-credentials-grant (an app in shops of its own organisation), .../offline-access-tokens (tokens that end, `expiring`),
https://shopify.dev/docs/api/usage/access-scopes (write implies read)
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from doorstep.base.refusals import BAD_SIGNATURE, INVALID, Refused
from doorstep.base.words import gettext_noop
from doorstep.channels.port import Scope
from doorstep.providers.plain import text, unreadable

BY_CODE, BY_APP = "code", "app"  # how a token was got, and is got again
SCOPES = (
    Scope("write_orders", gettext_noop("No order comes in, and none can be cancelled there.")),
    Scope("read_customers", gettext_noop("Orders come without the customer's name.")),
    Scope("read_products", gettext_noop("What the shop offers cannot be read, so nothing is mapped.")),
    Scope("write_inventory", gettext_noop("The shop is not told what can be sold.")),
    Scope("read_locations", gettext_noop("Numbers cannot be told by location.")),
    Scope(
        "write_merchant_managed_fulfillment_orders",
        gettext_noop("The shop is not told what was sent, nor its tracking number."),
    ),
    Scope("write_returns", gettext_noop("Returns that are opened there do not appear here, and it is not told what came back.")),
)
_SHOP = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\.myshopify\.com")
_LOCAL = ("localhost", "127.0.0.1", "::1")
_ADMIN = re.compile(r"admin\.shopify\.com/store/([a-z0-9][a-z0-9-]*)")
_DAY_S = 24 * 3600
_LONGEST_S = 365 * _DAY_S


def url_of(given: str) -> str:
    """The address of a shop, for what people call it: its name, its domain, or the address of its admin.

    Refuses: what is no shop at Shopify; the domain that customers use is none.
    """
    said = given.strip().rstrip("/").casefold()
    try:
        parts = urlsplit(said if "//" in said else f"https://{said}")
    except ValueError:
        raise _no_shop() from None
    if parts.hostname in _LOCAL and parts.scheme == "http":
        return f"http://{parts.netloc}"
    if found := _ADMIN.match(f"{parts.netloc}{parts.path}"):
        return f"https://{found[1]}.myshopify.com"
    host = parts.netloc if "." in parts.netloc else f"{parts.netloc}.myshopify.com"
    if parts.scheme not in ("http", "https") or not _SHOP.fullmatch(host):
        raise _no_shop()
    return f"https://{host}"


def _no_shop() -> Refused:
    problem = gettext_noop("This is not a shop's own domain, such as my-brand.myshopify.com.")
    return Refused(INVALID, {"field": "url", "problem": problem})


def page_of(url: str, *, client_id: str, back_url: str, state: str) -> str:
    """The page on which a person lets the app in."""
    asked = {"client_id": client_id, "scope": ",".join(one.name for one in SCOPES), "redirect_uri": back_url, "state": state}
    return f"{url}/admin/oauth/authorize?{urlencode(asked)}"


def code_of(query: str, *, url: str, client_secret: str, state: str, now: datetime) -> str:
    """The code in what a person came back with.

    Refuses: what the app's secret did not sign, another state, what is older than a day, and what another shop signed.
    """
    pairs = parse_qsl(query, keep_blank_values=True)
    said = dict(pairs)
    if len(said) < len(pairs) or not _fits(said, client_secret):
        raise Refused(BAD_SIGNATURE, {"reason": "the shop did not sign it with this client secret"})
    if not hmac.compare_digest(said.get("state", "").encode(), state.encode()):
        raise Refused(BAD_SIGNATURE, {"reason": "it belongs to another sign-in"})
    at = said.get("timestamp", "")
    if not at.isdecimal() or len(at) > 12 or abs(now.timestamp() - int(at)) > _DAY_S:
        raise Refused(BAD_SIGNATURE, {"reason": "it is older than a day"})
    if said.get("shop", "").casefold() != urlsplit(url).netloc:
        raise Refused(BAD_SIGNATURE, {"reason": f"the shop {text(said.get('shop', ''), 80)} answered instead"})
    if not said.get("code"):
        raise unreadable("the shop sent no code")
    return said["code"]


def _fits(said: Mapping[str, str], client_secret: str) -> bool:
    """Whether the secret signed it: name=value of all but the signature, sorted and joined by &."""
    joined = "&".join(sorted(f"{_name(name)}={_value(value)}" for name, value in said.items() if name != "hmac"))
    wanted = hmac.new(client_secret.encode(), joined.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), said.get("hmac", "").encode())


def _value(said: str) -> str:
    return said.replace("%", "%25").replace("&", "%26")


def _name(said: str) -> str:
    return _value(said).replace("=", "%3D")


def wish_for_code(settings: Mapping[str, str], code: str) -> dict[str, str]:
    """What a token is got with after a person let us in: one that ends, and what the next is got with."""
    return {**_app(settings), "code": code, "expiring": "1"}


def wish_for_more(settings: Mapping[str, str]) -> dict[str, str]:
    """What the next token is got with."""
    if settings.get("grant") == BY_CODE:
        return {**_app(settings), "grant_type": "refresh_token", "refresh_token": settings.get("refresh_token", "")}
    return {**_app(settings), "grant_type": "client_credentials"}


def _app(settings: Mapping[str, str]) -> dict[str, str]:
    return {"client_id": settings["client_id"], "client_secret": settings["client_secret"]}


def as_settings(document: Mapping[str, Any], *, grant: str, now: datetime) -> dict[str, str]:
    """What the shop gave, as a connection keeps it."""
    token, lives_s = document.get("access_token"), document.get("expires_in")
    if not isinstance(token, str) or not token:
        raise unreadable("the shop gave no token")
    found = {"token": token, "grant": grant, "scopes": text(document.get("scope"), 2000)}
    if isinstance(lives_s, int | float) and lives_s > 0:
        found["token_until"] = (now + timedelta(seconds=min(lives_s, _LONGEST_S))).isoformat()
    refresh = document.get("refresh_token")
    return found | ({"refresh_token": refresh} if isinstance(refresh, str) and refresh else {})


def lacks(scopes: str) -> list[Scope]:
    """What is asked for and was not given."""
    given = {one.strip() for one in scopes.split(",")}
    return [one for one in SCOPES if not {one.name, one.name.replace("read_", "write_", 1)} & given]
