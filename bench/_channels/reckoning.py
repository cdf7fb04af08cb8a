"""What came of a flash sale: the books of everybody who sold, held against ours."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench._channels import Open
from bench._channels.sale import STORE, TILL, Taking, Told
from bench._channels.stall import LIES, Stall

EACH = sum(LIES.values())
# A number that is wanted so shortly after an order came may have been read before the order was committed.
COMMITS_WITHIN_S = 0.25


@dataclass
class Books:
    """Orders of the brand in our books.  `units`: by SKU, by (channel, number); `came`: when each came; `held`: units by SKU that
    are held for want of stock, by order."""

    units: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    came: dict[tuple[str, str], float] = field(default_factory=dict)
    held: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    orders: Counter[tuple[str, str]] = field(default_factory=Counter)
    listed: set[tuple[str, str]] = field(default_factory=set)
    idle: int = 0


def read_books(brand: Stall, shops: Sequence[Open]) -> Books:
    """Our books as they are now."""
    from doorstep.base import db
    from doorstep.channels import queries as channels
    from doorstep.orders import queries as orders
    from doorstep.orders.queries import OrderFilter

    till = channels.find_till(brand.now(), location_id=brand.shop)
    names = {shop.connection_id: shop.kind for shop in shops} | {0: STORE} | ({till.id: TILL} if till else {})
    books, of = Books(), {}
    for line in db.dicts(
        """SELECT o.id, o.connection_id, o.external_id, extract(epoch FROM o.received_at)::float AS came, l.sku, l.qty
             FROM orders_order o JOIN orders_orderline l ON l.organisation_id = o.organisation_id AND l.order_id = o.id
            WHERE o.organisation_id = %s AND o.state <> 'cancelled'""",
        [brand.ctx.organisation_id],
    ):
        key = of[line["id"]] = names[line["connection_id"]], line["external_id"]
        books.units.setdefault(key, Counter())[line["sku"]] += line["qty"]
        books.came[key] = line["came"]
    books.orders = Counter(of.values())
    held = db.dicts(
        """SELECT f.order_id, l.sku, fl.qty, s.on_hand - s.committed - s.reserved AS free
             FROM orders_hold h
             JOIN orders_fulfilmentorder f ON f.organisation_id = h.organisation_id AND f.id = h.fulfilment_order_id
             JOIN orders_fulfilmentorderline fl ON fl.organisation_id = f.organisation_id AND fl.fulfilment_order_id = f.id
             JOIN orders_orderline l ON l.organisation_id = f.organisation_id AND l.id = fl.order_line_id
             JOIN stock_item s ON s.organisation_id = f.organisation_id AND s.variant_id = l.variant_id
            WHERE h.organisation_id = %s AND h.released_at IS NULL AND h.reason = 'inventory_out_of_stock'""",
        [brand.ctx.organisation_id],
    )
    for line in held:
        books.held[of[line["order_id"]]][line["sku"]] += line["qty"]
        books.idle += line["free"] >= line["qty"]
    for order in orders.list_orders(brand.now(), where=OrderFilter(view="held"), limit=5000):
        if order.id in of:
            books.listed.add(of[order.id])
    return books


def missing(brand: Stall, shops: Sequence[Open]) -> int:
    """Orders that shops took and that are not in our books yet."""
    ours = read_books(brand, shops).units
    return sum((shop.kind, number) not in ours for shop in shops for number in shop.orders())


def figures(brand: Stall, shops: Sequence[Open], told: Told) -> dict[str, float]:
    """What is counted after the sale, without a name in front."""
    books = read_books(brand, shops)
    theirs = {(shop.kind, number): units for shop in shops for number, units in shop.orders().items()}
    theirs |= {(one.channel, one.number): Counter({one.sku: one.qty}) for one in told.takings if one.channel in (STORE, TILL)}
    sold = _by_sku(theirs)
    excess = {sku: max(qty - EACH, 0) for sku, qty in sold.items()}
    lag = sold_in_lag(shops, told.takings, books, numbers=numbers_taken(brand))
    lost = [key for key in theirs if key not in books.units]
    doubled = [key for key in books.units if key not in theirs or books.orders[key] != len(books.units[key])]
    doubled += [key for key, units in books.units.items() if key in theirs and units != theirs[key]]
    held = _by_sku(books.held)
    return {
        "orders": len(theirs), "units": sum(sold.values()), "sold_out": sum(told.sold_out.values()),
        "ledger_oversold": beyond_books(brand) + beyond_answers(theirs, books), "lost": len(lost), "doubled": len(set(doubled)),
        "unfillable": sum(units.total() for units in books.held.values()),
        "excess": sum(excess.values()), "sold_in_lag": sum(lag.values()),
        "beyond_lag": sum(max(more - lag[sku], 0) for sku, more in excess.items()),
        "held_beyond_excess": sum(max(0, held[sku] - excess.get(sku, 0) - 1) for sku in held),
        "unlisted": len(set(books.held) - books.listed), "idle": books.idle, "troubles": len(told.troubles),
    }  # fmt: skip


def _by_sku(orders: Mapping[tuple[str, str], Counter[str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for units in orders.values():
        found.update(units)
    return found


def beyond_books(brand: Stall) -> int:
    """Units that our counters promise beyond what is there."""
    from doorstep.base import db

    sql = """SELECT COALESCE(sum(GREATEST(committed + reserved - on_hand, 0)), 0) FROM stock_item WHERE organisation_id = %s"""
    return int(db.scalar(sql, [brand.ctx.organisation_id]))


def beyond_answers(theirs: Mapping[tuple[str, str], Counter[str]], books: Books) -> int:
    """Units that were promised beyond what there was, as those know it who sold: all that they sold but what we said must wait."""
    promised = _by_sku(theirs)
    promised.subtract(_by_sku(books.held))
    return sum(max(qty - EACH, 0) for qty in promised.values())


def sold_in_lag(
    shops: Sequence[Open], takings: Sequence[Taking], books: Books, *,
    numbers: Mapping[tuple[int, str], Sequence[tuple[float, float]]],
) -> Counter[str]:  # fmt: skip
    """Units by SKU that a channel sold after units were bought elsewhere and before it had taken a number that knows of it.

    The lag begins with the purchase and ends with the shop's word that it shows a number which was wanted after that purchase was
    in our books; where none had to be told any more, with the last that was under way.  A till is in its lag while it has no
    connection; and what it sold though others were promised it counts as well (docs/adr/0033).  `numbers`: as `numbers_taken`.
    """
    ids = {shop.kind: shop.connection_id for shop in shops}
    by_sku: dict[str, list[Taking]] = defaultdict(list)
    for one in takings:
        by_sku[one.sku].append(one)
    found: Counter[str] = Counter()
    for sku, here in by_sku.items():
        for one in here:
            if one.channel in ids:
                told = numbers.get((ids[one.channel], sku), [])
                late = any(
                    other.channel != one.channel and other.began <= one.ended and one.began <= _known(other, told, books)
                    for other in here
                )
            else:
                late = one.channel == TILL and (one.moved or one.ended - one.began > 5)
            found[sku] += one.qty if late else 0
    return found


def _known(other: Taking, told: Sequence[tuple[float, float]], books: Books) -> float:
    """Until when a channel, which was told so, did not know of a purchase elsewhere."""
    came = books.came.get((other.channel, other.number), float("inf")) + COMMITS_WITHIN_S
    n = bisect_left(told, (came, 0.0))
    if n < len(told):
        return told[n][1]
    return max([came, *(answered for _, answered in told[-1:])])


def numbers_taken(brand: Stall) -> dict[tuple[int, str], list[tuple[float, float]]]:
    """When numbers were wanted that channels took, and when they took them, by connection and SKU."""
    from doorstep.base import db

    found: dict[tuple[int, str], list[tuple[float, float]]] = defaultdict(list)
    rows: list[dict[str, Any]] = db.dicts(
        """SELECT t.connection_id, v.sku, extract(epoch FROM t.wanted_at)::float AS wanted,
                  extract(epoch FROM t.answered_at)::float AS answered
             FROM channels_numbertold t JOIN channels_listing l ON l.id = t.listing_id JOIN catalog_variant v ON v.id = l.variant_id
            WHERE t.organisation_id = %s AND t.outcome = 'taken' ORDER BY t.wanted_at""",
        [brand.ctx.organisation_id],
    )
    for row in rows:
        found[row["connection_id"], row["sku"]].append((row["wanted"], row["answered"]))
    return found
