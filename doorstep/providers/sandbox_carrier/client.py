"""The sandbox carrier over HTTP.  Source: sandbox/README.md, "Carrier" and "Webhooks"."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from doorstep.providers import signed
from doorstep.providers.bearer import Bearer
from doorstep.providers.sandbox_carrier import translate
from doorstep.shipping.port import (
    Abilities,
    AddressAnswer,
    Bought,
    Credit,
    Declined,
    LabelFile,
    LabelWish,
    Manifested,
    ManifestWish,
    NotTaken,
    Rate,
    Scan,
)
from doorstep.shipping.values import DRAWS_NONE

AT_ONCE = 500
T = TypeVar("T")
CURRENCY_OF = {"KR": "KRW", "US": "USD", "GB": "GBP", "JP": "JPY"}


class SandboxCarrier(Bearer):
    """One carrier account; `settings`: url, token, webhook_secret."""

    abilities = Abilities(void_days=28)

    def rates(self, wish: LabelWish) -> list[Rate]:
        """Told in the money of the sender's country."""
        currency = CURRENCY_OF.get(str(wish.sender.get("country", "")), "EUR")
        answer = self._ask("POST", "/rates", translate.write_rates(wish, currency=currency))
        return [] if answer.status_code == 422 else _read(answer, translate.read_rates)

    def buy_label(self, wish: LabelWish) -> Bought | Declined:
        """The same key and body give the same label; a label that was given back is not sold again under its key."""
        answer = self._ask("POST", "/labels", translate.write_label(wish), {"idempotency-key": wish.key})
        if answer.status_code in (400, 404, 409, 422):
            said = answer.json()
            return Declined(f"{said.get('error', '')}: {said.get('message', '')}")
        return _read(answer, translate.read_shipment) or Declined("voided")

    def find_label(self, key: str) -> Bought | None:
        """By the key of the wish."""
        answer = self._ask("GET", f"/labels/by-key/{quote(key, safe='')}")
        return None if answer.status_code == 404 else _read(answer, translate.read_shipment)

    def fetch_label(self, vendor_id: str, language: str) -> LabelFile | Declined:
        """It draws none: its labels are ours to draw."""
        return Declined(DRAWS_NONE)

    def void_label(self, vendor_id: str) -> bool:
        """The carrier refuses once the parcel is with its driver."""
        answer = self._ask("POST", f"/labels/{quote(vendor_id, safe='')}/void", {})
        if answer.status_code in (404, 409):
            return False
        _read(answer, translate.read_shipment)
        return True

    def credit_of(self, vendor_id: str) -> Credit:
        """It charges no label that it takes back."""
        return Credit.GIVEN

    def hand_over(self, tracking_numbers: Sequence[str]) -> list[NotTaken]:
        """One manifest per 500 parcels."""
        not_taken: list[NotTaken] = []
        for start in range(0, len(tracking_numbers), AT_ONCE):
            body = {"tracking_numbers": list(tracking_numbers[start : start + AT_ONCE])}
            not_taken += _read(self._ask("POST", "/manifests", body), translate.read_manifest)
        return not_taken

    def close_day(self, wish: ManifestWish) -> Manifested | Declined:
        """The same key gives the same manifest."""
        body = {"tracking_numbers": [number for _, number in wish.parcels]}
        answer = self._ask("POST", "/closings", body, {"idempotency-key": wish.key})
        if answer.status_code in (400, 409, 422):
            said = answer.json()
            return Declined(f"{said.get('error', '')}: {said.get('message', '')}")
        return _read(answer, translate.read_closing)

    def find_manifest(self, wish: ManifestWish) -> Manifested | None:
        """By the key of the wish."""
        answer = self._ask("GET", f"/closings/by-key/{quote(wish.key, safe='')}")
        return None if answer.status_code == 404 else _read(answer, translate.read_closing)

    def check_address(self, address: Mapping[str, Any]) -> AddressAnswer | None:
        """It checks none."""
        return None

    def track(self, tracking_number: str) -> list[Scan]:
        """A number that the carrier does not know has no events."""
        answer = self._ask("GET", f"/tracking/{quote(tracking_number, safe='')}")
        return [] if answer.status_code in (404, 422) else _read(answer, translate.read_tracking)

    def subscribe(self, url: str, secret: str) -> None:
        """Replaces the address to which the carrier sends."""
        _read(self._ask("POST", "/admin/webhook", {"url": url, "secret": secret}), dict)

    def words(self, raw_code: str) -> Mapping[str, str]:
        """Korean and English."""
        return translate.WORDS_OF_CODE.get(raw_code, {})

    def open_webhook(self, headers: Mapping[str, str], body: bytes) -> str:
        """By Standard Webhooks."""
        return signed.open_webhook(self._secret, headers, body)

    def read_webhook(self, body: bytes) -> list[Scan]:
        """One event per push."""
        return translate.read_webhook(body)


def _read(answer: httpx.Response, translated: Callable[[Any], T]) -> T:
    """What a good answer says.  Raises: httpx errors, also for one that cannot be read: what was done is then unknown."""
    try:
        return translated(answer.raise_for_status().json())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as trouble:
        problem = f"an answer that cannot be read ({type(trouble).__name__}: {trouble})"[:200]
        raise httpx.DecodingError(problem, request=answer.request) from None
