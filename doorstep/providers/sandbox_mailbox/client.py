"""The sandbox mailbox over HTTP.  Source: sandbox/README.md, "Mailbox"."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

from doorstep.base import outward
from doorstep.base.registry import Settings
from doorstep.messaging.compose import write
from doorstep.messaging.port import Fetched, Found, Item, Mail, Rejected, Uncertain, Unreachable
from doorstep.messaging.values import Cursor

TIMEOUT = httpx.Timeout(10, connect=3)
# Nothing of the request can have arrived.
NOT_ASKED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class _Server:
    """`settings`: url, token, address."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings["url"].rstrip("/")
        self._address = settings.get("address", "")
        self._headers = {"authorization": f"Bearer {settings.get('token', '')}"}

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        with outward.client(TIMEOUT) as http:
            return http.request(method, self._url + path, headers=self._headers, **more)


class SandboxMailbox(_Server):
    """What customers wrote to one address."""

    def fetch(self, *, since: Cursor, limit: int) -> Fetched:
        """By sequence; books that were made anew count anew."""
        found = self._page(since.uid, limit)
        if since.uidvalidity not in (0, found["uidvalidity"]):
            found = self._page(0, limit)
        try:
            items = tuple(Item(int(one["seq"]), base64.b64decode(one["raw"])) for one in found["messages"])
            return Fetched(items, Cursor(int(found["uidvalidity"]), int(found["cursor"])), bool(found["more"]))
        except (KeyError, TypeError, ValueError, binascii.Error) as trouble:
            raise Unreachable("answer", f"an answer that cannot be read ({trouble})") from trouble

    def check(self) -> None:
        """Asks for nothing."""
        self._page(0, 0)

    def _page(self, after: int, limit: int) -> dict[str, Any]:
        try:
            answer = self._ask("GET", "/messages", params={"after": after, "limit": limit, "address": self._address})
            if answer.status_code == 401:
                raise Unreachable("login", "the token is not the right one")
            found: dict[str, Any] = answer.raise_for_status().json()
            int(found["uidvalidity"])
        except httpx.TransportError as trouble:
            raise Unreachable("host", str(trouble) or type(trouble).__name__) from trouble
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as trouble:
            raise Unreachable("answer", str(trouble)) from trouble
        return found


class SandboxMailer(_Server):
    """Mail to customers, idempotent by Message-ID."""

    def send(self, mail: Mail) -> None:
        """Raises: Rejected for addresses that are none, Uncertain where no answer came, OSError before anything was taken."""
        written = write(mail, at=datetime.now(UTC))
        body = {
            "message_id": mail.message_id, "from": mail.from_address, "to": written.to,
            "raw": base64.b64encode(written.data).decode(),
        }  # fmt: skip
        try:
            answer = self._ask("POST", "/outgoing", json=body)
        except NOT_ASKED as trouble:
            raise OSError(str(trouble)) from trouble
        except httpx.TransportError as trouble:
            raise Uncertain(str(trouble) or type(trouble).__name__) from trouble
        if answer.status_code in (400, 409, 413, 422):
            raise Rejected(f"{answer.status_code} {answer.text[:200]}")
        if answer.status_code not in (200, 201):
            raise OSError(f"{answer.status_code} {answer.text[:200]}")

    def find(self, message_id: str) -> Found:
        """By Message-ID.  Raises: OSError where the sandbox does not answer."""
        try:
            answer = self._ask("GET", f"/outgoing/by-message-id/{quote(message_id, safe='')}")
        except httpx.TransportError as trouble:
            raise OSError(str(trouble)) from trouble
        if answer.status_code in (200, 404):
            return Found.SENT if answer.status_code == 200 else Found.NOT_SENT
        raise OSError(f"{answer.status_code} {answer.text[:200]}")
