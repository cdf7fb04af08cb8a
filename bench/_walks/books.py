"""What the books say at rest: ours, the carrier's, the payment provider's, the postmen's and people's own."""

from __future__ import annotations

import base64
from collections import Counter
from email import message_from_bytes
from email.policy import default
from typing import Any

from bench import _brand
from bench._walks.hooks import Listener
from bench._walks.talk import Post
from bench._walks.two import Journal
from bench._walks.world import World, sandbox

EFFECTS = {
    "restocked": (1, 0, 0),
    "refurbish": (1, 1, 0),
    "liquidate": (1, 0, 1),
    "donate": (0, 0, 0),
    "missing": (0, 0, 0),
}
Figures = dict[str, float]


def of_orders(world: World) -> Figures:
    """Orders lost, labels beyond one per parcel, and mail that left by the house's own way."""
    from doorstep.base import db

    ours = {row["external_id"]: row["id"] for row in db.dicts("SELECT external_id, id FROM orders_order")}
    carriers = (world.at.carrier_url, world.at.second_carrier_url)
    shipments = [
        s
        for carrier in carriers
        for s in sandbox("GET", f"{carrier}/admin/books")["shipments"]
        if s["state"] != "voided"
    ]
    references = [s["reference"] for s in shipments]
    mails = world.at.postman.seen
    sent = db.column("SELECT message_id FROM messaging_message WHERE state = 'sent' AND mailbox_id IS NULL")
    return {
        "fault.orders": len(world.sent),
        "fault.lost": sum(ours.get(k) != v for k, v in world.sent.items()) + len(world.troubles),
        "fault.labels": len(references),
        "fault.labels_doubled": len(references) - len(set(references)),
        "fault.mails": len(mails),
        "fault.mails_doubled": sum(n > 1 for n in mails.values()),
        "fault.mails_missing": sum(m not in mails for m in sent),
    }


def of_returns(journal: Journal) -> Figures:
    """Returns lost, money given back twice or never, and stock, each beside what people did with their hands."""
    from doorstep.base import db

    rows = db.dicts(
        """SELECT l.id, r.id AS return_id, r.order_id, l.outcome, l.variant_id, l.qty, l.inspected FROM returns_line l
             JOIN returns_return r ON r.id = l.return_id"""
    )
    units = Counter(line_id for line_id, _ in journal.judged)
    kept = Counter(line_id for (line_id, _), word in journal.judged.items() if word != "missing")
    refund, credit = _worth(rows, kept, "refund_original"), _worth(rows, kept, "store_credit")
    given = _by_order("SELECT order_id, refunded_minor AS n FROM payments_payment")
    credited = _by_order("SELECT order_id, sum(amount_minor) AS n FROM payments_credit GROUP BY 1")
    ours = {row["return_id"] for row in rows}
    exchanged = [row["id"] for row in rows if row["outcome"] == "exchange_variant"]
    placed = Counter(
        db.column(
            "SELECT split_part(external_id, ':', 3)::bigint FROM orders_order WHERE external_id LIKE 'exchange:%%'"
        )
    )
    return {
        "fault.returns": len(journal.asked),
        "fault.returns_lost": sum(id not in ours for id in journal.asked.values()),
        "fault.returns_doubled": len(ours - set(journal.asked.values())),
        "fault.units_back": len(journal.judged),
        "fault.units_differ": sum(units[row["id"]] != row["inspected"] for row in rows),
        "fault.refunds": sum(n > 0 for n in refund.values()),
        "fault.refund_doubled": sum(n > refund[order_id] for order_id, n in given.items())
        + sum(n > credit[order_id] for order_id, n in credited.items()),
        "fault.refund_missing": sum(given[order_id] < n for order_id, n in refund.items())
        + sum(credited[order_id] < n for order_id, n in credit.items()),
        "fault.exchanges": len(exchanged),
        "fault.exchanges_differ": sum(placed[id] != 1 for id in exchanged) + sum(id not in exchanged for id in placed),
        "fault.stock_differs": _stock(rows, journal),
    }


