"""Shipments: made with rates, bought once, found by id or reference, refunded until scanned, closed on one scan form.

Source: https://docs.easypost.com/docs/shipments (create, buy, `reference` in place of the id), /docs/shipping-refund (30 days,
`refund_status`), /docs/scan-form (one form per shipment, one origin, none refunded), /docs/trackers, /docs/events.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from sandbox import webhooks
from sandbox.books import Books, now, utc
from sandbox.easypost import labels, shapes
from sandbox.easypost.shapes import EasyPostError, new_id, not_found

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS shipment (
        id INTEGER PRIMARY KEY, public_id TEXT NOT NULL UNIQUE, reference TEXT NOT NULL, body TEXT NOT NULL,
        created_at REAL NOT NULL, rate TEXT, tracking_code TEXT UNIQUE, bought_at REAL, refund_status TEXT, scan_form TEXT)""",
    "CREATE INDEX IF NOT EXISTS shipment_reference ON shipment (reference)",
    """CREATE TABLE IF NOT EXISTS detail (
        id INTEGER PRIMARY KEY, tracking_code TEXT NOT NULL, status TEXT NOT NULL, status_detail TEXT NOT NULL,
        at REAL NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS converted (shipment INTEGER NOT NULL, format TEXT NOT NULL, PRIMARY KEY (shipment, format))",
    "CREATE TABLE IF NOT EXISTS scan_form (id INTEGER PRIMARY KEY, public_id TEXT NOT NULL UNIQUE, answer TEXT NOT NULL)",
)
MEMPHIS = {"object": "TrackingLocation", "city": "MEMPHIS", "state": "TN", "country": "US", "zip": "38118"}
TAKEN_BACK = ("submitted", "refunded")
REFUND_DAYS = 30
DAY_S = 86_400.0
WORDS = {
    "pre_transit": "Shipping Label Created", "in_transit": "In transit", "out_for_delivery": "Out for Delivery",
    "delivered": "Delivered", "available_for_pickup": "Available for Pickup", "return_to_sender": "Return to Sender",
    "failure": "Failed", "cancelled": "Cancelled", "error": "Error", "unknown": "Unknown",
}  # fmt: skip


def create(books: Books, given: Any, base: str) -> dict[str, Any]:
    """A shipment with its rates, not yet bought.  Refuses: 422 on what is no shipment."""
    if not isinstance(given, dict):
        raise EasyPostError(422, "PARAMETER.REQUIRED", "Missing required parameter.")
    body = {
        "from_address": shapes.check_address(given.get("from_address"), "from_address"),
        "to_address": shapes.check_address(given.get("to_address"), "to_address"),
        "parcel": _parcel(given.get("parcel")), "customs_info": given.get("customs_info"), "options": given.get("options") or {},
        "tax_identifiers": given.get("tax_identifiers"),
    }  # fmt: skip
    with books.write():
        number, at = books.number("SELECT max(id) FROM shipment") + 1, now()
        books.run(
            "INSERT INTO shipment (id, public_id, reference, body, created_at) VALUES (?, ?, ?, ?, ?)",
            number, new_id("shp", number, at), str(given.get("reference") or ""), json.dumps(body), at,
        )  # fmt: skip
    return show(books, books.rows("SELECT * FROM shipment WHERE id = ?", number)[0], base)


def quote(given: Any) -> dict[str, Any]:
    """Rates without a shipment.  Source: https://docs.easypost.com/docs/rates, "stateless"."""
    if not isinstance(given, dict):
        raise EasyPostError(422, "PARAMETER.REQUIRED", "Missing required parameter.")
    body = {name: shapes.check_address(given.get(name), name) for name in ("from_address", "to_address")}
    body["parcel"] = _parcel(given.get("parcel"))
    return {"rates": shapes.rates(body, id="", at=now()), "messages": [], **body}


def _parcel(given: Any) -> dict[str, Any]:
    weight = given.get("weight") if isinstance(given, dict) else None
    if not isinstance(weight, int | float) or weight <= 0:
        raise EasyPostError(422, "PARCEL.WEIGHT.REQUIRED", "A parcel needs a weight in ounces.")
    return dict(given)


def get(books: Books, id: str) -> sqlite3.Row:
    """A shipment by its id or reference; of several with one reference the first.  Refuses: 404."""
    sql = "SELECT * FROM shipment WHERE public_id = ? OR (reference = ? AND reference <> '') ORDER BY id LIMIT 1"
    row = books.find_row(sql, id, id)
    if row is None:
        raise not_found()
    return row


