"""DHL's unified tracking over HTTP, for all of its houses.  Source: developer.dhl.com, "Shipment Tracking - Unified"."""

from __future__ import annotations

from doorstep.base.registry import Settings
from doorstep.providers.dhl import translate
from doorstep.providers.tracking_only import TrackingOnly, fetch, read
from doorstep.shipping.port import Scan

PRODUCTION = "https://api-eu.dhl.com"


class Dhl(TrackingOnly):
    """One app of DHL's developer portal; `settings`: url, and token: its API key."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.get("url", "").rstrip("/") or PRODUCTION
        self._key = settings.get("token", "")

    def track(self, tracking_number: str) -> list[Scan]:
        """Every event.  Refuses: as `shipping.refusals`."""
        answer = fetch(
            f"{self._url}/track/shipments",
            headers={"dhl-api-key": self._key, "accept": "application/json"},
            params={"trackingNumber": tracking_number},
        )
        return read(answer, translate.read_universal, number=tracking_number)