def _worth(rows: list[dict[str, Any]], kept: Counter[int], outcome: str) -> Counter[int]:
    worth: Counter[int] = Counter()
    for row in rows:
        if row["outcome"] == outcome:
            worth[row["order_id"]] += kept[row["id"]] * _brand.PRICE_MINOR
    return worth


def _by_order(question: str) -> Counter[int]:
    from doorstep.base import db

    return Counter({line["order_id"]: int(line["n"]) for line in db.dicts(question) if line["order_id"]})


def _stock(rows: list[dict[str, Any]], journal: Journal) -> int:
    """Variants of which other numbers lie in the warehouses than were delivered, sent away and judged."""
    from doorstep.base import db

    variants = {row["id"]: row["variant_id"] for row in rows}
    gone = db.dicts(
        """SELECT l.variant_id AS v, sum(l.qty) AS n FROM shipping_parcelline l JOIN shipping_parcel p ON p.id = l.parcel_id
            WHERE p.direction = 'out' AND p.state = 'handed_over' GROUP BY 1"""
    )
    want = {line["v"]: [-int(line["n"]), 0, 0] for line in gone}
    for (line_id, _), word in journal.judged.items():
        mine = want.setdefault(variants[line_id], [0, 0, 0])
        for i, step in enumerate(EFFECTS[word]):
            mine[i] += step
    have = db.dicts(
        """SELECT variant_id AS v, sum(on_hand) AS a, sum(quality_control) AS q, sum(damaged) AS d FROM stock_level GROUP BY 1"""
    )
    stocked = 2 * _brand.STOCKED
    return sum([int(h["a"]) - stocked, int(h["q"]), int(h["d"])] != want.get(h["v"], [0, 0, 0]) for h in have)


def of_money(world: World) -> Figures:
    """The provider's books beside ours, payment by payment, and its operations beside our wishes."""
    from doorstep.base import db

    books = sandbox("GET", f"{world.at.payment_url}/admin/books")
    columns = ("authorised_minor", "captured_minor", "refunded_minor", "refund_open_minor")
    theirs = {p["payment_id"]: tuple(p[c] for c in columns) for p in books["payments"]}
    declined = {p["payment_id"] for p in books["payments"] if p["state"] == "declined"}
    asked = db.dicts(
        """SELECT p.vendor_id, p.authorised_minor, p.captured_minor, p.refunded_minor, p.refund_open_minor
             FROM payments_payment p WHERE p.account_id IS NOT NULL AND p.vendor_id <> ''"""
    )
    ours = {line["vendor_id"]: tuple(line[c] for c in columns) for line in asked}
    wishes = {
        line["vendor_key"]: (line["kind"], line["amount_minor"], line["state"])
        for line in db.dicts(
            """SELECT c.vendor_key, c.kind, c.amount_minor, c.state FROM payments_call c JOIN payments_payment p
                   ON p.id = c.payment_id WHERE p.account_id IS NOT NULL AND c.asked_times > 0"""
        )
    }
    done = {o["key"]: (o["kind"], o["amount_minor"], o["state"]) for o in books["operations"]}
    references = Counter(p["reference"] for p in books["payments"])
    return {
        "fault.payments": len(theirs),
        "fault.payments_doubled": sum(n > 1 for n in references.values()),
        "fault.provider_refunds": sum(kind == "refund" for kind, _, _ in done.values()),
        "fault.books_differ": sum(
            ours.get(id, (0, 0, 0, 0) if id in declined else None) != t for id, t in theirs.items()
        )
        + sum(id not in theirs for id in ours)
        + sum(done.get(key) != wish for key, wish in wishes.items() if key in done or wish[2] != "failed")
        + sum(key not in wishes for key in done),
    }


