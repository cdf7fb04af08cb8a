"""What tests leave behind; a conftest that imports this has it for every test of its folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from doorstep.base import db


@pytest.fixture(autouse=True)
def no_jobs_stay(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests that commit take their jobs with them: nothing else empties that table."""
    marker = request.node.get_closest_marker("django_db")
    commits = marker is not None and marker.kwargs.get("transaction", False)
    if commits:
        request.getfixturevalue("transactional_db")
    yield
    if commits:
        db.execute("DELETE FROM procrastinate_jobs")
