"""Every carrier that the contract suite runs over: our adapter, and what a test may do on the carrier's own side."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from standardwebhooks import Webhook

from doorstep.base import db
from doorstep.providers.easypost import translate as easypost
from doorstep.shipping import carriers as accounts
from doorstep.shipping import own
from doorstep.shipping.port import Abilities, CarrierPort, abilities_of, carriers
from tests.factories import make_brand
from tests.sandbox.conftest import SECRET
from tests.sandboxes import Server


@dataclass
class Vendor:
    port: CarrierPort
    abilities: Abilities
    service: str  # one that takes a small parcel
    sold: Callable[[str], int]  # how many labels its books have under a key
    fall_silent: Callable[[bool], None]  # sells, then cuts the connection
    refuse_all: Callable[[bool], None]  # answers that it is not available
    tell: Callable[[str, str], None]  # makes a parcel go on: tracking number, raw code
    codes: Mapping[str, str]  # what it calls picked up, out for delivery, delivered
    wrong_token: CarrierPort | None = None
    away: CarrierPort | None = None
    garble: Callable[[bool], None] | None = None  # sells, and says half of it
    push: Callable[..., tuple[dict[str, str], bytes]] | None = None  # an event just now; `spoil`: what is wrong with it
    other_topic: bytes = b""
    file: Callable[[str, str], bytes] | None = None  # its own label as it serves it: vendor id, language
    lose_file: Callable[[bool], None] | None = None  # the file is not there yet
    mistake_file: Callable[[bool], None] | None = None  # a page comes instead


def sandbox_vendor(server: Server) -> Vendor:
    url = str(server.http.base_url)
    good = {"url": url, "token": "sandbox", "webhook_secret": SECRET}

    def faults(**share: float) -> None:
        server.post("/admin/faults", {"trouble": 0, **share})

    faults()
    return Vendor(
        port=carriers.get("sandbox_carrier", good),
        abilities=abilities_of("sandbox_carrier"),
        service="STANDARD",
        sold=lambda key: sum(s["key"] == key for s in server.get("/admin/books")["shipments"]),
        fall_silent=lambda on: faults(**({"timeout_after_success": 1, "hold_s": 0.1} if on else {})),
        garble=lambda on: faults(**({"garbled": 1} if on else {})),
        refuse_all=lambda on: faults(**({"error_5xx": 1} if on else {})),
        tell=lambda number, code: server.post("/admin/advance", {"tracking_number": number, "to": code}),
        codes={"picked_up": "11", "out": "82", "delivered": "91"},
        wrong_token=carriers.get("sandbox_carrier", good | {"token": "stolen"}),
        away=carriers.get("sandbox_carrier", good | {"url": "http://127.0.0.1:9"}),
        push=sandbox_push,
        other_topic=b'{"type": "invoice.made", "data": {}}',
    )


def sandbox_push(spoil: str = "") -> tuple[dict[str, str], bytes]:
    """A webhook as the sandbox carrier sends it."""
    body = json.dumps(
        {
            "type": "tracking.updated",
            "timestamp": "2026-11-23T09:00:00.000Z",
            "data": {
                "tracking_number": "601000000135", "shipment_id": "shp_1", "reference": "parcel-1", "service": "STANDARD",
                "estimated_delivery_at": "2026-11-24T09:00:00.000Z",
                "event": {
                    "event_id": "evt_9", "code": "82", "text_ko": "배송출발", "text_en": "out for delivery",
                    "occurred_at": "2026-11-23T08:59:00.000Z", "location": {"name": "해운대", "country_code": "KR"},
                },
            },
        },
        ensure_ascii=False,
    ).encode()  # fmt: skip
    at = datetime.now(UTC)
    secret = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=" if spoil == "secret" else SECRET
    if spoil == "old":
        at = datetime.fromtimestamp(at.timestamp() - 3600, UTC)
    headers = {
        "Webhook-Id": "msg_1", "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign("msg_1", at, body.decode()),
    }  # fmt: skip
    if spoil == "nonsense":
        headers = {"webhook-id": "msg_1", "webhook-timestamp": "soon", "webhook-signature": "v1,%%%"}
    return ({} if spoil == "missing" else headers), body.replace(b"evt_9", b"evt_8") if spoil == "body" else body


def easypost_vendor(server: Server) -> Vendor:
    url = str(server.http.base_url)
    good = {"url": url, "token": "sandbox", "webhook_secret": SECRET}

    def faults(**share: float) -> None:
        server.post("/admin/faults", share)

    def tell(number: str, status: str) -> None:
        server.post("/admin/advance", {"tracking_code": number, "status": status})

    def file(vendor_id: str, language: str) -> bytes:
        form = f"/v2/shipments/{vendor_id}/label?file_format={language.upper()}"
        label = server.http.get(form, auth=("sandbox", "")).json()["postage_label"]
        return server.http.get(label[f"label_{language}_url"]).content

    faults()
    return Vendor(
        port=carriers.get("easypost", good),
        abilities=abilities_of("easypost"),
        service="KoreaPost Parcel",
        sold=lambda key: sum(s["key"] == key and bool(s["tracking_number"]) for s in server.get("/admin/books")["shipments"]),
        fall_silent=lambda on: faults(**({"timeout_after_success": 1, "hold_s": 0.1} if on else {})),
        garble=lambda on: faults(**({"garbled": 1} if on else {})),
        refuse_all=lambda on: faults(**({"error_5xx": 1} if on else {})),
        tell=tell,
        codes={"picked_up": "in_transit", "out": "out_for_delivery", "delivered": "delivered"},
        wrong_token=carriers.get("easypost", good | {"token": "stolen"}),
        away=carriers.get("easypost", good | {"url": "http://127.0.0.1:9"}),
        push=easypost_push,
        other_topic=b'{"description": "batch.updated", "id": "evt_1", "object": "Event", "result": {}}',
        file=file,
        lose_file=lambda on: faults(**({"file_missing": 1} if on else {})),
        mistake_file=lambda on: faults(**({"file_wrong": 1} if on else {})),
    )


def easypost_push(spoil: str = "") -> tuple[dict[str, str], bytes]:
    """A webhook as EasyPost sends it."""
    detail = {
        "object": "TrackingDetail", "message": "Out for Delivery", "status": "out_for_delivery",
        "status_detail": "out_for_delivery", "datetime": "2026-11-23T08:59:00Z",
        "tracking_location": {"city": "HAEUNDAE", "state": None, "country": "KR", "zip": None},
    }  # fmt: skip
    expected = "2026-11-24T00:00:00Z"
    tracker = {"id": "trk_1", "tracking_code": "601000000135", "est_delivery_date": expected, "tracking_details": [detail]}
    body = json.dumps({"id": "evt_9", "object": "Event", "description": "tracker.updated", "result": tracker}).encode()
    signature = easypost.sign("another" if spoil == "secret" else SECRET, body)
    headers = {"X-Hmac-Signature": "%%%" if spoil == "nonsense" else signature}
    return ({} if spoil == "missing" else headers), body.replace(b"evt_9", b"evt_8") if spoil == "body" else body


# One sheet per country of departure in real life; here both, so that the same wishes fit every carrier.
SHEET = """currency,KRW
origin,KR
zone,Home,KR,
zone,Abroad,*,
service,Standard,Home,Abroad
days,,2,9
up to 30 kg,,4000,30000
service,Express,Home,Abroad
days,,1,4
up to 30 kg,,9000,60000
"""


def own_vendor() -> Vendor:
    brand = make_brand()
    settings = own.check_numbers("range", "DS", "1", "99999999", "mod7")
    carrier_id = accounts.connect(brand.ctx, code="own", name="Own", provider="own_rates", settings=settings)
    own.save_sheet(brand.ctx, carrier_id=carrier_id, text=SHEET)

    def sold(key: str) -> int:
        return int(db.scalar("SELECT count(*) FROM shipping_issuedlabel WHERE key = %s", [key]))

    return Vendor(
        port=carriers.get("own_rates", {"account": f"{brand.ctx.organisation_id}:{carrier_id}"}),
        abilities=abilities_of("own_rates"), service="Standard", sold=sold, fall_silent=lambda on: None,
        refuse_all=lambda on: None, tell=lambda number, code: None, codes={},
    )  # fmt: skip
