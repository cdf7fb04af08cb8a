"""A PostgreSQL address as Django wants it."""

from __future__ import annotations

import sys
from typing import Any

from psycopg.conninfo import conninfo_to_dict


def database_from_url(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for a libpq address; an empty one gives a database that refuses to connect."""
    parts = conninfo_to_dict(url) if url else {"dbname": "doorstep-database-url-is-not-set"}
    known = {"dbname", "user", "password", "host", "port"}
    return {
        "ENGINE": "doorstep.config.postgres",
        "NAME": parts.get("dbname", ""),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": parts.get("port", ""),
        "CONN_MAX_AGE": 0,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {
            **{k: v for k, v in parts.items() if k not in known},
            "prepare_threshold": sys.maxsize,  # only what asks for it (base.db); never is not possible then
            "pool": {"min_size": 1, "max_size": 10, "timeout": 2, "reconnect_timeout": 1.5},  # and again, for ten seconds
            "options": "-c idle_in_transaction_session_timeout=60000 -c statement_timeout=120000",
        },
    }
