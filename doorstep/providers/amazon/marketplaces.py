"""Amazon's marketplaces: where what is sold there goes, unless the order says otherwise, and in which currency. Pure.

Source: https://developer-docs.amazon.com/sp-api/docs/marketplace-ids, https://developer-docs.amazon.com/sp-api/docs/sp-api-endpoints
and https://developer-docs.amazon.com/sp-api/docs/sp-api-sandbox (its hosts have `sandbox.` before them)
"""

from __future__ import annotations

from dataclasses import dataclass

NA, EU, FE = "na", "eu", "fe"


@dataclass(frozen=True, slots=True)
class Marketplace:
    country: str
    currency: str
    region: str

    @property
    def endpoint(self) -> str:
        """Where its calls go."""
        return f"https://sellingpartnerapi-{self.region}.amazon.com"

    @property
    def sandbox(self) -> str:
        """Where calls go that Amazon answers with fixed examples."""
        return f"https://sandbox.sellingpartnerapi-{self.region}.amazon.com"


MARKETPLACES = {
    "A2EUQ1WTGCTBG2": Marketplace("CA", "CAD", NA),
    "ATVPDKIKX0DER": Marketplace("US", "USD", NA),
    "A1AM78C64UM0Y8": Marketplace("MX", "MXN", NA),
    "A2Q3Y263D00KWC": Marketplace("BR", "BRL", NA),
    "A28R8C7NBKEWEA": Marketplace("IE", "EUR", EU),
    "A1RKKUPIHCS9HS": Marketplace("ES", "EUR", EU),
    "A1F83G8C2ARO7P": Marketplace("GB", "GBP", EU),
    "A13V1IB3VIYZZH": Marketplace("FR", "EUR", EU),
    "AMEN7PMS3EDWL": Marketplace("BE", "EUR", EU),
    "A1805IZSGTT6HS": Marketplace("NL", "EUR", EU),
    "A1PA6795UKMFR9": Marketplace("DE", "EUR", EU),
    "APJ6JRA9NG5V4": Marketplace("IT", "EUR", EU),
    "A2NODRKZP88ZB9": Marketplace("SE", "SEK", EU),
    "AE08WJ6YKNBMC": Marketplace("ZA", "ZAR", EU),
    "A1C3SOZRARQ6R3": Marketplace("PL", "PLN", EU),
    "ARBP9OOSHTCHU": Marketplace("EG", "EGP", EU),
    "A33AVAJ2PDY3EV": Marketplace("TR", "TRY", EU),
    "A17E79C6D8DWNP": Marketplace("SA", "SAR", EU),
    "A2VIGQ35RCS4UG": Marketplace("AE", "AED", EU),
    "A21TJRUUN4KGV": Marketplace("IN", "INR", EU),
    "A19VAU5U5O7RUS": Marketplace("SG", "SGD", FE),
    "A39IBJ37TRP1C6": Marketplace("AU", "AUD", FE),
    "A1VC38T7YXB528": Marketplace("JP", "JPY", FE),
}


def find(marketplace_id: str) -> Marketplace | None:
    """What is known of a marketplace."""
    return MARKETPLACES.get(marketplace_id)
