"""The sandbox warehouse over HTTP.  Source: sandbox/README.md, "Warehouse" and "Webhooks"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import httpx

from doorstep.fulfilment.port import News, NotTakenOn, Report, Taken, WarehouseWish
from doorstep.providers import signed
from doorstep.providers.bearer import Bearer
from doorstep.providers.sandbox_warehouse import translate

PAGE = 200


class SandboxWarehouse(Bearer):
    """One warehouse account; `settings`: url, token, webhook_secret."""

    def send(self, wish: WarehouseWish) -> Taken | NotTakenOn:
        """The same key and body give the same order."""
        answer = self._ask("POST", "/orders", translate.write_order(wish), {"idempotency-key": wish.key})
        if answer.status_code in (400, 404, 409, 422):
            said = answer.json()
            return NotTakenOn(f"{said.get('error', '')}: {said.get('message', '')}"[:300])
        return Taken(_read(answer, "order_id"))

    def find(self, key: str) -> Taken | None:
        """By the key of the wish."""
        answer = self._ask("GET", f"/orders/by-key/{quote(key, safe='')}")
        return None if answer.status_code == 404 else Taken(_read(answer, "order_id"))

    def call_back(self, key: str) -> bool:
        """The warehouse refuses once it is packed; what it never got it will not send."""
        answer = self._ask("POST", "/orders/cancel", {"key": key})
        if answer.status_code == 409:
            return False
        if answer.status_code != 404:
            _read(answer, "order_id")
        return True

    def news(self, cursor: str) -> News:
        """One page."""
        answer = self._ask("GET", f"/events?after={int(cursor or 0)}&limit={PAGE}")
        answer.raise_for_status()
        try:
            return translate.read_news(answer.json())
        except (ValueError, KeyError, TypeError) as trouble:
            raise httpx.DecodingError(f"the warehouse's news cannot be read: {trouble}") from trouble

    def subscribe(self, url: str, secret: str) -> None:
        """Replaces the address to which the warehouse sends."""
        self._ask("POST", "/admin/webhook", {"url": url, "secret": secret}).raise_for_status()

    def open_webhook(self, headers: Mapping[str, str], body: bytes) -> str:
        """By Standard Webhooks."""
        signed.open_webhook(self._secret, headers, body)
        return translate.id_of(body)

    def read(self, body: bytes) -> Sequence[Report]:
        """One report per push."""
        return translate.read(body)


def _read(answer: httpx.Response, name: str) -> str:
    """What a good answer says.  Raises: httpx errors, also for one that cannot be read: what was done is then unknown."""
    answer.raise_for_status()
    try:
        return str(answer.json()[name])[:80]
    except (ValueError, KeyError, TypeError) as trouble:
        raise httpx.DecodingError(f"the warehouse's answer cannot be read: {trouble}") from trouble
