"""What carriers have in common that can do little: every answer of a carrier that has nothing to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from doorstep.base.refusals import BAD_SIGNATURE, Refused
from doorstep.shipping.port import (
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
from doorstep.shipping.values import DRAWS_NONE, NO_SERVICE


class BareCarrier:
    """A carrier that sells nothing, tells nothing and is told nothing; an adapter says what its own can do besides."""

    def rates(self, wish: LabelWish) -> list[Rate]:
        """None: it sells nothing."""
        return []

    def buy_label(self, wish: LabelWish) -> Bought | Declined:
        """Nothing is bought."""
        return Declined(NO_SERVICE)

    def find_label(self, key: str) -> Bought | None:
        """Nothing was ever bought."""
        return None

    def fetch_label(self, vendor_id: str, language: str) -> LabelFile | Declined:
        """It draws none: its labels are ours to draw."""
        return Declined(DRAWS_NONE)

    def void_label(self, vendor_id: str) -> bool:
        """A label that was bought elsewhere is given back there."""
        return False

    def credit_of(self, vendor_id: str) -> Credit:
        """Nothing was paid here."""
        return Credit.REFUSED

    def hand_over(self, tracking_numbers: Sequence[str]) -> list[NotTaken]:
        """There is nobody to tell."""
        return []

    def close_day(self, wish: ManifestWish) -> Manifested | Declined:
        """It takes no manifests."""
        return Declined(NO_SERVICE)

    def find_manifest(self, wish: ManifestWish) -> Manifested | None:
        """It has none of ours."""
        return None

    def check_address(self, address: Mapping[str, Any]) -> AddressAnswer | None:
        """It checks none."""
        return None

    def track(self, tracking_number: str) -> list[Scan]:
        """It tells nothing."""
        return []

    def words(self, raw_code: str) -> Mapping[str, str]:
        """It has no list of codes."""
        return {}

    def subscribe(self, url: str, secret: str) -> None:
        """It sends nothing by itself."""

    def open_webhook(self, headers: Mapping[str, str], body: bytes) -> str:
        """Whatever comes is not of this carrier."""
        raise Refused(BAD_SIGNATURE, {"reason": "this carrier sends no webhooks"})

    def read_webhook(self, body: bytes) -> list[Scan]:
        """Nothing is read."""
        return []
