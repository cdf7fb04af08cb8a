"""Rows that follow their customer when two of them turn out to be one, and back: each room names its tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from doorstep.base import db
from doorstep.base.ctx import Ctx


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one table that refer to a customer.  `is_dated`: whether a change of owner moves their `updated_at`."""

    table: str
    is_dated: bool = False

    def move(self, ctx: Ctx, *, keep_id: int, gone_id: int) -> list[int]:
        """Gives the rows of one customer to another.  Returns: the ids that moved.  Locks: the rows by id."""
        self._lock(ctx, gone_id)
        return db.column(
            f"""UPDATE {self.table} SET customer_id = %s{self._date()}
                 WHERE organisation_id = %s AND customer_id = %s RETURNING id""",
            [keep_id, *self._now(ctx), ctx.organisation_id, gone_id],
        )

    def give_back(self, ctx: Ctx, *, ids: list[int], keep_id: int, gone_id: int) -> int:
        """Gives rows back that a merge moved, as far as they are still where they went.

        Returns: how many.  Locks: the rows by id.
        """
        self._lock(ctx, keep_id, "id", ids)
        return db.execute(
            f"""UPDATE {self.table} SET customer_id = %s{self._date()}
                 WHERE organisation_id = %s AND customer_id = %s AND id = ANY(%s)""",
            [gone_id, *self._now(ctx), ctx.organisation_id, keep_id, ids],
        )

    def follow(self, ctx: Ctx, *, order_ids: list[int], keep_id: int, gone_id: int) -> int:
        """Gives rows back that came of orders which went back, whenever they came.

        Returns: how many.  Locks: the rows by id.
        """
        self._lock(ctx, keep_id, "order_id", order_ids)
        return db.execute(
            f"""UPDATE {self.table} SET customer_id = %s{self._date()}
                 WHERE organisation_id = %s AND customer_id = %s AND order_id = ANY(%s)""",
            [gone_id, *self._now(ctx), ctx.organisation_id, keep_id, order_ids],
        )

    def _lock(self, ctx: Ctx, customer_id: int, column: str = "", ids: Sequence[int] = ()) -> None:
        """An UPDATE alone locks rows as they lie, and meets whoever locks the same ones by id in a deadlock."""
        some = f" AND {column} = ANY(%s)" if column else ""
        db.column(
            f"SELECT id FROM {self.table} WHERE organisation_id = %s AND customer_id = %s{some} ORDER BY id FOR NO KEY UPDATE",
            [ctx.organisation_id, customer_id, *([list(ids)] if column else [])],
        )

    def count(self, ctx: Ctx, *, customer_id: int) -> int:
        """How many rows a customer has."""
        return int(
            db.scalar(
                f"SELECT count(*) FROM {self.table} WHERE organisation_id = %s AND customer_id = %s",
                [ctx.organisation_id, customer_id],
            )
        )

    def _date(self) -> str:
        return ", updated_at = %s" if self.is_dated else ""

    def _now(self, ctx: Ctx) -> list[object]:
        return [ctx.now] if self.is_dated else []