def buy(books: Books, id: str, rate_id: str, base: str) -> dict[str, Any]:
    """Its label at this rate.  Refuses: 422 where it was bought before, or the rate is of another shipment."""
    row = get(books, id)
    if row["tracking_code"]:
        raise EasyPostError(422, "SHIPMENT.POSTAGE.EXISTS", "Postage already exists for this shipment.")
    rates = shapes.rates(json.loads(row["body"]), id=row["public_id"], at=row["created_at"])
    chosen = next((rate for rate in rates if rate["id"] == rate_id), None)
    if chosen is None:
        raise EasyPostError(422, "RATE.NOT_FOUND", "Unable to find the rate requested.")
    code = f"94{row['id'] * 7919 % 10**8:08}{row['id']:012}"
    with books.write():
        books.run(
            "UPDATE shipment SET rate = ?, tracking_code = ?, bought_at = ? WHERE id = ?",
            json.dumps(chosen), code, now(), row["id"],
        )  # fmt: skip
        add_detail(books, code, "pre_transit", "label_created", now())
    return show(books, get(books, row["public_id"]), base)


def refund(books: Books, id: str, base: str) -> dict[str, Any]:
    """Asks for its money back: submitted, or rejected once the carrier has it or after 30 days.  Refuses: 422 if never bought."""
    row = get(books, id)
    if not row["tracking_code"]:
        raise EasyPostError(422, "SHIPMENT.REFUND.UNAVAILABLE", "Shipment must have a postage label to be refunded.")
    if row["refund_status"] in ("submitted", "refunded"):
        raise EasyPostError(422, "SHIPMENT.REFUND.UNAVAILABLE", "Refund request is unavailable. Parcel has already been refunded.")
    scanned = books.number("SELECT count(*) FROM detail WHERE tracking_code = ? AND status <> 'pre_transit'", row["tracking_code"])
    is_late = now() - float(row["bought_at"]) > REFUND_DAYS * DAY_S
    books.run("UPDATE shipment SET refund_status = ? WHERE id = ?", "rejected" if scanned or is_late else "submitted", row["id"])
    return show(books, get(books, row["public_id"]), base)


def settle_refunds(books: Books, status: str) -> int:
    """Carriers decide about what was submitted.  Returns: about how many."""
    return books.run("UPDATE shipment SET refund_status = ? WHERE refund_status = 'submitted'", status)


def close(books: Books, ids: list[str]) -> dict[str, Any]:
    """One scan form of these shipments.  Refuses: 422 on none, refunded ones, other origins, and those on a form already."""
    rows = [get(books, id) for id in ids]
    if not rows:
        raise EasyPostError(422, "PARAMETER.REQUIRED", "Missing required parameter: shipments")
    origins = {json.dumps(json.loads(row["body"])["from_address"], sort_keys=True) for row in rows}
    if len(origins) > 1:
        raise EasyPostError(422, "SCAN_FORM.ADDRESS.MISMATCH", "Shipments must all have the same origin address.")
    for row in rows:
        if not row["tracking_code"] or row["refund_status"] in ("submitted", "refunded"):
            raise EasyPostError(422, "SCAN_FORM.INVALID_SHIPMENT", f"Shipment {row['public_id']} has no live label.")
        if row["scan_form"]:
            raise EasyPostError(422, "SCAN_FORM.SHIPMENT.EXISTS", f"Shipment {row['public_id']} is on a scan form already.")
    with books.write():
        number, at = books.number("SELECT max(id) FROM scan_form") + 1, now()
        form = {
            "id": new_id("sf", number, at), "object": "ScanForm", "created_at": utc(at), "updated_at": utc(at),
            "tracking_codes": [row["tracking_code"] for row in rows], "address": json.loads(rows[0]["body"])["from_address"],
            "status": "created", "message": None, "form_url": None, "form_file_type": None, "batch_id": new_id("batch", number),
            "confirmation": None,
        }  # fmt: skip
        books.run("INSERT INTO scan_form (id, public_id, answer) VALUES (?, ?, ?)", number, form["id"], json.dumps(form))
        for row in rows:
            books.run("UPDATE shipment SET scan_form = ? WHERE id = ?", form["id"], row["id"])
    return form


def convert(books: Books, id: str, form: str, base: str) -> dict[str, Any]:
    """The shipment, its label in another format too.  Refuses: 422 without a label, for what is no format, and from ZPL.

    Source: https://docs.easypost.com/docs/shipments, "Convert the Label format of a Shipment".
    """
    row = get(books, id)
    if not row["rate"] or form not in labels.FIELDS:
        raise EasyPostError(422, "SHIPMENT.LABEL.UNAVAILABLE", "The label is not available in this format.")
    own = labels.format_of(json.loads(row["body"])["options"])
    if own == "ZPL" and form != own:
        raise EasyPostError(422, "SHIPMENT.LABEL.UNAVAILABLE", "A ZPL label is not converted.")
    books.run("INSERT OR IGNORE INTO converted (shipment, format) VALUES (?, ?)", row["id"], form)
    return show(books, get(books, row["public_id"]), base)


