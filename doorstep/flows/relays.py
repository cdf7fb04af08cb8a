"""Buyers who write by an address that their shop gave them: whose order it is about.

Such an address names nobody, so whoever writes is no customer of their own: they are those of their order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from doorstep.base import aging
from doorstep.base.ctx import Ctx
from doorstep.channels import queries
from doorstep.inbox import relayed
from doorstep.messaging import aging as mails
from doorstep.orders import queries as orders
from doorstep.orders import recipients
from doorstep.orders.values import OrderRow

MOST_NUMBERS = 200
_AFTER_A_NUMBER = re.compile(r"[.\-_/…]+$|[가-힣]+$")  # a full stop, a Korean particle
_WORD = re.compile(r"[^\s,;:!?()\[\]{}\"'“”‘’<>]{1,60}")


def orders_of(ctx: Ctx, *, mails: Sequence[tuple[str, str]]) -> dict[int, OrderRow]:
    """Whose orders mails are about that came by the address of a shop.

    The order that a mail names, of the shop by whose address it came; else the newest of whom the shop gave that address.
    Shapes: mails are (address, what it says); by place in the list, others are left out.
    """
    domains = [address.rpartition("@")[2].lower() for address, _ in mails]
    if not mails:
        return {}
    shops_of = _shops_of(ctx, set(domains))
    found = {}
    for n, ((address, text), domain) in enumerate(zip(mails, domains, strict=True)):
        if domain in shops_of and (order := _order(ctx, shops_of[domain], address, text)) is not None:
            found[n] = order
    return found


def _shops_of(ctx: Ctx, domains: set[str]) -> dict[str, list[int]]:
    """The connections whose buyers write by these domains."""
    found: dict[str, list[int]] = {}
    active = [row for row in queries.list_connections(ctx) if row.active]
    for id, can in queries.abilities_of(ctx, connections=active).items():
        for domain in domains.intersection(can.relays):
            found.setdefault(domain, []).append(id)
    return found


def _order(ctx: Ctx, connection_ids: Sequence[int], address: str, text: str) -> OrderRow | None:
    numbers = numbers_in(text)[:MOST_NUMBERS]
    named = orders.find_existing(ctx, keys=[(id, number) for id in connection_ids for number in numbers])
    ids = sorted({row.id for row in named.values()}, reverse=True) or recipients.find_by_mail(ctx, email=address)[:1]
    return orders.orders_by_id(ctx, ids=ids[:1]).get(ids[0]) if ids else None


def numbers_in(text: str) -> list[str]:
    """Words of a text that could be the number of an order, as they stand and without what stands behind them."""
    said = [word for word in _WORD.findall(text) if any(char.isdigit() for char in word)]
    return list(dict.fromkeys(said + [_AFTER_A_NUMBER.sub("", word).rstrip(".") for word in said]))


def erase(ctx: Ctx, *, order_ids: Sequence[int]) -> None:
    """Erases by which addresses buyers wrote about these orders: from conversations, mails to them and the bytes of theirs."""
    able = queries.abilities_of(ctx, connections=queries.list_connections(ctx))
    domains = sorted({domain for can in able.values() for domain in can.relays})
    addresses, arrival_ids = relayed.erase(ctx, order_ids=order_ids, domains=domains) if domains else ([], [])
    if addresses:
        mails.erase_addresses(ctx, addresses=addresses)
        aging.forget_letters(ctx, ids=arrival_ids)
