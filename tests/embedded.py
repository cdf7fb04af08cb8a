"""Loaded before pytest-django: gives the suite a PostgreSQL of its own (fsync off), shared by all xdist workers.

With DOORSTEP_TEST_DATABASE_URL set, that server is used instead (its user must be allowed to create databases).
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from doorstep.base import garbage
from doorstep.cli.postgres import Server

garbage.seldom()  # before the program and six thousand tests are loaded, in each worker
_server: Server | None = None
_memory = Path("/dev/shm")
ROOMY = 4 << 30  # bytes; the suite fills a tenth of them


@pytest.hookimpl(wrapper=True)  # before pytest-django reads the settings
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    global _server
    # A suite is hundreds of processes: none compiles again what another has, whoever started it and however.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    home = os.environ.get("DOORSTEP_TEST_HOME")
    if home is None:
        home = tempfile.mkdtemp(prefix="doorstep-test-", dir=_memory if _is_roomy() else None)
        os.environ["DOORSTEP_TEST_HOME"] = home
        os.environ["DOORSTEP_HOME"] = home
        os.environ["TMPDIR"] = tempfile.tempdir = home  # what tests leave goes with it
        Path(home).chmod(0o755)
        url = os.environ.get("DOORSTEP_TEST_DATABASE_URL")
        if not url:
            _server = Server(Path(home) / "pg", fast=True)
            _server.start()
            url = _server.url()
        os.environ["DOORSTEP_DATABASE_URL"] = url
    os.environ["DOORSTEP_SECRET_KEY"] = "test-only-not-a-secret"
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    return (yield)


def _is_roomy() -> bool:
    """Whether everything may lie in memory: databases and houses are made and thrown away by the hundred."""
    if "TMPDIR" in os.environ or not os.access(_memory, os.W_OK | os.X_OK):
        return False
    return not os.statvfs(_memory).f_flag & os.ST_NOEXEC and shutil.disk_usage(_memory).free > ROOMY


def pytest_unconfigure(config: pytest.Config) -> None:
    if _server is not None:
        _server.stop()
        shutil.rmtree(os.environ["DOORSTEP_TEST_HOME"], ignore_errors=True)
