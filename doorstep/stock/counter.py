"""Units that are handed to a customer over the counter of a shop: they are gone at once, whoever else was promised them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from doorstep.base import db
from doorstep.base.ctx import Ctx
from doorstep.stock import bulk, events, holding, locks, lying, turns
from doorstep.stock.bulk import Move
from doorstep.stock.holding import LINES
from doorstep.stock.rules import Lying
from doorstep.stock.values import CartLineRow, CartState, MovementKind, ReservationRow, Want

FOUND, SOLD = "found at the till", "sold in shop"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the books say of one variant in one shop.

    `free`: units there that no order is pinned to; `spare`: of the pool, those that nobody was promised; `reserved`: those
    that carts hold; `lying`: where units lie and who may need them.
    """

    location_id: int
    free: int
    spare: int
    reserved: int
    lying: Lying

    @property
    def can_go(self) -> int:
        """Units that may leave the shop with every promise kept; below zero where one cannot be kept already."""
        return min(self.free, self.spare_of(self.lying, self.reserved, self.spare))

    def spare_of(self, lying: Lying, reserved: int, spare: int) -> int:
        """The same, as far as promises without a place and carts go."""
        return min(spare, lying.reach(frozenset({self.location_id}), in_carts=reserved))

    def missing(self, qty: int) -> tuple[int, int]:
        """Units that lack here, since orders are pinned to them, and units that lack as others count on them from anywhere."""
        here = max(qty - self.free, 0)
        return here, max(qty - here - max(self.spare_of(self.lying, self.reserved, self.spare), 0), 0)

    def gains(self, near: Sequence[int] | None) -> bool:
        """Whether one more unit could go, were one promise given up that may come from these places."""
        places = None if near is None else frozenset(near)
        without = replace(self.lying, free=dict(self.lying.free), promised=self.lying.promised - Counter({places: 1}))
        now = self.spare_of(self.lying, self.reserved, self.spare)
        return self.spare_of(without, self.reserved, self.spare + 1) > now


def standing(ctx: Ctx, *, variant_ids: Sequence[int], location_id: int, references: Sequence[int] = ()) -> dict[int, Standing]:
    """What the books say of variants in a shop, held still until the transaction ends.

    Locks: the open promises of `references` by id, then the pool rows of the variants, then their levels there.
    """
    variants = sorted(set(variant_ids))
    bulk.open_of(ctx, list(references))
    pool = locks.pool_rows(ctx, variants)
    levels = locks.level_rows(ctx, [(v, location_id) for v in variants])
    where = lying.of(ctx, variants, pool=pool, kept_back=True)
    return {
        v: Standing(location_id, levels[(v, location_id)].free, pool[v].spare, pool[v].reserved, where[v]) for v in variants
    }


def promises(ctx: Ctx, *, variant_ids: Sequence[int], location_id: int) -> list[ReservationRow]:
    """Units that order lines were promised from a shop, and those promised from no place yet."""
    return db.rows(
        ReservationRow,
        """SELECT id, variant_id, reference_id, qty, location_id, places FROM stock_reservation
            WHERE organisation_id = %s AND variant_id = ANY(%s) AND state = 'open' AND reference_kind = 'order_line'
              AND (location_id = %s OR location_id IS NULL) ORDER BY id""",
        [ctx.organisation_id, list(variant_ids), location_id],
    )


def end_newest_cart(ctx: Ctx, *, variant_id: int) -> int:
    """Has the cart that was filled last give up this variant.  Returns: units that are free now; 0 where no cart holds any.

    Needs: the pool row locked.  Emits: StockArrived.
    """
    newest = db.rows(
        CartLineRow,
        f"""{LINES} WHERE l.organisation_id = %s AND l.variant_id = %s AND l.state = 'open'
             ORDER BY c.made_at DESC, l.id DESC LIMIT 1""",
        [ctx.organisation_id, variant_id],
    )
    bulk.apply(ctx, holding.end(ctx, newest, CartState.RELEASED))
    turns.tell(ctx, type=events.STOCK_ARRIVED, variants={line.variant_id for line in newest}, reason="reservation_ended")
    return sum(line.qty for line in newest)


@transaction.atomic
def hand_over(ctx: Ctx, *, wants: Sequence[Want], location_id: int, found: Mapping[int, int]) -> None:
    """Takes units out of a shop that its customers hold in their hands.

    `found`: units by variant of which the books knew nothing; they are put right first, with a reason of its own, so that
    every counter stays the sum of its movements.  Units: whole units.  Locks: pool rows, then levels.  Emits: StockChanged.
    Needs: that no promise counts on these units, see `Standing.can_go`.
    """
    variants = sorted({want.variant_id for want in wants})
    locks.pool_rows(ctx, variants)
    locks.level_rows(ctx, [(v, location_id) for v in variants])
    wanted: Counter[tuple[int, int]] = Counter()
    for want in wants:
        wanted[want.reference_id, want.variant_id] += want.qty
    db.execute(
        """INSERT INTO stock_reservation (organisation_id, reference_kind, reference_id, variant_id, qty, location_id, state,
                                          made_at)
           SELECT %s, 'order_line', u.r, u.v, u.q, %s, 'fulfilled', %s
             FROM unnest(%s::bigint[], %s::bigint[], %s::int[]) u(r, v, q)""",
        [
            ctx.organisation_id, location_id, ctx.now, *db.columns([(r, v, qty) for (r, v), qty in sorted(wanted.items())], 3),
        ],
    )  # fmt: skip
    first = {v: f"order_line:{r}" for (r, v), _ in sorted(wanted.items(), reverse=True)}
    bulk.apply(
        ctx,
        [
            Move(v, location_id, MovementKind.ADJUSTMENT, FOUND, first[v], on_hand=qty)
            for v, qty in sorted(found.items()) if qty
        ]
        + [
            Move(v, location_id, MovementKind.SALE, SOLD, f"order_line:{r}", on_hand=-qty)
            for (r, v), qty in sorted(wanted.items())
        ],
    )  # fmt: skip
    turns.tell(ctx, type=events.STOCK_CHANGED, variants=set(variants), reason="sold_in_shop")
