"""A connection of Django's pool that is known to live.

psycopg's pool can look at each connection before it gives it out, but waits after each dead one, a second and then twice as long:
a process with five of them answered nothing for fifteen seconds after the database was back. Here the first dead one has all
that rest in the pool looked at.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, Error
from psycopg_pool import ConnectionPool

TIMES = 10  # so many connections a pool has


class DatabaseWrapper(base.DatabaseWrapper):
    """Django finds it by this name."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        """A connection that lives.  Raises: OperationalError where the database is away."""
        for _ in range(TIMES):
            found: Connection[Any] = super().get_new_connection(conn_params)
            if self.pool is None or _lives(found):
                break
            self.pool.putconn(found)
            self.pool.check()  # one that somebody else holds may still come back dead
        return found


def _lives(connection: Connection[Any]) -> bool:
    try:
        ConnectionPool.check_connection(connection)
    except Error:
        return False
    return True
