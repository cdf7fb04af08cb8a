"""When tests happen whose orders, promises and letters are of the days of the factories: whatever day it is where they run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine


@pytest.fixture
def those_days() -> Iterator[None]:
    """The clock of this process goes on from an hour after NOW; that of the database is left alone."""
    from tests.factories import NOW

    with time_machine.travel(NOW + timedelta(hours=1)):
        yield
