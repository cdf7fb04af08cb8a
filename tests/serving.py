"""A real uvicorn on a free port, with the test database: streams and browsers need one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from uuid import uuid4

import httpx
from django.db import connection
from psycopg.conninfo import make_conninfo

from doorstep.base import db, tls

ROOT = Path(__file__).resolve().parent.parent
PORTS = range(20_000, 32_000)


@dataclass(frozen=True)
class Web:
    """A web process: where it answers, and its process."""

    url: str
    process: subprocess.Popen[bytes]

    def stop(self) -> float:
        """Asks it to stop as a supervisor would; gives the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        return time.monotonic() - began


def free_port() -> int:
    """A port for somebody who binds it in a moment; below those that the kernel gives meanwhile to whoever wants any."""
    for port in SystemRandom().sample(PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")


def database_url() -> str:
    """The address of the database that this test uses."""
    found = connection.settings_dict
    parts = {"dbname": found["NAME"], "user": found["USER"], "password": found["PASSWORD"], "host": found["HOST"]}
    return make_conninfo(**{key: str(value) for key, value in (parts | {"port": found["PORT"]}).items() if value})


def environment() -> dict[str, str]:
    """What a process of ours needs to work on the database that this test uses."""
    return os.environ | {
        "DOORSTEP_DATABASE_URL": database_url(), "DOORSTEP_DIRECT_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "doorstep.config.settings", "PYTHONWARNINGS": "ignore",
    }  # fmt: skip


@contextmanager
def killed(work: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that does this until the block ends; then it is killed, and the database has noticed.

    A server holds the locks of a dead client until it has read that nobody is there any more.
    """
    name = f"killed-{uuid4().hex}"
    code = f"from doorstep.base import garbage; garbage.seldom(); import django; django.setup()\n{work}"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment() | {"PGAPPNAME": name})
    try:
        yield process
        assert process.poll() is None, "it was done before it could be killed"
    finally:
        process.kill()
        process.wait()
    deadline = time.monotonic() + 60
    while db.scalar("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [name]):
        assert time.monotonic() < deadline, "the database keeps the sessions of a process that is dead"
        time.sleep(0.02)


@contextmanager
def web(port: int | None = None) -> Iterator[Web]:
    """Runs the web process until the block ends; waits until it answers."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "uvicorn", "doorstep.config.asgi:application", "--port", str(port)]
    command += ["--log-level", "warning", "--timeout-graceful-shutdown", "3"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment() | {"DOORSTEP_PUBLIC_URL": url})
    try:
        _wait_for(url, process)
        yield Web(url, process)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the web process ended with {process.returncode}")
        try:
            if httpx.get(f"{url}/healthz", timeout=30, verify=tls.trusted()).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the web process did not answer in time")
