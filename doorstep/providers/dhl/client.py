"""DHL's unified tracking over HTTP, for all of its houses.  Source: developer.dhl.com, "Shipment Tracking - Unified"."""

from __future__ import annotations

from doorstep.base.needs import Need, Step
from doorstep.base.registry import Settings
from doorstep.base.words import gettext_noop
from doorstep.providers.dhl import translate
from doorstep.providers.tracking_only import KEY, TrackingOnly, fetch, read
from doorstep.shipping.port import Scan

PRODUCTION = "https://api-eu.dhl.com"


class Dhl(TrackingOnly):
    """One app of DHL's developer portal; `settings`: token: its API key, and url where it is not DHL's own."""

    title = "DHL"
    needs = (
        KEY,
        Need("url", gettext_noop("Address"), gettext_noop("Empty, DHL itself is asked."), optional=True),
    )
    steps = (
        Step(
            gettext_noop("Create an app"),
            gettext_noop("Sign in at DHL's developer portal, create an app under Apps, and choose Shipment Tracking - Unified."),
            "https://developer.dhl.com",
        ),
        Step(
            gettext_noop("Copy its key"),
            gettext_noop("Once DHL approved it, the app shows its API key. It may ask 250 times a day; more is given on request."),
        ),
    )

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
