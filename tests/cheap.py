"""What the suite does cheaper than a house that is in use, without proving less."""

from __future__ import annotations

import gc

import hypothesis
import pytest

LONGEST_NAME = 60


@pytest.hookimpl(trylast=True)  # after pytest-django has read the settings
def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    from tests import clock, emptying, sandboxes, template

    settings.PASSWORD_HASHERS = ["tests.hashing.Quick"]
    config.pluginmanager.register(template, "template")
    config.pluginmanager.register(clock, "clock")
    config.pluginmanager.register(sandboxes, "sandboxes")  # it ends the servers that were lent
    settings.WHITENOISE_AUTOREFRESH = True  # else every client of a test looks at every static file before its first question
    emptying.install()
    # How long a machine takes that does other things too says nothing of the program.
    hypothesis.settings.register_profile("suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
    hypothesis.settings.load_profile("suite")


def pytest_make_parametrize_id(val: object) -> str | None:
    """A test of a long text is named by how the text begins: its name goes from process to process many times.

    Megabytes of brackets in names cost every worker most of a second before its first test.
    """
    if isinstance(val, str | bytes) and len(val) > LONGEST_NAME:
        return f"{val[:LONGEST_NAME]!a} of {len(val)}"
    return None


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported and collected stays until the end: looking through it for garbage costs a tenth of the suite."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
