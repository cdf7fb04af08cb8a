"""Where orders came from, in words: a shop, or a program that spoke to the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext

from doorstep.base import outbox
from doorstep.base.ctx import Ctx
from doorstep.orders.events import ORDER_PLACED
from doorstep.orders.values import OrderRow


def words_of(ctx: Ctx, *, rows: Sequence[OrderRow], shops: Mapping[int, str]) -> dict[int, str]:
    """The shop or the API key that brought each order, by order; "" for others.  Shapes: `shops` are names by connection."""
    lone = [row.id for row in rows if not row.connection_id]
    placers = outbox.actors_of(ctx, of=[f"order:{id}" for id in lone], type=ORDER_PLACED) if lone else {}
    keys = {timeline: actor.name for timeline, actor in placers.items() if actor.kind == "api_key"}
    return {row.id: shops.get(row.connection_id) or _key(keys.get(f"order:{row.id}")) for row in rows}


def _key(name: str | None) -> str:
    return "" if name is None else gettext("API, key %(name)s") % {"name": name}
