"""UPS over HTTP, for tracking.  Source: developer.ups.com, "OAuth Client Credentials" and "Tracking"."""

from __future__ import annotations

import secrets
from urllib.parse import quote

import httpx

from doorstep.base import outward
from doorstep.base.needs import Need, Step
from doorstep.base.refusals import Refused
from doorstep.base.registry import Settings
from doorstep.base.words import gettext_noop
from doorstep.providers.tracking_only import TIMEOUT, Tokens, TrackingOnly, checked, fetch, read
from doorstep.providers.ups import translate
from doorstep.shipping.port import Scan
from doorstep.shipping.refusals import UNAUTHORISED

PRODUCTION = "https://onlinetools.ups.com"
SOURCE = "doorstep"
_tokens = Tokens()


class Ups(TrackingOnly):
    """One UPS app; `settings`: client_id, client_secret, and url where it is not UPS's own."""

    title = "UPS"
    needs = (
        Need("client_id", gettext_noop("Client ID")),
        Need("client_secret", gettext_noop("Client secret"), secret=True),
        Need(
            "url", gettext_noop("Address"),
            gettext_noop("Empty, UPS itself is asked. Its test environment is https://wwwcie.ups.com."), optional=True,
        ),
    )  # fmt: skip
    steps = (
        Step(
            gettext_noop("Add an app"),
            gettext_noop("Sign in at UPS's developer portal, add an app under Apps, and add the product Tracking to it."),
            "https://developer.ups.com",
        ),
        Step(gettext_noop("Copy its keys"), gettext_noop("The app shows its client ID and its client secret. Put them in below.")),
    )

    def __init__(self, settings: Settings) -> None:
        self._url = settings.get("url", "").rstrip("/") or PRODUCTION
        id, _, secret = settings.get("token", "").partition(":")  # how accounts were kept at first
        self._id, self._secret = settings.get("client_id", id), settings.get("client_secret", secret)

    def track(self, tracking_number: str) -> list[Scan]:
        """Every event of the last 120 days.  A token that is not accepted any more is renewed once.

        Refuses: as `shipping.refusals`.
        """
        token = self._token()
        answer = self._ask(tracking_number, token)
        if answer.status_code == 401:
            _tokens.drop((self._url, self._id), token)
            answer = self._ask(tracking_number, self._token())
        return read(answer, translate.read_tracking, number=tracking_number)

    def _ask(self, number: str, token: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}", "transid": secrets.token_hex(16), "transactionsrc": SOURCE}
        return fetch(f"{self._url}/api/track/v1/details/{quote(number, safe='')}", headers=headers, params={"locale": "en_US"})

    def _token(self) -> str:
        return _tokens.get((self._url, self._id), self._sign_in)

    def _sign_in(self) -> tuple[str, int]:
        with outward.client(TIMEOUT) as http:
            answer = checked(
                http.post(
                    f"{self._url}/security/v1/oauth/token",
                    data={"grant_type": "client_credentials"},
                    auth=(self._id, self._secret),
                )
            )
        if answer.status_code != 200:
            raise Refused(UNAUTHORISED, {"said": str(answer.status_code)})
        return translate.read_token(answer.content)