def file(books: Books, name: str) -> tuple[str, bytes] | None:
    """A label's file and its type, as far as there is one of this name."""
    for row in books.rows("SELECT * FROM shipment WHERE rate IS NOT NULL"):
        form = labels.find(name, row["public_id"])
        if form is not None:
            body, rate = json.loads(row["body"]), json.loads(row["rate"])
            drawn = labels.draw(
                form, code=row["tracking_code"], service=f"{rate['carrier']} {rate['service']}", to=body["to_address"],
                size=str(body["options"].get("label_size") or "4x6"),
            )  # fmt: skip
            return labels.TYPES[form], drawn
    return None


def show(books: Books, row: sqlite3.Row, base: str) -> dict[str, Any]:
    """A shipment as the API tells it.  `base`: where its label's file is served."""
    body, id, at = json.loads(row["body"]), row["public_id"], row["created_at"]
    form = books.find_row("SELECT answer FROM scan_form WHERE public_id = ?", row["scan_form"] or "")
    rates = shapes.rates(body, id=id, at=at)
    label = {"id": id, "options": body["options"]}
    formats = [one["format"] for one in books.rows("SELECT format FROM converted WHERE shipment = ? ORDER BY format", row["id"])]
    return {
        "id": id, "object": "Shipment", "created_at": utc(at), "updated_at": utc(row["bought_at"] or at), "mode": "test",
        "is_return": False, "reference": row["reference"] or None, "status": "unknown", "tracking_code": row["tracking_code"],
        "from_address": shapes.show_address(body["from_address"], id=new_id("adr", id, "from"), at=at),
        "to_address": shapes.show_address(body["to_address"], id=new_id("adr", id, "to"), at=at),
        "parcel": {"object": "Parcel", **body["parcel"]}, "customs_info": body["customs_info"], "options": body["options"],
        "tax_identifiers": body.get("tax_identifiers") or [],
        "rates": rates, "selected_rate": json.loads(row["rate"]) if row["rate"] else None,
        "messages": [] if rates else [{"carrier": "USPS", "message": "The parcel is too heavy.", "type": "rate_error"}],
        "postage_label": labels.shown(base, label, utc(row["bought_at"] or at), formats) if row["rate"] else None,
        "refund_status": row["refund_status"], "scan_form": json.loads(form["answer"]) if form else None, "usps_zone": 4,
        "tracker": tracker(books, row["tracking_code"]) if row["tracking_code"] else None, "fees": [],
    }  # fmt: skip


def tracker(books: Books, code: str) -> dict[str, Any]:
    """Everything a carrier told of a number, oldest first."""
    details = books.rows("SELECT * FROM detail WHERE tracking_code = ? ORDER BY at, id", code)
    last = details[-1] if details else None
    return {
        "id": new_id("trk", code), "object": "Tracker", "mode": "test", "tracking_code": code, "carrier": "USPS",
        "status": last["status"] if last else "unknown", "status_detail": last["status_detail"] if last else "unknown",
        "est_delivery_date": None, "carrier_detail": None, "fees": [], "finalized": True, "is_return": False,
        "tracking_details": [
            {
                "object": "TrackingDetail", "message": WORDS[one["status"]], "description": None, "status": one["status"],
                "status_detail": one["status_detail"], "datetime": utc(one["at"]), "source": "USPS", "carrier_code": None,
                "tracking_location": dict(MEMPHIS),
            }
            for one in details
        ],
    }  # fmt: skip


def list_trackers(books: Books, code: str) -> list[dict[str, Any]]:
    """The trackers of a number."""
    known = books.find_row("SELECT 1 FROM shipment WHERE tracking_code = ?", code)
    return [tracker(books, code)] if known else []


def add_detail(books: Books, code: str, status: str, detail: str, at: float) -> None:
    """Something the carrier tells, pushed at once, in the caller's transaction."""
    books.run("INSERT INTO detail (tracking_code, status, status_detail, at) VALUES (?, ?, ?, ?)", code, status, detail, at)
    number = books.number("SELECT max(id) FROM detail")
    event = {
        "description": "tracker.updated", "mode": "test", "previous_attributes": {}, "created_at": utc(at), "pending_urls": [],
        "completed_urls": [], "updated_at": utc(at), "id": new_id("evt", number, at), "user_id": "user_1", "status": "pending",
        "object": "Event", "result": tracker(books, code),
    }  # fmt: skip
    webhooks.enqueue(books, topic="tracker.updated", subject=code, data=event, is_bare=True)


def read_books(books: Books) -> list[dict[str, Any]]:
    """Every shipment, for proofs about the whole."""
    return [
        {
            "id": row["public_id"], "key": row["reference"], "tracking_number": row["tracking_code"],
            "state": "created" if not row["tracking_code"] else "voided" if row["refund_status"] in TAKEN_BACK else "bought",
            "rate": json.loads(row["rate"])["rate"] if row["rate"] else None, "refund_status": row["refund_status"],
            "body": json.loads(row["body"]),
        }
        for row in books.rows("SELECT * FROM shipment ORDER BY id")
    ]  # fmt: skip
