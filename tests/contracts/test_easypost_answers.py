"""Every answer of EasyPost in its own examples that concerns shipping is read, or refused in words; none is left out.

The files lie beside the checkout (../shared/data/shipping/easypost, MIT, see SOURCE.txt there); nothing of them is copied here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.providers.easypost import files, translate
from doorstep.shipping import rules
from doorstep.shipping.port import AddressAnswer, Bought, Credit, Manifested, Scan
from doorstep.shipping.values import TrackingStatus

ROOT = Path(__file__).resolve().parents[3] / "shared" / "data" / "shipping" / "easypost"
ANSWERS = ROOT / "docs" / "responses"
pytestmark = pytest.mark.skipif(not ROOT.exists(), reason="../shared is not there: EasyPost's own examples")
ROOMS = ("shipments", "rates", "trackers", "addresses", "refunds", "shipping-refund", "scan-form", "webhooks", "returns", "forms",
         "options", "shipping-insurance", "pagination", "tax-identifiers", "endshipper", "luma")  # fmt: skip
GROUND = ("9434600208303109842228", "USPS GroundAdvantage", Money(820, "USD"))


def read(name: str) -> Any:
    return json.loads((ANSWERS / name).read_text(encoding="utf-8"))


def is_bought(body: Any) -> None:
    found = translate.read_shipment(body)
    assert isinstance(found, Bought)
    assert found.vendor_id.startswith("shp_")
    assert found.tracking_number.isalnum()
    assert found.cost.minor > 0
    assert translate.service_of(body["selected_rate"]) == found.service
    assert translate.find_rate_id(body, found.service) == body["selected_rate"]["id"]


def has_rates(body: Any) -> None:
    """A shipment that was made and not bought."""
    assert translate.read_shipment(body) is None
    rates = translate.read_rates(body)
    assert rates
    assert [r.price.minor for r in rates] == sorted(r.price.minor for r in rates)
    assert all(r.transit_days for r in rates)


def is_stateless(body: Any) -> None:
    assert [(r.service, r.price.minor, r.transit_days) for r in translate.read_rates(body)] == [
        ("USPS GroundAdvantage", 820, 3), ("USPS Priority", 1101, 2), ("USPS Express", 5120, 2),
    ]  # fmt: skip


def is_rates_of_a_shipment(body: Any) -> None:
    assert [r.price.minor for r in translate.read_rates(body)] == sorted(r.price.minor for r in translate.read_rates(body))


def is_one_rate(body: Any) -> None:
    assert translate.read_rate(body) == translate.Rate("USPS Express", Money(5120, "USD"), 2)


def each(key: str, one: Callable[[Any], None]) -> Callable[[Any], None]:
    def check(body: Any) -> None:
        assert body[key]
        for item in body[key]:
            one(item)

    return check


def bought_or_not(body: Any) -> None:
    (is_bought if body["postage_label"] else has_rates)(body)


def is_tracker(body: Any) -> None:
    scans = translate.read_tracker(body)
    assert scans
    assert [s.at for s in scans] == sorted(s.at for s in scans)
    assert all(isinstance(s, Scan) and s.status is TrackingStatus.PRE_TRANSIT for s in scans)
    assert {s.tracking_number for s in scans} == {"EZ1000000001"}
    assert len({s.external_id for s in scans}) == len(scans)


def is_given_back(body: Any) -> None:
    assert translate.is_taken_back(body)
    assert translate.read_credit(body) is Credit.PENDING
    assert translate.read_shipment(body) is None


def is_refund(body: Any) -> None:
    assert translate.CREDIT_OF[body["status"]] is Credit.PENDING


def is_form(body: Any) -> None:
    made = translate.read_scan_form(body)
    assert isinstance(made, Manifested)
    assert made.vendor_id.startswith("sf_")
    assert made.url.startswith("https://")


def is_address(body: Any) -> None:
    assert translate.read_address(body)["country"] == "US"
    assert translate.read_address(body)["lines"]


def is_good_address(body: Any) -> None:
    answer = translate.read_verified(body["address"])
    assert isinstance(answer, AddressAnswer)
    assert (answer.is_deliverable, answer.problems) == (True, ())
    assert answer.address is not None
    assert (answer.address["lines"], answer.address["postal_code"]) == (["417 MONTGOMERY ST FL 5"], "94104-1129")


def is_bad_address(body: Any) -> None:
    answer = translate.read_verified(body)
    assert (answer.is_deliverable, answer.problems) == (False, ("Address not found",))


def is_address_error(body: Any) -> None:
    """An error answer becomes its refusal: code, and what it says of each field, once."""
    assert translate.read_error(body) == ("ADDRESS.VERIFY.FAILURE", "Unable to verify address. Address not found")


def is_hook(body: Any) -> None:
    assert body["id"].startswith("hook_")
    assert body["url"]


def says_nothing(body: Any) -> None:
    """An answer of which nothing is read but that it came."""
    assert body == {} or body == {"success": True}


def in_luma(body: Any) -> None:
    bought_or_not(body.get("shipment", body))


READ: dict[str, Callable[[Any], None]] = {
    "shipments/shipments-buy.json": is_bought,
    "shipments/shipments-one-call-buy.json": is_bought,
    "shipments/shipments-label.json": is_bought,
    "shipments/shipments-create.json": has_rates,
    "shipments/shipments-retrieve.json": has_rates,
    "shipments/shipments-list.json": each("shipments", bought_or_not),
    "returns/returns-create.json": has_rates,
    "forms/forms-create.json": is_bought,
    "options/options-create-with-options.json": has_rates,
    "tax-identifiers/tax-identifiers-create.json": has_rates,
    "endshipper/endshipper-buy.json": is_bought,
    "shipping-insurance/shipping-insurance-insure.json": is_bought,
    "pagination/pagination-get-next-page.json": each("shipments", bought_or_not),
    "rates/rates-retrieve-stateless.json": is_stateless,
    "rates/rates-regenerate.json": is_rates_of_a_shipment,
    "rates/rates-retrieve.json": is_one_rate,
    "trackers/trackers-create.json": is_tracker,
    "trackers/trackers-retrieve.json": is_tracker,
    "trackers/trackers-list.json": each("trackers", is_tracker),
    "trackers/trackers-delete.json": says_nothing,
    "shipping-refund/shipping-refund-refund.json": is_given_back,
    "refunds/refunds-create.json": lambda body: each("refunds", is_refund)({"refunds": body}),
    "refunds/refunds-list.json": each("refunds", is_refund),
    "refunds/refunds-retrieve.json": is_refund,
    "scan-form/scan-form-create.json": is_form,
    "scan-form/scan-form-retrieve.json": is_form,
    "scan-form/scan-form-list.json": each("scan_forms", is_form),
    "addresses/addresses-create.json": is_address,
    "addresses/addresses-retrieve.json": is_address,
    "addresses/addresses-list.json": each("addresses", is_address),
    "addresses/addresses-verify.json": is_good_address,
    "addresses/addresses-verify-param.json": is_bad_address,
    "addresses/addresses-verify-strict-param.json": is_address_error,
    "addresses/addresses-create-and-verify.json": is_address_error,
    "webhooks/webhooks-create.json": is_hook,
    "webhooks/webhooks-update.json": is_hook,
    "webhooks/webhooks-retrieve.json": is_hook,
    "webhooks/webhooks-list.json": each("webhooks", is_hook),
    "webhooks/webhooks-delete.json": says_nothing,
    "luma/luma-buy.json": in_luma,
}
# Of these objects the adapter asks nothing.
NOT_ASKED = {
    "endshipper/endshipper-create.json", "endshipper/endshipper-list.json", "endshipper/endshipper-retrieve.json",
    "endshipper/endshipper-update.json", "luma/luma-info.json",
    "luma/luma-one-call-buy.json",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(READ))
def test_each_answer_is_read(name: str) -> None:
    READ[name](read(name))


def test_no_answer_that_concerns_shipping_is_left_out() -> None:
    there = {f"{room}/{file.name}" for room in ROOMS for file in (ANSWERS / room).glob("*.json")}
    assert there == set(READ) | NOT_ASKED


def test_every_error_answer_is_among_them() -> None:
    errors = {str(f.relative_to(ANSWERS)) for f in ANSWERS.rglob("*.json") if '"error"' in f.read_text(encoding="utf-8")}
    assert errors == {name for name, how in READ.items() if how is is_address_error}


def test_services_with_long_names_stay_apart() -> None:
    names = ("FEDEX_INTERNATIONAL_PRIORITY", "FEDEX_INTERNATIONAL_PRIORITY_EXPRESS")
    called = {translate.service_of({"carrier": "FedExDefault", "service": name}) for name in names}
    assert len(called) == 2
    assert all(len(one) <= translate.LONGEST_SERVICE for one in called)


def test_the_bought_example_says_what_it_cost() -> None:
    found = translate.read_shipment(read("shipments/shipments-buy.json"))
    assert found is not None
    assert (found.tracking_number, found.service, found.cost) == GROUND


def test_the_signature_vector_verifies_and_nothing_near_it_does() -> None:
    body = (ROOT / "fixtures" / "event-body.json").read_bytes().removesuffix(b"\n")
    hooks = json.loads((ROOT / "fixtures" / "client-library-fixtures.json").read_text(encoding="utf-8"))["webhooks"]
    headers = {"X-Hmac-Signature": hooks["hmac_signature"]}
    assert translate.open_webhook(hooks["secret"], headers, body) == "evt_1"
    for secret, raw in ((hooks["secret"], body + b"\n"), ("secret", body), (hooks["secret"], body.replace(b"614.4", b"614.40"))):
        with pytest.raises(Refused, match="bad_signature"):
            translate.open_webhook(secret, headers, raw)
    scans = translate.read_webhook(body)
    assert len(scans) == 7
    assert (scans[-1].status, scans[-1].place, str(scans[-1].estimated_on)) == (
        TrackingStatus.IN_TRANSIT, "EDISON, NJ, US", "2024-08-05",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "scans"),
    [
        ("guides/tracking-guide/json/tracking-webhook.json", True),
        ("guides/webhooks-guide/event/post_json_example.json", False),
        ("guides/manifest-guide/webhook_post_example.json", False),
        ("guides/batch-guide/json/batch-webhooks.json", False),
    ],
)
def test_each_pushed_event_says_what_it_is(name: str, scans: bool) -> None:
    found = translate.read_webhook((ROOT / name).read_bytes())
    assert bool(found) is scans
    now = rules.status_after([(s.at, s.status or "") for s in found])
    assert (now is not None and now[1] is TrackingStatus.DELIVERED) is scans


def test_an_event_without_its_tracker_is_refused_in_words() -> None:
    with pytest.raises(Refused, match="unreadable"):
        translate.read_webhook((ROOT / "guides/webhooks-guide/event/event_example.json").read_bytes())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"code": "A", "message": "m", "errors": ["first", "second"]}}, ("A", "m. first. second")),
        ({"error": {"code": "A", "message": ["x", "y"], "errors": []}}, ("A", '["x", "y"]')),
        ({"error": "not found"}, ("", "not found")),
        ({}, ("", "")),
        ([], ("", "")),
    ],
)
def test_errors_come_in_several_shapes(body: object, said: tuple[str, str]) -> None:
    """Source: https://docs.easypost.com/guides/errors-guide."""
    assert translate.read_error(body) == said


def test_every_label_lies_where_easypost_keeps_files() -> None:
    """As PNG, which no printer of ours takes, and one of them converted to ZPL."""
    found = [read(str(path.relative_to(ANSWERS))) for path in sorted(ANSWERS.glob("shipments/shipments-*buy.json"))]
    found.append(read("shipments/shipments-label.json"))
    urls = [url for body in found for name, url in body["postage_label"].items() if name.endswith("_url") and url]
    assert len(urls) == 4
    assert all(files.is_theirs(urlsplit(url).hostname or "") for url in urls)
    assert [translate.label_url(body, "zpl") is not None for body in found] == [False, False, True]
    assert [translate.label_url(body, "pdf") for body in found] == [None, None, None]
