"""Tokens of Shopify: got for a code or by the app itself, kept with the connection, renewed before they end.

Source: https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens (an hour, and what the
next is got with), https://shopify.dev/changelog/more-resilient-refreshes-for-expiring-offline-access-tokens (an answer that got
lost is asked for again with the same), .../client-credentials-grant (a day)
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from doorstep.base import outward
from doorstep.base.needs import Need
from doorstep.base.refusals import UNREADABLE, Refused
from doorstep.base.registry import Settings
from doorstep.base.words import gettext_noop
from doorstep.channels.grants import ENDS, LEASE_S, Grants, Held
from doorstep.channels.port import Scope, Throttled
from doorstep.providers.plain import text
from doorstep.providers.shopify.refusals import SHOP_REFUSES_US
from doorstep.providers.shopify.translate import leave

TIMEOUT = httpx.Timeout(10, connect=3)
BEFORE_THE_END_S = 300.0
assert LEASE_S > 10 + 3
HIDDEN = tuple(
    Need(name, "", optional=True, hidden=True, secret=name == "refresh_token")
    for name in ("client_id", "grant", "refresh_token", ENDS, "scopes")
)
NEEDS = (
    Need(
        "url", gettext_noop("Domain of the shop"),
        gettext_noop("Such as my-brand.myshopify.com. It stands in the shop's admin under Settings, Domains."),
    ),
    Need("client_id", gettext_noop("Client ID of the app")),
    Need("client_secret", gettext_noop("Client secret of the app"), secret=True),
)  # fmt: skip


class SignIn:
    """A person signs in at Shopify, or the app that they installed asks for itself."""

    needs = NEEDS
    scopes = leave.SCOPES

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """With the address of the shop, however it was called."""
        return {**settings, "url": leave.url_of(settings["url"])}

    def page_of(self, settings: Mapping[str, str], *, back_url: str, state: str) -> str:
        """Shopify's own page with what the app asks for."""
        return leave.page_of(settings["url"], client_id=settings["client_id"], back_url=back_url, state=state)

    def redeem(self, settings: Mapping[str, str], *, query: str, state: str, now: datetime) -> dict[str, str]:
        """By the code that the shop gave and signed."""
        secret = settings["client_secret"]
        code = leave.code_of(query, url=settings["url"], client_secret=secret, state=state, now=now)
        given = _post(settings, leave.wish_for_code(settings, code))
        return {**settings, **leave.as_settings(given, grant=leave.BY_CODE, now=now)}

    def ask(self, settings: Mapping[str, str], *, now: datetime) -> dict[str, str]:
        """By the app's own secret, which Shopify takes for shops of the organisation that made the app."""
        given = _post(settings, leave.wish_for_more({**settings, "grant": leave.BY_APP}))
        return {**settings, **leave.as_settings(given, grant=leave.BY_APP, now=now)}

    def lacks(self, settings: Mapping[str, str]) -> list[Scope]:
        """By the scopes that came with the token; of one that somebody pasted nothing is known."""
        return leave.lacks(settings["scopes"]) if settings.get("grant") else []


class Tokens:
    """The token of one connection, for as long as somebody calls."""

    def __init__(self, settings: Settings, grants: Grants) -> None:
        self._token, self._grants = settings["token"], grants
        self._ends = bool(settings.get("grant") and settings.get(ENDS))
        self._good_until = 0.0

    def current(self) -> str:
        """A token that lives for a while; a new one where that is due.

        Raises: httpx errors, Throttled while another process renews it.  Refuses: `SHOP_REFUSES_US`.
        """
        if not self._ends or time.monotonic() < self._good_until:
            return self._token
        held = self._take()
        if (held.left_s or 0) > BEFORE_THE_END_S:
            return self._token
        return self._renewed(held)

    def after_refusal(self, refused: str) -> bool:
        """Whether there is another token than the one that the shop refused; it may have ended before its time."""
        if not self._ends:
            return False
        held = self._take()
        if self._token == refused:
            self._renewed(Held(held.settings, 0.0))
        return self._token != refused

    def _take(self) -> Held:
        held = self._grants.read()
        self._token, self._good_until = held.settings["token"], time.monotonic() + (held.left_s or 0) - BEFORE_THE_END_S
        self._ends = bool(held.settings.get("grant") and held.settings.get(ENDS))
        return held

    def _renewed(self, held: Held) -> str:
        """The next token; the last, while it lives and no next is to be had."""
        was, ends = held.settings, held.settings[ENDS]
        lives = (held.left_s or 0) > 0
        now = self._grants.claim(ends=ends)
        if now is None:
            self._take()
            if self._token == was["token"] and not lives:
                raise Throttled(1.0)
            return self._token
        try:
            given = _post(was, leave.wish_for_more(was))
            new = leave.as_settings(given, grant=was["grant"], now=now)
        except (httpx.HTTPError, Refused):
            if lives:
                return self._token
            raise
        self._grants.keep(new, ends=ends)
        self._take()
        return self._token


def _post(settings: Mapping[str, str], wish: Mapping[str, str]) -> dict[str, Any]:
    """What the shop answers to a wish for a token.  Raises: httpx errors.  Refuses: `SHOP_REFUSES_US`."""
    url = f"{sealed(settings['url'])}/admin/oauth/access_token"
    headers = {"accept": "application/json"}
    with outward.client(TIMEOUT) as http:
        answer = http.post(url, data=dict(wish), headers=headers)
    if answer.status_code >= 500 or answer.status_code == 429:
        answer.raise_for_status()
    try:
        said = answer.json()
    except ValueError:
        said = None
    if answer.is_success and isinstance(said, dict):
        return said
    if answer.is_success:
        raise Refused(UNREADABLE, {"reason": "the shop answered something that is no JSON object"})
    raise Refused(SHOP_REFUSES_US, {"answer": _why(said) or f"{answer.status_code} {answer.reason_phrase}"})


def _why(said: object) -> str:
    """What the shop has against it, in its own words."""
    if not isinstance(said, dict):
        return ""
    why = said.get("error_description") or said.get("error")
    return text(why, 200).rstrip(".") if isinstance(why, str) else ""


def sealed(url: str) -> str:
    """The address by which a secret travels: never in the open, except to the machine itself."""
    parts = urlsplit(url)
    is_here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return url if is_here else parts._replace(scheme="https").geturl()
