"""What is tried again is logged without what was sent: that may be a secret."""

from __future__ import annotations

import logging

from stamina.instrumentation import RetryDetails, set_on_retry_hooks

log = logging.getLogger("doorstep.retries")


def log_names_only() -> None:
    """Has calls that are tried again say who, why and when, and nothing of their arguments; once per process."""
    set_on_retry_hooks([_say])


def _say(details: RetryDetails) -> None:
    log.info("%s is tried again in %.1f s: %s", details.name, details.wait_for, type(details.caused_by).__name__)
