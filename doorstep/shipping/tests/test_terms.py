"""Who pays at the border, under which numbers, and what must be filed before anything leaves."""

from __future__ import annotations

from typing import Any

import pytest

from doorstep.base.money import Money
from doorstep.base.refusals import Refused
from doorstep.shipping import terms
from doorstep.shipping.port import CustomsItem
from doorstep.shipping.terms import BrandTerms, Decided, Filing, Ioss, ParcelTerms, PlaceTerms

IOSS = "IM3720000224"
BRAND = BrandTerms("DAP", "return", IOSS, Money(240_000, "KRW"), Money(3_600_000, "KRW"))
EUR_150, EUR_MORE = Money(15_000, "EUR"), Money(15_001, "EUR")


def item(minor: int, currency: str = "EUR", hs: str = "610910", qty: int = 1) -> CustomsItem:
    return CustomsItem("Tee", qty, Money(minor, currency), 180, hs, "KR", "TEE")


def decide(
    origin: str = "KR", destination: str = "DE", *items: CustomsItem, value: Money = EUR_150, brand: BrandTerms = BRAND, **more: Any
) -> Decided:
    found = terms.decide(
        origin=origin, destination=destination, items=items, order_value=value, is_return=more.pop("is_return", False), brand=brand,
        place=more.pop("place", PlaceTerms()), parcel=ParcelTerms(**more),
    )  # fmt: skip
    assert found is not None
    return found


def test_within_one_customs_area_there_are_no_terms() -> None:
    for to in ("DE", "FR"):
        assert terms.decide(
            origin="DE", destination=to, items=(), order_value=EUR_150, is_return=False, brand=BRAND, place=PlaceTerms(),
            parcel=ParcelTerms(),
        ) is None  # fmt: skip


def test_what_one_parcel_says_goes_before_its_place_and_that_before_the_brand() -> None:
    assert decide().terms.incoterm == "DAP"
    assert decide(place=PlaceTerms(incoterm="DDP")).terms.incoterm == "DDP"
    assert decide(place=PlaceTerms(incoterm="DDP"), incoterm="DAP").terms.incoterm == "DAP"
    said = decide(place=PlaceTerms("DE123456789012345", "Kim"), contents="sample", non_delivery="abandon").terms
    assert (said.eori, said.signer, said.contents, said.non_delivery) == ("DE123456789012345", "Kim", "sample", "abandon")
    assert decide(is_return=True, origin="US", destination="KR").terms.contents == "returned_goods"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, Ioss.USED),
        ({"value": EUR_MORE}, Ioss.OVER_THE_LIMIT),
        ({"value": Money(240_000, "KRW")}, Ioss.USED),
        ({"value": Money(240_001, "KRW")}, Ioss.OVER_THE_LIMIT),
        ({"value": Money(100, "USD")}, Ioss.VALUE_UNKNOWN),
        ({"contents": "gift"}, Ioss.NOT_A_SALE),
        ({"is_return": True}, Ioss.NOT_A_SALE),
        ({"destination": "US"}, Ioss.NOT_INTO_THE_EU),
        ({"origin": "DE", "destination": "KR"}, Ioss.NOT_INTO_THE_EU),
        ({"brand": BrandTerms()}, Ioss.NO_NUMBER),
    ],
)
def test_the_ioss_number_goes_along_only_where_it_may(more: dict[str, Any], why: Ioss) -> None:
    found = decide(**more)
    assert found.ioss is why
    assert (found.terms.ioss, found.terms.ioss_state) == ((IOSS, "IE") if why is Ioss.USED else ("", ""))


@pytest.mark.parametrize(
    ("items", "to", "itn", "filing", "cited"),
    [
        ([item(250_000, "USD")], "KR", "", Filing.LOW_VALUE, "NOEEI 30.37(a)"),
        ([item(250_001, "USD")], "KR", "", Filing.NEEDED, ""),
        ([item(125_001, "USD", qty=2)], "KR", "", Filing.NEEDED, ""),
        ([item(200_000, "USD", "61"), item(200_000, "USD", "62")], "KR", "", Filing.LOW_VALUE, "NOEEI 30.37(a)"),
        ([item(200_000, "USD"), item(60_000, "USD")], "KR", "", Filing.NEEDED, ""),
        ([item(900_000, "USD")], "CA", "", Filing.CANADA, "NOEEI 30.36"),
        ([item(900_000, "USD")], "KR", "AES X20261127123456", Filing.FILED, "AES X20261127123456"),
        ([item(3_600_000, "KRW")], "KR", "", Filing.LOW_VALUE, "NOEEI 30.37(a)"),
        ([item(1, "EUR")], "KR", "", Filing.NEEDED, ""),  # nobody said what it is worth in dollars
        ([item(0, "EUR")], "KR", "", Filing.LOW_VALUE, "NOEEI 30.37(a)"),
    ],
)
def test_an_export_from_the_united_states_is_filed_above_its_limit(
    items: list[CustomsItem], to: str, itn: str, filing: Filing, cited: str
) -> None:
    found = decide("US", to, *items, itn=itn)
    assert (found.filing, found.terms.filing) == (filing, cited)
    assert decide("KR", "US", *items).filing is Filing.NONE


def test_numbers_are_taken_as_they_are_written_and_nothing_else() -> None:
    assert terms.check_ioss("im 372 000 0224") == IOSS
    assert terms.check_eori("gb 123456789000") == "GB123456789000"
    assert [terms.check_itn(text) for text in ("x20261127123456", "AES X20261127123456", "")] == ["AES X20261127123456"] * 2 + [""]
    for check, bad in (
        (terms.check_ioss, "IM9990000224"), (terms.check_ioss, "EU372000022"), (terms.check_eori, "1234"),
        (terms.check_itn, "X2026"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            check(bad)
        assert refused.value.code == "invalid"
