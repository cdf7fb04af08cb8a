"""A data folder that nothing outlives."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from doorstep.cli.postgres import Server
from tests.serving import free_port
from tests.setup import seeded as seeding
from tests.setup.starting import Start


@pytest.fixture
def home() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="doorstep-up-"))
    yield path
    Server(path / "pg").stop()
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def seeded(home: Path) -> Path:
    """The data folder of a demo house that has run before."""
    seeding.copy_to(home)
    return home


@pytest.fixture
def up(home: Path) -> Iterator[Callable[..., Start]]:
    """Starts the house; what still runs at the end is killed."""
    starts: list[Start] = []
    port = free_port()

    def up(*arguments: str, **more: str) -> Start:
        starts.append(Start(home, port, arguments, more))
        return starts[-1]

    yield up
    for start in starts:
        if start.process.poll() is None:
            start.kill()
