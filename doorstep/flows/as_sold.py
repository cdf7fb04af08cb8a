"""What shops are told is in the SKUs that they sold: of an opened bundle they know the bundle alone, and only whole ones count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from doorstep.base.ctx import Ctx
from doorstep.channels import queries as channels
from doorstep.orders import actions, opening
from doorstep.orders import queries as orders
from doorstep.orders.values import LineRow

Units = Mapping[int, int]


@dataclass(slots=True)
class Teller:
    """Says what moved of one order, in the SKUs that were sold.

    `told`: bundles that the shop knows of already; what `say` says counts to them.
    """

    lines: Sequence[LineRow]
    told: Counter[str] = field(default_factory=Counter)

    def say(self, *, here: Units, so_far: Units) -> list[list[str | int]]:
        """What moved now: other lines as they are, and the bundles that are complete by now and were not told before.

        Shapes: units by order line, here and in all; (SKU, units) out.  The rest of a bundle is told with its last part.
        """
        said: list[list[str | int]] = [
            [line.sku, here[line.id]] for line in self.lines if line.bundle_id is None and here.get(line.id)
        ]
        whole: Counter[str] = Counter()
        for inside in opening.bundles_of(self.lines).values():
            whole[inside[0].bundle_sku] += min(so_far.get(line.id, 0) // line.bundle_each for line in inside)
        for sku, qty in whole.items():
            if qty > self.told[sku]:
                said.append([sku, qty - self.told[sku]])
                self.told[sku] = qty
        return said


def tellers(ctx: Ctx, *, order_ids: Sequence[int], keys: Mapping[int, Sequence[str]]) -> dict[int, Teller]:
    """Who says what moved of orders, by order.  Shapes: `keys` are those of the notices that may have told of an order.

    Locks: the orders that have bundles, ascending, so that two parcels of one are not both the last.
    """
    made = {id: Teller([]) for id in sorted(set(order_ids))}
    for line in orders.lines_of(ctx, order_ids=list(made)):
        made[line.order_id].lines = [*made[line.order_id].lines, line]
    with_bundles = [id for id, teller in made.items() if any(line.bundle_id for line in teller.lines)]
    for id in with_bundles:
        actions.lock_order(ctx, order_id=id)
    of = {key: id for id in with_bundles for key in keys.get(id, ())}
    for notice in channels.notices_by_key(ctx, keys=list(of)).values():
        teller = made[of[notice.key]]
        bundles = {line.bundle_sku for line in teller.lines if line.bundle_id is not None}
        for sku, qty in notice.arguments["lines"]:
            if sku in bundles:
                teller.told[str(sku)] += int(qty)
    return made
