"""EasyPost over HTTP.

It knows no idempotency keys: a shipment bears the key of its wish as its `reference`, which serves as its id, and a shipment is
bought once at most.  So a wish is looked up before it is made, and only the shipment that its key names is bought.
Source: https://docs.easypost.com/docs/shipments ("reference"), https://docs.easypost.com/docs/errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from doorstep.base import outward
from doorstep.base.needs import Need, Step
from doorstep.base.registry import Settings
from doorstep.base.texts import one_line
from doorstep.base.words import gettext_noop
from doorstep.providers.easypost import files, translate
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

HOST = "https://api.easypost.com"
TIMEOUT = httpx.Timeout(60, connect=5)  # a carrier behind it may take its time: https://docs.easypost.com/guides/errors-guide
NOT_ON_THE_FORM = gettext_noop("It is not on the carrier's form.")
VOIDED = gettext_noop("The label of this wish was given back.")
NO_SUCH_FORMAT = gettext_noop("The carrier does not give this label in that format.")
GONE = gettext_noop("EasyPost does not know this shipment.")
ANOTHER = gettext_noop("This key was used for another parcel.")
T = TypeVar("T")


class EasyPost:
    """One EasyPost account; `settings`: token (the API key), webhook_secret, and url where it is not EasyPost's own."""

    title = "EasyPost"
    needs = (
        Need("token", gettext_noop("API key"), gettext_noop("A test key buys labels that cost nothing, for trying."), secret=True),
        Need("url", "", optional=True, hidden=True),
    )
    steps = (
        Step(
            gettext_noop("Copy a key"),
            gettext_noop("In EasyPost under Account Settings, API Keys, copy the production key, or the test key to try it first."),
            "https://docs.easypost.com/docs/authentication",
        ),
    )
    abilities = Abilities(
        atomic_keys=False, void_days=30, credits_later=True, is_told=False, checks_addresses=True, draws_labels=True,
    )  # fmt: skip

    def __init__(self, settings: Settings) -> None:
        self._url = (settings.get("url") or HOST).rstrip("/")
        self._token = settings.get("token", "")
        self._secret = settings.get("webhook_secret", "")

    def rates(self, wish: LabelWish) -> list[Rate]:
        """Without making a shipment.  Source: https://docs.easypost.com/docs/rates ("stateless")."""
        answer = self._ask("POST", "/beta/rates", translate.write_shipment(wish))
        return [] if answer.status_code in (400, 404, 422) else _read(answer, translate.read_rates)

    def buy_label(self, wish: LabelWish) -> Bought | Declined:
        """Finds or makes the shipment of the wish, then buys it; one that is bought is never bought again."""
        shipment = self._find(wish.key)
        if shipment is None:
            made = self._ask("POST", "/v2/shipments", translate.write_shipment(wish, reference=wish.key))
            if made.status_code >= 400:
                return _declined(made)
            shipment = self._find(wish.key) or _read(made, dict)
        return self._buy(wish, shipment)

    def _buy(self, wish: LabelWish, shipment: Mapping[str, Any]) -> Bought | Declined:
        if translate.is_taken_back(shipment):
            return Declined(VOIDED)
        if not translate.is_same(wish, shipment):
            return Declined(ANOTHER)
        known = translate.read_shipment(shipment)
        if known is not None:
            return known
        rate_id = translate.find_rate_id(shipment, wish.service)
        if rate_id is None:
            return Declined(translate.why_no_rate(shipment) or wish.service)
        answer = self._ask("POST", f"/v2/shipments/{shipment['id']}/buy", {"rate": {"id": rate_id}})
        if answer.status_code < 400:
            return _read(answer, translate.read_shipment) or Declined(VOIDED)
        code, _ = _error(answer)
        if code not in translate.PERHAPS_BOUGHT:
            return _declined(answer)
        found = self.find_label(wish.key)
        if found is None:
            answer.raise_for_status()
        return found or _declined(answer)

    def find_label(self, key: str) -> Bought | None:
        """By the key of the wish, which is the shipment's reference."""
        shipment = self._find(key)
        return None if shipment is None else translate.read_shipment(shipment)

    def _find(self, key: str) -> dict[str, Any] | None:
        answer = self._ask("GET", f"/v2/shipments/{quote(key, safe='')}")
        return None if answer.status_code == 404 else _read(answer, dict)

    def fetch_label(self, vendor_id: str, language: str) -> LabelFile | Declined:
        """The file as it was bought, else converted by EasyPost, where it does that.

        Source: https://docs.easypost.com/docs/shipments, "Convert the Label format of a Shipment".
        """
        path = f"/v2/shipments/{quote(vendor_id, safe='')}"
        answer = self._ask("GET", path)
        if answer.status_code == 404:
            return Declined(GONE)
        url = _read(answer, lambda shipment: translate.label_url(shipment, language))
        if url is None:
            converted = self._ask("GET", f"{path}/label?file_format={language.upper()}")
            if converted.status_code >= 400:
                return _declined(converted)
            url = _read(converted, lambda shipment: translate.label_url(shipment, language))
        return Declined(NO_SUCH_FORMAT) if url is None else files.fetch(url, base=self._url, language=language)

    def void_label(self, vendor_id: str) -> bool:
        """A refund that was submitted counts as taken back; its money comes later."""
        answer = self._ask("POST", f"/v2/shipments/{quote(vendor_id, safe='')}/refund", {})
        if answer.status_code >= 400:
            answer = self._ask("GET", f"/v2/shipments/{quote(vendor_id, safe='')}")
            if answer.status_code == 404:
                return False
        return _read(answer, translate.is_taken_back)

    def credit_of(self, vendor_id: str) -> Credit:
        """By the shipment's refund status."""
        return _read(self._ask("GET", f"/v2/shipments/{quote(vendor_id, safe='')}"), translate.read_credit)

    def hand_over(self, tracking_numbers: Sequence[str]) -> list[NotTaken]:
        """Nothing is told: the carrier's first scan says it."""
        return []

    def close_day(self, wish: ManifestWish) -> Manifested | Declined:
        """One scan form; parcels that are on one already are looked up there first."""
        known = self.find_manifest(wish)
        if known is not None:
            return known
        answer = self._ask("POST", "/v2/scan_forms", translate.write_scan_form(wish))
        if answer.status_code >= 400:
            return _declined(answer)
        form = _read(answer, dict)
        made = translate.read_scan_form(form)
        return self._named(made, form, wish) if made else Declined(one_line(str(form.get("message") or "failed"), 300))

    def find_manifest(self, wish: ManifestWish) -> Manifested | None:
        """The form that the wish's first parcel is on: a shipment is on one form at most."""
        for vendor_id, _ in wish.parcels[:1]:
            answer = self._ask("GET", f"/v2/shipments/{quote(vendor_id, safe='')}")
            form = None if answer.status_code == 404 else _read(answer, lambda body: body.get("scan_form"))
            made = translate.read_scan_form(form) if form else None
            if form and made:
                return self._named(made, form, wish)
        return None

    def _named(self, made: Manifested, form: Mapping[str, Any], wish: ManifestWish) -> Manifested:
        missing = translate.missing_from(form, wish)
        return replace(made, not_taken=tuple(NotTaken(number, NOT_ON_THE_FORM) for number in missing))

    def check_address(self, address: Mapping[str, Any]) -> AddressAnswer | None:
        """Verified as https://docs.easypost.com/guides/address-verification-guide says."""
        answer = self._ask("POST", "/v2/addresses", {"address": translate.write_address(address), "verify": True})
        if answer.status_code >= 400:
            return AddressAnswer(False, None, (_error(answer)[1],))
        return _read(answer, translate.read_verified)

    def track(self, tracking_number: str) -> list[Scan]:
        """By the tracker that came with the label; a number that EasyPost does not know has no events."""
        answer = self._ask("GET", f"/v2/trackers?tracking_code={quote(tracking_number, safe='')}")
        if answer.status_code in (404, 422):
            return []
        trackers = _read(answer, lambda body: list(body["trackers"]))
        mine = [tracker for tracker in trackers if tracker.get("tracking_code") == tracking_number]
        return _translated(answer, lambda: translate.read_tracker(mine[0]) if mine else [])

    def words(self, raw_code: str) -> Mapping[str, str]:
        """Each carrier behind it has words of its own."""
        return {}

    def subscribe(self, url: str, secret: str) -> None:
        """Makes the webhook for this address, or gives the one that is there the secret."""
        known = _read(self._ask("GET", "/v2/webhooks"), lambda body: [h["id"] for h in body["webhooks"] if h["url"] == url])
        if known:
            _read(self._ask("PATCH", f"/v2/webhooks/{known[0]}", {"webhook_secret": secret}), dict)
        else:
            _read(self._ask("POST", "/v2/webhooks", {"webhook": {"url": url, "webhook_secret": secret}}), dict)

    def open_webhook(self, headers: Mapping[str, str], body: bytes) -> str:
        """By the HMAC over the body."""
        return translate.open_webhook(self._secret, headers, body)

    def read_webhook(self, body: bytes) -> list[Scan]:
        """All events of the tracker, also those told before."""
        return translate.read_webhook(body)

    def _ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """One request; 401, 403, 408, 429 and 5xx raise, to be tried again later."""
        with outward.client(TIMEOUT, auth=(self._token, "")) as http:
            answer = http.request(method, self._url + path, json=body)
        if answer.status_code in (401, 403, 408, 429) or answer.status_code >= 500:
            answer.raise_for_status()
        return answer


def _error(answer: httpx.Response) -> tuple[str, str]:
    try:
        return translate.read_error(answer.json())
    except (ValueError, RecursionError):
        return "", f"HTTP {answer.status_code}"


def _declined(answer: httpx.Response) -> Declined:
    code, said = _error(answer)
    return Declined(": ".join(part for part in (code, said) if part) or f"HTTP {answer.status_code}")


def _read(answer: httpx.Response, translated: Callable[[Any], T]) -> T:
    """What a good answer says.  Raises: httpx errors, also for one that cannot be read: what was done is then unknown."""
    answer.raise_for_status()
    return _translated(answer, lambda: translated(answer.json()))


def _translated(answer: httpx.Response, read: Callable[[], T]) -> T:
    try:
        return read()
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as trouble:
        problem = f"an answer that cannot be read ({type(trouble).__name__}: {trouble})"[:200]
        raise httpx.DecodingError(problem, request=answer.request) from None
