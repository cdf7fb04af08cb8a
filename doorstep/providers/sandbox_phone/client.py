"""The sandbox's phones over HTTP.  Source: sandbox/phone/app.py."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote

import httpx

from doorstep.base import outward
from doorstep.base.refusals import UNREADABLE, Refused
from doorstep.base.registry import Settings
from doorstep.base.words import gettext_noop
from doorstep.messaging.port import (
    Found,
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
from doorstep.providers.signed import open_webhook

TIMEOUT = httpx.Timeout(10, connect=3)
NOT_ASKED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class SandboxPhone:
    """`settings`: url, token, number, webhook_secret."""

    title = gettext_noop("Sandbox phones")

    def __init__(self, settings: Settings) -> None:
        self._url = settings["url"].rstrip("/")
        self._number, self._secret = settings.get("number", ""), settings.get("webhook_secret", "")
        self._headers = {"authorization": f"Bearer {settings.get('token', '')}"}

    def send(self, text: Text) -> Taken:
        """Idempotent by key.  Raises: OptedOut, Rejected, Uncertain, OSError."""
        body = {"from": text.from_number, "to": text.to_number, "text": text.text}
        try:
            answer = self._ask("POST", "/texts", json=body, key=text.key)
        except NOT_ASKED as trouble:
            raise OSError(str(trouble)) from trouble
        except httpx.TransportError as trouble:
            raise Uncertain(str(trouble) or type(trouble).__name__) from trouble
        if answer.status_code == 409:
            raise OptedOut(answer.text[:200])
        if answer.status_code in (400, 413, 422):
            raise Rejected(f"{answer.status_code} {answer.text[:200]}")
        if not answer.is_success:
            raise OSError(f"{answer.status_code} {answer.text[:200]}")
        return _taken(answer.json())

    def find(self, text: Text, *, but: Collection[str]) -> TextFound:
        """By key, so that what is not there was not taken.  Raises: OSError where the sandbox does not answer."""
        try:
            answer = self._ask("GET", f"/texts/by-key/{quote(text.from_number)}/{quote(text.key, safe='')}")
        except httpx.TransportError as trouble:
            raise OSError(str(trouble)) from trouble
        if answer.status_code == 404:
            return TextFound(Found.NOT_SENT)
        if not answer.is_success:
            raise OSError(f"{answer.status_code} {answer.text[:200]}")
        return TextFound(Found.SENT, _taken(answer.json()))

    def check(self) -> None:
        """Asks for nothing."""
        self._reach("GET", "/admin/books")

    def subscribe(self, url: str, secret: str) -> None:
        """Tells where texts and receipts go."""
        self._reach("PUT", f"/numbers/{quote(self._number)}", json={"url": url, "secret": secret})

    def _reach(self, method: str, path: str, **more: Any) -> None:
        try:
            answer = self._ask(method, path, **more)
        except (httpx.TransportError, httpx.InvalidURL) as trouble:
            raise Unreachable("host", str(trouble) or type(trouble).__name__) from trouble
        if answer.status_code == 401:
            raise Unreachable("login", "the token is not the right one")
        if not answer.is_success:
            raise Unreachable("answer", f"{answer.status_code} {answer.text[:200]}")

    def open_webhook(self, url: str, headers: Mapping[str, str], body: bytes) -> str:
        """Refuses: what the secret did not sign."""
        return open_webhook(self._secret, headers, body)

    def read_webhook(self, body: bytes) -> list[Receipt | Heard]:
        """Refuses: another shape."""
        try:
            told = json.loads(body)
            data = told["data"]
            if told["type"] == "text.receipt":
                return [Receipt(str(data["id"]), str(data["state"]), str(data["error"] or ""))]
            return [Heard(str(data["id"]), str(data["from"]), str(data["to"]), str(data["text"]))]
        except (ValueError, KeyError, TypeError) as trouble:
            raise Refused(UNREADABLE, {"reason": str(trouble)[:100]}) from None

    def _ask(self, method: str, path: str, *, key: str = "", **more: Any) -> httpx.Response:
        headers = self._headers | ({"idempotency-key": key} if key else {})
        with outward.client(TIMEOUT) as http:
            return http.request(method, self._url + path, headers=headers, **more)


def _taken(said: Mapping[str, Any]) -> Taken:
    return Taken(str(said["id"]), int(said["segments"]), int(said["cost_micros"]), str(said["currency"]))
