"""The sandbox shop over HTTP.  Source: sandbox/README.md, "Shop" and "Webhooks"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx
import stamina

from doorstep.base import outward
from doorstep.base.refusals import UNREADABLE, Refused
from doorstep.base.registry import Settings
from doorstep.channels.port import (
    Capabilities,
    Declined,
    Delivery,
    ListedOrder,
    ListingPage,
    Number,
    NumberAnswer,
    OrderPage,
    Refunded,
    Returned,
    Shipped,
    ShopFact,
    Throttled,
)
from doorstep.providers import signed
from doorstep.providers.sandbox_shop import translate

TIMEOUT = httpx.Timeout(10, connect=3)
PAGE = 100
USUAL_WAIT_S, LONGEST_WAIT_S = 2.0, 60.0


class SandboxShop:
    """One shop; `settings`: url, secret, connection_id."""

    can = Capabilities(
        lists_orders=True, takes_shipments=True, takes_returns=True, reads_listings=True, numbers_at_once=250,
        compares=True, cancels=True,
    )

    def __init__(self, settings: Settings) -> None:
        self._url = settings["url"]
        self._secret = settings["secret"]
        self._connection_id = int(settings["connection_id"])

    def open_webhook(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """By Standard Webhooks."""
        return Delivery(signed.open_webhook(self._secret, headers, body), translate.read_topic(body))

    def read_webhook(self, body: bytes) -> list[ShopFact]:
        """What a delivery says."""
        return translate.read_webhook(body, connection_id=self._connection_id)

    def introduce(self, webhook_url: str, secret: str) -> None:
        """Replaces the address to which the shop sends."""
        self._ask("POST", "/admin/connect", {"webhook_url": webhook_url, "secret": secret})

    def list_orders(self, *, since: datetime | None, after: str) -> OrderPage:
        """By id ascending; ids follow commits, so the cursor skips nothing."""
        query = f"?limit={PAGE}&after={after or '0'}"
        if since is not None:
            query += f"&updated_at_min={quote(since.isoformat())}"
        return translate.read_page(self._ask("GET", f"/orders{query}"))

    def tell_shipped(self, shipped: Shipped) -> Declined | None:
        """The shop answers a tracking number that it knows with the fulfilment it has."""
        path = f"/orders/{quote(shipped.external_id, safe='')}"
        found = self._send("GET", path)
        if found.status_code == 404:
            return Declined("the shop does not know the order")
        order = _document(found)
        if any(f["tracking_number"] == shipped.tracking_number for f in order["fulfillments"]):
            return None
        lines = translate.lines_to_send(order, shipped.lines)
        if not lines:
            return Declined("the shop waits for none of these lines")
        body = {
            "tracking_number": shipped.tracking_number, "tracking_company": shipped.carrier,
            "tracking_url": shipped.tracking_url, "line_items": lines,
        }  # fmt: skip
        answer = self._send("POST", f"{path}/fulfillments", body)
        if answer.status_code == 422:
            return Declined(_message(answer))
        _document(answer)
        return None

    def tell_returned(self, returned: Returned) -> Declined | None:
        """The shop answers a key that it knows with the return it has."""
        path = f"/orders/{quote(returned.external_id, safe='')}"
        found = self._send("GET", path)
        if found.status_code == 404:
            return Declined("the shop does not know the order")
        lines = translate.lines_back(_document(found), returned.lines, key=returned.key)
        if not lines:
            return None
        return self._note(f"{path}/returns", {"key": returned.key, "line_items": lines})

    def tell_refunded(self, refunded: Refunded) -> Declined | None:
        """The shop answers a key that it knows with the refund it has."""
        path = f"/orders/{quote(refunded.external_id, safe='')}/refunds"
        return self._note(path, {"key": refunded.key, "amount": f"{refunded.amount.decimal:f}"})

    def _note(self, path: str, body: dict[str, Any]) -> Declined | None:
        answer = self._send("POST", path, body)
        if answer.status_code in (404, 422):
            return Declined(_message(answer))
        _document(answer)
        return None

    def read_order(self, external_id: str) -> ListedOrder | None:
        """By its id."""
        found = self._send("GET", f"/orders/{quote(external_id, safe='')}")
        return None if found.status_code == 404 else translate.read_listed(_document(found))

    def tell_cancelled(self, external_id: str, *, reason: str) -> Declined | None:
        """The shop leaves an order that is called off as it is."""
        return self._note(f"/orders/{quote(external_id, safe='')}/cancel", {"reason": reason[:100] or "other"})

    def list_listings(self, *, after: str) -> ListingPage:
        """By SKU ascending."""
        return translate.read_listings(self._ask("GET", f"/listings?limit={PAGE}&after={quote(after, safe='')}"))

    def tell_numbers(self, numbers: Sequence[Number], *, key: str) -> Sequence[NumberAnswer]:
        """The shop compares with what it shows; the last number stays, so a repeat changes nothing."""
        body = {"numbers": [{"sku": n.id, "available": n.number, "compared_with": n.shows} for n in numbers]}
        return translate.read_numbers(self._ask("POST", "/inventory", body), ids=[n.id for n in numbers])

    def ask_numbers(self, ids: Sequence[str], *, handle: str) -> Sequence[NumberAnswer]:
        """The shop says at once what it took."""
        raise NotImplementedError

    def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        return _document(self._send(method, path, body))

    def _send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Every call here may be repeated: the shop knows shipments by tracking number, and the others set a value.

        Raises: httpx errors; Throttled, but not once an answer got lost: who knows then what was done.
        """
        lost = (httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError)
        for attempt in stamina.retry_context(on=lost, attempts=3, timeout=20, wait_max=2):
            with attempt, outward.client(TIMEOUT) as http:
                answer = http.request(method, self._url + path, json=body)
        if answer.status_code == 429 and attempt.num == 1:
            raise Throttled(_wait_s(answer))
        if answer.status_code >= 500 or answer.status_code == 429:
            answer.raise_for_status()
        return answer


def _wait_s(answer: httpx.Response) -> float:
    told = answer.headers.get("retry-after", "")
    return min(float(told), LONGEST_WAIT_S) if told.isdecimal() else USUAL_WAIT_S


def _document(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of a good answer.  Refuses: anything else (`UNREADABLE`)."""
    if not answer.is_success:
        raise Refused(UNREADABLE, {"reason": f"the shop answered {answer.status_code}: {_message(answer)}"})
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused(UNREADABLE, {"reason": "the shop answered something that is no JSON object"})
    return found


def _message(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["message"])[:200]
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase
