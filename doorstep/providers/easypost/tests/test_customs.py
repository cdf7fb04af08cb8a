"""What EasyPost is told of a parcel that crosses a border."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from doorstep.base.money import Money
from doorstep.providers.easypost import translate
from doorstep.shipping.port import CustomsItem, CustomsTerms, LabelWish

HERE = {"name": "Moru", "company": "Moru", "lines": ["1 St"], "city": "Newark", "postal_code": "07102", "country": "US"}
THERE = {"name": "Kim", "company": "", "lines": ["1 St"], "city": "Seoul", "postal_code": "04524", "country": "KR"}
TEE = CustomsItem("Tee", 2, Money(1000, "USD"), 180, "610910", "KR", "T")
WISH = LabelWish("key", "parcel-1", "", HERE, THERE, 500, customs=(TEE,))


def told(**terms: Any) -> dict[str, Any]:
    written: dict[str, Any] = translate.write_shipment(replace(WISH, terms=CustomsTerms(**terms)), reference="key")["shipment"]
    return written


def test_terms_and_numbers_are_told() -> None:
    said = told(
        incoterm="DDP", contents="other", explanation="prototypes", non_delivery="abandon", signer="Lee", eori="GB123456789000",
        ioss="IM3720000224", ioss_state="IE", filing="AES X20261127123456",
    )  # fmt: skip
    assert said["options"] == {"label_format": "PDF", "print_custom_1": "parcel-1", "incoterm": "DDP"}
    info = said["customs_info"]
    assert (info["contents_type"], info["contents_explanation"], info["non_delivery_option"]) == ("other", "prototypes", "abandon")
    assert (info["customs_signer"], info["eel_pfc"], info["customs_items"][0]["value"]) == ("Lee", "AES X20261127123456", "20.00")
    assert said["tax_identifiers"] == [
        {"entity": "SENDER", "tax_id": "GB123456789000", "tax_id_type": "EORI", "issuing_country": "GB"},
        {"entity": "SENDER", "tax_id": "IM3720000224", "tax_id_type": "IOSS", "issuing_country": "IE"},
    ]


def test_what_is_not_said_is_left_out_and_what_comes_back_is_received_by_us() -> None:
    said = told()
    assert "eel_pfc" not in said["customs_info"]
    assert "tax_identifiers" not in said
    assert said["customs_info"]["customs_signer"] == "Moru"
    assert [one["entity"] for one in told(eori="DE1", is_return=True)["tax_identifiers"]] == ["RECEIVER"]


def test_without_a_border_nothing_is_told() -> None:
    home = translate.write_shipment(replace(WISH, customs=()), reference="key")["shipment"]
    assert {"customs_info", "tax_identifiers"} & set(home) == set()
    assert "incoterm" not in home["options"]
