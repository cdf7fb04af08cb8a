"""Twilio over HTTP.  Source: https://www.twilio.com/docs/sms/api/message-resource"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import httpx

from doorstep.base import outward
from doorstep.base.needs import Need, Step
from doorstep.base.registry import Settings
from doorstep.base.words import gettext_noop
from doorstep.messaging.port import (
    Heard,
    OptedOut,
    Receipt,
    Rejected,
    Taken,
    Text,
    TextFound,
    Uncertain,
    Unreachable,
)
from doorstep.providers.twilio import translate

TIMEOUT = httpx.Timeout(10, connect=3)
URL = "https://api.twilio.com"
# Nothing of the request can have arrived.
NOT_ASKED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Twilio:
    """`settings`: username (the account's SID), password (its auth token), and url where it is not Twilio's own."""

    title = "Twilio"
    needs = (
        Need("username", gettext_noop("Account SID"), gettext_noop("It begins with AC.")),
        Need("password", gettext_noop("Auth token"), secret=True),
        Need("url", "", optional=True, hidden=True),
    )
    steps = (
        Step(
            gettext_noop("Open the console"),
            gettext_noop("Its first page shows the account SID and the auth token under Account Info."),
            "https://console.twilio.com",
        ),
    )

    def __init__(self, settings: Settings) -> None:
        self._sid, self._token = settings.get("username", ""), settings.get("password", "")
        self._url = (settings.get("url") or URL).rstrip("/")

    def send(self, text: Text) -> Taken:
        """Raises: OptedOut, Rejected, OSError before anything was taken, Uncertain where no answer came: no key protects it."""
        body = {"To": text.to_number, "From": text.from_number, "Body": text.text}
        if text.receipt_url.startswith("https://") or self._url != URL:  # it calls nobody back without TLS
            body["StatusCallback"] = text.receipt_url
        if text.from_number.startswith("MG"):  # https://www.twilio.com/docs/messaging/services
            body["MessagingServiceSid"] = body.pop("From")
        try:
            answer = self._ask("POST", "Messages.json", data=body)
        except NOT_ASKED as trouble:
            raise OSError(str(trouble)) from trouble
        except httpx.TransportError as trouble:
            raise Uncertain(str(trouble) or type(trouble).__name__) from trouble
        if answer.status_code >= 500:
            raise Uncertain(_words(answer))
        if answer.is_success:
            try:
                return translate.taken(answer.json())
            except ValueError as trouble:
                raise Uncertain(f"an answer that cannot be read ({trouble})") from trouble
        raise _trouble(answer)

    def find(self, text: Text, *, but: Collection[str]) -> TextFound:
        """By recipient, words and time: Twilio takes no keys.  Raises: OSError where it does not answer."""
        query = {"To": text.to_number, "PageSize": "50"}
        if not text.from_number.startswith("MG"):
            query["From"] = text.from_number
        try:
            answer = self._ask("GET", "Messages.json", params=query)
            if not answer.is_success:
                raise OSError(_words(answer))
            return translate.find(answer.json(), text, but=but)
        except httpx.TransportError as trouble:
            raise OSError(str(trouble)) from trouble
        except (ValueError, AttributeError) as trouble:
            raise OSError(f"an answer that cannot be read ({trouble})") from trouble

    def check(self) -> None:
        """Reads the account."""
        try:
            answer = self._ask("GET", "")
        except (httpx.TransportError, httpx.InvalidURL) as trouble:
            raise Unreachable("host", str(trouble) or type(trouble).__name__) from trouble
        if answer.status_code in (401, 403, 404):
            raise Unreachable("login", "the account or its token is not the right one")
        if not answer.is_success:
            raise Unreachable("answer", _words(answer))

    def subscribe(self, url: str, secret: str) -> None:
        """Nothing: each text says where its receipts go; where texts of customers go is set at Twilio, for each number."""

    def open_webhook(self, url: str, headers: Mapping[str, str], body: bytes) -> str:
        """Refuses: what Twilio did not sign."""
        return translate.open_webhook(self._token, url, headers, body)

    def read_webhook(self, body: bytes) -> list[Receipt | Heard]:
        """Receipts and texts."""
        return translate.read_webhook(body)

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        account = f"{self._url}/2010-04-01/Accounts/{self._sid}"
        url = f"{account}/{path}" if path else f"{account}.json"
        with outward.client(TIMEOUT, auth=(self._sid, self._token)) as http:
            return http.request(method, url, **more)


def _said(answer: httpx.Response) -> tuple[int, str]:
    """The code and the words of an error as Twilio writes them; 0 and nothing where somebody else answered.

    What another host says is shown to nobody: whoever may name a host may not read what stands behind it.
    Source: https://www.twilio.com/docs/usage/twilios-response, "Exceptions"; OWASP, "Server Side Request Forgery Prevention".
    """
    try:
        said = answer.json()
        code, words, status = int(said["code"]), str(said["message"]), int(said["status"])
    except (ValueError, AttributeError, TypeError, KeyError):
        return 0, ""
    return (code, words[:200]) if status == answer.status_code else (0, "")


def _words(answer: httpx.Response) -> str:
    code, words = _said(answer)
    return f"{answer.status_code} {words}".strip() if code else f"it answered {answer.status_code}"


def _trouble(answer: httpx.Response) -> Exception:
    """What a refusal means: for good, for now, or for want of consent."""
    code, words = _said(answer)
    told = f"{code} {words}" if code else f"it answered {answer.status_code}"
    if code == translate.UNSUBSCRIBED:
        return OptedOut(told)
    if answer.status_code in (401, 403, 408, 429) or code in translate.PASSING | translate.OF_ACCOUNT:
        return OSError(told)
    return Rejected(told)
