"""What a killed process held in the database while it waited for something itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psycopg
import pytest
from django.db import connection

from doorstep.base import db

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(bool(os.environ.get("DOORSTEP_TEST_DATABASE_URL")), reason="a server of somebody else's"),
]
HELD, WANTED = 771, 772
CLIENT = """
import psycopg, sys
with psycopg.connect(sys.argv[1]) as one:
    one.execute("SELECT pg_advisory_xact_lock(771)")
    print("holds", flush=True)
    one.execute("SELECT pg_advisory_xact_lock(772)")
"""


def test_what_a_killed_client_holds_is_free_soon_although_it_waited_for_a_lock() -> None:
    connection.ensure_connection()
    dsn = connection.connection.info.dsn
    db.execute("SELECT pg_advisory_lock(%s)", [WANTED])
    try:
        with subprocess.Popen([sys.executable, "-c", CLIENT, dsn], stdout=subprocess.PIPE, text=True) as client:
            assert client.stdout
            assert client.stdout.readline() == "holds\n"
            time.sleep(0.5)  # it waits for the other lock now
            client.kill()
        began = time.monotonic()
        with psycopg.connect(dsn, autocommit=True) as other:
            other.execute("SET lock_timeout = '60s'")
            other.execute("SELECT pg_advisory_lock(%s)", [HELD])
        took_s = time.monotonic() - began
    finally:
        db.execute("SELECT pg_advisory_unlock(%s)", [WANTED])
    assert took_s < 20
