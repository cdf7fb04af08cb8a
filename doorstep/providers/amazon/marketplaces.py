"""Amazon's marketplaces: where what is sold there goes, unless the order says otherwise, and in which currency. Pure.

Source: https://developer-docs.amazon.com/sp-api/docs/marketplace-ids
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Marketplace:
    country: str
    currency: str


MARKETPLACES = {
    "A2EUQ1WTGCTBG2": Marketplace("CA", "CAD"),
    "ATVPDKIKX0DER": Marketplace("US", "USD"),
    "A1AM78C64UM0Y8": Marketplace("MX", "MXN"),
    "A2Q3Y263D00KWC": Marketplace("BR", "BRL"),
    "A28R8C7NBKEWEA": Marketplace("IE", "EUR"),
    "A1RKKUPIHCS9HS": Marketplace("ES", "EUR"),
    "A1F83G8C2ARO7P": Marketplace("GB", "GBP"),
    "A13V1IB3VIYZZH": Marketplace("FR", "EUR"),
    "AMEN7PMS3EDWL": Marketplace("BE", "EUR"),
    "A1805IZSGTT6HS": Marketplace("NL", "EUR"),
    "A1PA6795UKMFR9": Marketplace("DE", "EUR"),
    "APJ6JRA9NG5V4": Marketplace("IT", "EUR"),
    "A2NODRKZP88ZB9": Marketplace("SE", "SEK"),
    "AE08WJ6YKNBMC": Marketplace("ZA", "ZAR"),
    "A1C3SOZRARQ6R3": Marketplace("PL", "PLN"),
    "ARBP9OOSHTCHU": Marketplace("EG", "EGP"),
    "A33AVAJ2PDY3EV": Marketplace("TR", "TRY"),
    "A17E79C6D8DWNP": Marketplace("SA", "SAR"),
    "A2VIGQ35RCS4UG": Marketplace("AE", "AED"),
    "A21TJRUUN4KGV": Marketplace("IN", "INR"),
    "A19VAU5U5O7RUS": Marketplace("SG", "SGD"),
    "A39IBJ37TRP1C6": Marketplace("AU", "AUD"),
    "A1VC38T7YXB528": Marketplace("JP", "JPY"),
}


def find(marketplace_id: str) -> Marketplace | None:
    """What is known of a marketplace."""
    return MARKETPLACES.get(marketplace_id)
