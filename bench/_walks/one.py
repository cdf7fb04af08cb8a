"""Walk 1: orders come in with and without a payment method, are picked, packed and handed over; some are called off."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from bench import _brand
from bench._walks.world import World

EVERY_S = 0.3  # each of the two ways
DECLINED, CALLED_OFF = 0.08, 0.05  # shares of the orders whose money we take


class Buying:
    """Customers at the API, and at a shop that leaves the money to us."""

    def __init__(self, world: World) -> None:
        self.world, self.random, self.odd, self.even = world, world.random("buying"), -1, 0

    def buy(self) -> None:
        """One order through the API, of one brand or the other."""
        if self._is_closed():
            return
        self.odd += 2
        if self.odd % 4 == 1:
            self._by_api(self.odd, _brand.order(self.odd, self.random), self.world.key)
        else:
            self._by_api(self.odd, _brand.order(self.odd, self.random, prefix="Q"), self.world.quiet[1])

    def buy_by_method(self) -> None:
        """One order whose money we take; what a kill interrupts is tried again as the same order."""
        if not self._is_closed():
            self._by_method(self.even + 2)
            self.even += 2

    def _is_closed(self) -> bool:
        time.sleep(EVERY_S)
        return self.world.closing.is_set()

    def _by_api(self, number: int, body: dict[str, Any], by: str) -> None:
        made = self.world.post("/orders", body, key=f"order-{number}", by=by)
        if made is None:
            self.world.troubles.append(f"order {number} was refused")
        else:
            self.world.sent[body["external_id"]] = made["id"]

    def _by_method(self, number: int) -> None:
        from doorstep.flows import intake
        from doorstep.orders.placing import Accepted, Duplicate

        random = self.world.random(f"order-{number}")
        draft = _brand.paid_by_method(number, random, declined=random.random() < DECLINED, at=self.world.ctx.now)
        [answer] = intake.accept(self.world.now(), [draft])
        if isinstance(answer, Accepted | Duplicate):
            self.world.sent[draft.external_id] = answer.order_id
        else:
            self.world.troubles.append(f"order {number}: {answer!r}")


class Floor:
    """The picker, and the colleague who calls orders off."""

    def __init__(self, world: World) -> None:
        self.world = world

    def work(self) -> None:
        """One pass over the floors of both brands."""
        ctx = self.world.now()
        for owner in (ctx.organisation_id, self.world.quiet[0].organisation_id):
            self._pass(replace(ctx, organisation_id=owner))

    def _pass(self, ctx: Any) -> None:
        from doorstep.flows import ship
        from doorstep.fulfilment import actions, queries, scanning
        from doorstep.shipping import queries as parcels

        for row in queries.list_pick_lists(ctx):
            for task in queries.tasks_of(ctx, pick_list_id=row.id):
                for n in range(task.picked, task.qty):
                    client_id = f"{task.id}-{n}"
                    scanning.scan(ctx, pick_list_id=row.id, client_id=client_id, code=task.sku, typed=False, at=ctx.now)
        for part in queries.find_to_pack(ctx):
            actions.pack(ctx, fulfilment_order_id=int(str(part["fulfilment_order_id"])))
        ready = [p.id for p in parcels.on_the_floor(ctx) if p.state == "labelled"]
        if ready:
            ship.hand_over(ctx, parcel_ids=ready)

    def call_off(self) -> None:
        """Cancels what was declined, and a few orders while their money is under way."""
        from doorstep.base import db
        from doorstep.base.refusals import Refused
        from doorstep.flows import cancel

        ctx = self.world.now()
        found = db.dicts(
            """SELECT o.id, p.state FROM orders_order o JOIN payments_payment p ON p.order_id = o.id
                WHERE o.state = 'open' AND o.fulfilment_state = 'unfulfilled' AND p.account_id IS NOT NULL"""
        )
        for line in found:
            if line["state"] == "declined" or self._is_regretted(line):
                try:
                    cancel.cancel(ctx, order_id=line["id"], reason="customer")
                except Refused:  # it has just left
                    continue

    def _is_regretted(self, line: dict[str, Any]) -> bool:
        return self.world.random(f"regret-{line['id']}").random() < CALLED_OFF
