"""Orders that change before they are picked, and what of them is sent again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ninja import Router

from doorstep.api.v1 import show, translate
from doorstep.api.v1.door import Asked
from doorstep.api.v1.operations import operation
from doorstep.api.v1.order_shapes import EditIn, EditOut, OrderDetailOut, ReshipIn, ReshipOut, SplitIn
from doorstep.api.v1.orders import order_document
from doorstep.api.v1.shapes import Id
from doorstep.api.v1.wishes import named_wish_of
from doorstep.base.words import gettext_noop
from doorstep.flows import edit_order, promises, reship, split_waiting
from doorstep.flows.edit_order import Added, Edit, Effects
from doorstep.flows.reship import Reship
from doorstep.orders import queries, recipients

router = Router(tags=["Orders"])


@operation(router, "POST", "/orders/{order_id}/edits", scope="orders:write", answers={200: EditOut})
def edit_order_lines(request: Asked, order_id: Id, given: EditIn) -> dict[str, Any]:
    """Changes lines, discount and address of an order of which nothing is picked; with `preview` it only says what would
    happen. Fewer units are given back to stock; more are promised, or wait in a part that is held. The parts are routed
    anew where units or the country change. An order that only brings units again keeps its lines and discount: other ones
    are refused with `brings_again`."""
    currency = queries.get(request.ctx, id=order_id).order.currency
    edit = _read(given, currency)
    do = edit_order.preview if given.preview else edit_order.apply
    effects = do(request.ctx, order_id=order_id, version=given.version, edit=edit)
    return _shown(effects, applied=not given.preview) | {"order": _order(request, effects, given.preview)}


def _read(given: EditIn, currency: str) -> Edit:
    wrong = translate.Mistakes()
    qty = {line.order_line_id: line.qty for line in given.lines}
    if len(qty) != len(given.lines):
        wrong.add("/lines", "named_twice", gettext_noop("names a line twice."))
    added = tuple(
        Added(
            wrong.text(f"/add/{n}/sku", line.sku, longest=translate.LONGEST["sku"], required=True), line.qty,
            None if line.unit_price is None else wrong.money(f"/add/{n}/unit_price", line.unit_price, currency).minor,
        )
        for n, line in enumerate(given.add)
    )  # fmt: skip
    discount = None if given.discount is None else wrong.money("/discount", given.discount, currency).minor
    ship_to = None if given.ship_to is None else translate.address(wrong, "/ship_to", given.ship_to)
    wrong.refuse()
    return Edit(qty, added, discount, ship_to)


def _order(request: Asked, effects: Effects, is_preview: bool) -> dict[str, Any]:
    """The order as it is now; of a preview as it would be."""
    if is_preview:
        is_apart = bool(recipients.rows(request.ctx, order_ids=[effects.after.order.id]))  # an answer may be kept, an address not
        after = replace(effects.after, ship_to=effects.before.ship_to) if is_apart else effects.after
        return show.order_detail(after, [], [])
    return order_document(request.ctx, effects.after.order.id)


def _shown(effects: Effects, *, applied: bool) -> dict[str, Any]:
    currency = effects.after.order.currency
    return {
        "applied": applied, "total_before": show.money(effects.before.order.total_minor, currency),
        "total": show.money(effects.after.order.total_minor, currency),
        "difference": show.money(effects.difference_minor, currency), "follows": effects.follows,
        "promised": _units(effects.promised), "released": _units(effects.released), "short": _units(effects.short),
        "rerouted": effects.rerouted,
    }  # fmt: skip


def _units(units: Mapping[int, int]) -> list[dict[str, int]]:
    return [{"variant_id": id, "qty": qty} for id, qty in sorted(units.items())]


@operation(router, "POST", "/orders/{order_id}/reships", scope="orders:write", answers={200: ReshipOut})
def reship_order(request: Asked, order_id: Id, given: ReshipIn) -> dict[str, Any]:
    """Sends units that have left again at no charge, as an order of its own to the same address; with `preview` it only
    says what would happen. The `Idempotency-Key` must be given with the act: under the same key it is sent once, for ever."""
    wrong = translate.Mistakes()
    note = wrong.text("/note", given.note, longest=500, lines=True)
    wrong.refuse()
    units = translate.units_of(given.lines)
    wish = Reship(units, given.reason, note)
    if given.preview:
        sent = reship.preview(request.ctx, order_id=order_id, reship=wish)
    else:
        sent = reship.apply(request.ctx, order_id=order_id, reship=wish, key=named_wish_of(request))
    return {
        "applied": not given.preview, "worth": show.money(sent.worth_minor, sent.order.order.currency),
        "short": list(sent.short), "order": show.order_detail(sent.order, [], []),
    }  # fmt: skip


@operation(router, "POST", "/orders/{order_id}/splits", scope="orders:write", answers={200: OrderDetailOut})
def split_order(request: Asked, order_id: Id, given: SplitIn) -> dict[str, Any]:
    """Lets another location fulfil units of a fulfilment order, in a part of their own; of which nothing is picked. Without
    a location it parts one that waits for stock: what is here leaves, and what waits keeps its turn and its promise."""
    queries.get(request.ctx, id=order_id)
    wrong = translate.Mistakes()
    note = wrong.text("/note", given.note, longest=500, lines=True)
    wrong.refuse()
    units = translate.units_of(given.lines)
    if given.location_id is None:
        split_waiting.split(
            request.ctx, order_id=order_id, version=given.version, fulfilment_order_id=given.fulfilment_order_id, units=units
        )
    else:
        edit_order.split(
            request.ctx, order_id=order_id, version=given.version, fulfilment_order_id=given.fulfilment_order_id,
            units=units, location_id=given.location_id, note=note,
        )  # fmt: skip
    return order_document(request.ctx, order_id)


@operation(router, "POST", "/orders/{order_id}/promise", scope="orders:write", answers={200: OrderDetailOut})
def promise_order_again(request: Asked, order_id: Id) -> dict[str, Any]:
    """Promises the day that is expected now, of an order that will be later than its customer was told, and writes to the
    customer. Where nothing is late or no new day is known: `no_new_day`."""
    queries.get(request.ctx, id=order_id)
    promises.promise_again(request.ctx, order_id=order_id)
    return order_document(request.ctx, order_id)
