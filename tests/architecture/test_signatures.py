"""Every action and query takes `ctx` first and everything else by name."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

from tests.architecture.source import DOMAINS

# No organisation is known yet (sign-in, a key, a signed address), or the row belongs to none (a person, a postal code).
BEFORE_AN_ORGANISATION = {
    "accounts.create_organisation", "accounts.use_key", "accounts.find_key", "accounts.living_keys", "accounts.find_organisation",
    "accounts.find_organisation_by_slug",
    "accounts.list_organisations", "accounts.staff_of_user",
    "accounts.staff_with_email", "accounts.organisations_of_user", "accounts.reset_forgotten_password",
    "accounts.set_language", "accounts.set_theme", "accounts.new_password",
    "locations.load_postcodes", "locations.find_coordinates", "locations.find_many",
}  # fmt: skip
# Timers sweep over all organisations and learn from the row whose it is.
SWEEPS = {
    "accounts.find_unfinished_bulk_jobs",
    "messaging.find_waiting", "channels.find_unintroduced", "channels.find_untold", "shipping.ask_for", "shipping.find_awaited",
    "shipping.find_quiet", "shipping.find_given_up",
    "returns.find_expired",
    "messaging.find_to_read",
    "inbox.find_sleepers",
    "shipping.find_unlabelled", "shipping.find_unsettled", "shipping.find_untold",
    "payments.ask_for", "payments.find_unsettled",
}  # fmt: skip


def test_ctx_comes_first() -> None:
    without = {name for name, verb in _verbs() if next(iter(_parameters(verb)), "") != "ctx"}

    assert without - BEFORE_AN_ORGANISATION - SWEEPS == set()


def test_everything_else_has_a_name() -> None:
    positional = {
        name
        for name, verb in _verbs()
        for parameter in list(_parameters(verb).values())[1:]
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY
        if name not in BEFORE_AN_ORGANISATION | SWEEPS
    }

    assert positional == set()


def test_the_listed_exceptions_exist() -> None:
    assert (BEFORE_AN_ORGANISATION | SWEEPS) - {name for name, _ in _verbs()} == set()


def _parameters(verb: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(verb).parameters)


def _verbs() -> Iterator[tuple[str, Callable[..., Any]]]:
    """The public functions that each domain's actions and queries define."""
    for room in DOMAINS:
        for kind in ("actions", "queries"):
            name = f"doorstep.{room}.{kind}"
            if find_spec(name) is None:
                continue
            for verb, function in inspect.getmembers(importlib.import_module(name), inspect.isfunction):
                if not verb.startswith("_") and function.__module__.startswith(name):
                    yield f"{room}.{verb}", function