def of_mail(world: World, post: Post) -> Figures:
    """Each mail that customers wrote beside arrivals and messages; each answer beside the mailbox's books."""
    from doorstep.base import db

    kept = db.dicts("SELECT id, body FROM base_arrival WHERE source = 'mail'")
    arrivals = Counter(bytes(row["body"]) for row in kept)
    filed = Counter(db.column("SELECT arrival_id FROM inbox_message WHERE arrival_id IS NOT NULL"))
    of_raw: Counter[bytes] = Counter()
    for row in kept:
        of_raw[bytes(row["body"])] += filed[row["id"]]
    texts = Counter(db.column("SELECT text FROM inbox_message WHERE direction = 'in'"))
    taken = sandbox("GET", f"{world.at.mailbox_url}/admin/books")["taken"]
    sent = db.column("SELECT message_id FROM messaging_message WHERE state = 'sent' AND mailbox_id IS NOT NULL")
    known = {letter["message_id"] for letter in taken}
    return {
        "fault.mails_in": len(post.written),
        "fault.mail_lost": sum(not arrivals[raw] or not of_raw[raw] for raw in post.written),
        "fault.mail_doubled": sum(max(arrivals[raw], of_raw[raw]) > 1 for raw in post.written)
        + sum(raw not in post.written for raw in arrivals)
        + sum(n > 1 for n in texts.values()),
        "fault.mail_out": len(taken),
        "fault.mail_out_doubled": sum(letter["times_taken"] > 1 for letter in taken),
        "fault.mail_out_missing": sum(id not in known for id in sent),
        "fault.answers_doubled": _answered_twice(world, [letter["message_id"] for letter in taken]),
        "fault.money_told_differs": _told_of_money(),
    }


def _answered_twice(world: World, message_ids: list[str]) -> int:
    """Answers that say the same to the same mail of the same conversation under another Message-ID.

    The conversation is told by the signed address that an answer is to come back to: two mails that carry no Message-ID
    and ask the same may both get the same words.
    """
    said: Counter[tuple[str, str, str]] = Counter()
    for id in message_ids:
        found = sandbox("GET", f"{world.at.mailbox_url}/outgoing/by-message-id/{id}")
        mail = message_from_bytes(base64.b64decode(found["raw"]), policy=default)
        part = mail.get_body(("plain",))
        if mail["Reply-To"]:
            said[mail["Reply-To"], str(mail["In-Reply-To"]), str(part.get_content()) if part else ""] += 1
    return sum(n - 1 for n in said.values())


def _told_of_money() -> int:
    """Payments of returns that their customers were not told of once each.  Two may say the same, and be two."""
    from doorstep.base import db

    told = db.column("SELECT substr(key, 17) FROM messaging_message WHERE starts_with(key, 'return:refunded:')")
    paid = db.column(
        """SELECT 'refund:' || id FROM payments_call
            WHERE kind = 'refund' AND state = 'succeeded' AND starts_with(subject, 'return:')
           UNION ALL SELECT 'credit:' || id FROM payments_credit WHERE starts_with(subject, 'return:')"""
    )
    return (Counter(told) - Counter(paid)).total() + (Counter(paid) - Counter(told)).total()


def of_hooks(world: World, listener: Listener) -> Figures:
    """Events that the brand's own program was to be told of."""
    from doorstep.base import db
    from doorstep.channels.values import message_id
    from doorstep.flows.webhooks import catalogue

    wanted = db.column(
        "SELECT id FROM base_event WHERE organisation_id = %s AND id > %s AND type = ANY(%s)",
        [world.ctx.organisation_id, listener.since, list(catalogue.BY_SOURCE)],
    )
    ids = {message_id(id) for id in wanted}
    return {"fault.hooks": len(listener.heard), "fault.hooks_lost": sum(id not in listener.heard for id in ids)}


def unknown(kills: int) -> Figures:
    """Mails of which nobody knows whether they were taken: each was interrupted by one kill."""
    from doorstep.base import db

    found = int(db.scalar("SELECT count(*) FROM messaging_message WHERE state = 'unknown'"))
    return {"fault.unknown": found, "fault.unknown_beyond_kills": max(found - kills, 0)}
