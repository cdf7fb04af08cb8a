"""Every shop in use in turn; one that says what nobody foresaw is marked, and stops no other."""

from __future__ import annotations

from collections.abc import Callable

from doorstep.base import alone
from doorstep.base.ctx import Ctx
from doorstep.channels import actions as channels
from doorstep.channels import queries
from doorstep.channels.port import shops
from doorstep.channels.values import ConnectionRow


def ask(ctx: Ctx, do: Callable[[ConnectionRow], int]) -> int:
    """Asks every connection in use, as `alone.each` does it.  Returns: the sum of what `do` returned."""

    def mark(connection: ConnectionRow, trouble: Exception) -> None:
        channels.note_problem(ctx, connection_id=connection.id, problem=f"{type(trouble).__name__}: {trouble}")

    used = [row for row in queries.list_connections(ctx) if row.active and row.provider in shops.names()]
    return alone.each(used, do, named=lambda row: f"connection {row.id}", mark=mark)
