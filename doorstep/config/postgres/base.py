"""A connection of Django's pool that is known to live.

psycopg's pool can look at each connection before it gives it out, but waits after each dead one, a second and then twice as long:
with four of them the first answer after the database was back took six seconds, with eight there was none within ten. Here the
first dead one has all that rest in the pool looked at. Nor does a pool try more seldom the longer the database is away: its
attempts give up soon, and whoever waits has it try anew.
"""

from __future__ import annotations

import time
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, Error
from psycopg_pool import ConnectionPool, PoolTimeout

WAITED_S = 10.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Django finds it by this name."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        """A connection that lives.  Raises: OperationalError where there is none within ten seconds."""
        until = time.monotonic() + WAITED_S
        while True:
            try:
                found: Connection[Any] = super().get_new_connection(conn_params)
            except PoolTimeout:
                if time.monotonic() > until:
                    raise
                continue
            if self.pool is None or _lives(found) or time.monotonic() > until:
                return found
            self.pool.putconn(found)
            self.pool.check()


def _lives(connection: Connection[Any]) -> bool:
    try:
        ConnectionPool.check_connection(connection)
    except Error:
        return False
    return True
