"""Style, types, migrations, files and licences: what every change must keep."""

from __future__ import annotations

import ast
import json
import os
import re
import warnings

import pytest
from django.apps import apps
from django.core.management import call_command
from django_migration_linter import MigrationLinter

from tests.architecture.source import DOMAINS, ROOT, run_tool, text_of, tracked_files

LONG, TOO_LONG = 450, 500
# Written apart, so that this file does not hold what it looks for.
REGISTRIES = ["pypi" + ".org", "python" + "hosted", "npm" + "js", "registry" + ".", "jsd" + "elivr", "unp" + "kg"]
TOOLS = ["sub" + "agent", "clau" + "de", "anthro" + "pic", "chat" + "gpt", "co" + "pilot", "language " + "model"]
PLACES = re.compile(r"(?<![\w.$}/])/(?:work/(?:main|shared)|root|home/\w+|Users/\w+)(?:/|\b)")
# They make a table by SQL, which nobody can wait for yet; the linter takes it for a table in use.
NEW_TABLES = {"0002_cache_table"}
# Their constraint takes over an index that was made beside the running house, or stands on a table of a few rows; the
# linter sees the words ADD CONSTRAINT UNIQUE alone.
QUICK_CONSTRAINTS = {"0003_arrival_source", "0002_carrier_webhooks"}
# The column went after the house that read it: Doorstep is stopped while a new version comes, and a drop takes no time.
GONE_COLUMNS = {"0005_one_report"}
FREE_OF_ORGANISATION = {"accounts.Organisation", "accounts.User", "locations.PostalPlace"}


def test_ruff_finds_nothing() -> None:
    found = run_tool("ruff", "check", "--no-cache", "--output-format=concise", ".")

    assert found.returncode == 0, found.stdout


def test_every_icon_that_a_page_names_is_drawn() -> None:
    """A name that the sprite does not hold shows nothing, and nothing complains."""
    listed = re.search(r'ICONS = """(.*?)"""', text_of(ROOT / "bin" / "fetch-assets") or "", re.S)
    assert listed is not None
    pages = [path for path in tracked_files() if path.suffix == ".html"]
    named = {name for path in pages for name in re.findall(r'\bicon[ =]"([a-z0-9-]+)"', text_of(path) or "")}

    assert named - set(listed[1].split()) == set()
    assert len(named) > 50


@pytest.mark.slow
@pytest.mark.timeout(590)
def test_every_type_holds() -> None:
    found = run_tool("mypy", "--strict", timeout_s=580)

    assert found.returncode == 0, found.stdout


@pytest.mark.django_db
def test_nothing_is_wrong_by_the_checks_that_our_commands_leave_out() -> None:
    call_command("check", fail_level="WARNING")


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", *DOMAINS, "base", check=True, dry_run=True, verbosity=1)


@pytest.mark.django_db(transaction=True)  # an index built while others write is never built in a transaction
def test_later_migrations_never_lock_a_table_for_long() -> None:
    rooms = [room for room in (*DOMAINS, "base") if room in apps.app_configs]
    linter = MigrationLinter(
        str(ROOT),
        include_apps=rooms,
        ignore_initial_migrations=True,
        no_cache=True,
        ignore_name=sorted(NEW_TABLES | QUICK_CONSTRAINTS | GONE_COLUMNS),
        no_output=True,
    )

    linter.lint_all_migrations()

    assert not linter.has_errors
    assert linter.nb_total > 0


def test_no_tracked_file_names_a_registry_a_tool_or_a_place() -> None:
    found = []
    for path in tracked_files():
        text = text_of(path)
        if text is None:
            continue
        low = text.lower()
        found += [f"{path.relative_to(ROOT)}: {word}" for word in (*REGISTRIES, *TOOLS) if word in low]
        found += [f"{path.relative_to(ROOT)}: {place.group()}" for place in PLACES.finditer(text)]

    assert found == []


def test_no_file_is_too_long() -> None:
    long = {}
    for path in tracked_files():
        if path.suffix in {".py", ".js", ".html", ".sh"} and "migrations" not in path.parts:
            lines = (text_of(path) or "").count("\n")
            if lines > LONG:
                long[str(path.relative_to(ROOT))] = lines
    if long:
        warnings.warn(f"files past {LONG} lines want to be packages: {long}", stacklevel=1)

    assert {name for name, lines in long.items() if lines > TOO_LONG} == set()


def test_nothing_at_run_time_is_gpl_or_agpl() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    shipped = {name.lower().replace("_", "-") for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.M)}
    listed = run_tool("pip-licenses", "--from=mixed", "--with-system", "--format=json")
    every = {p["Name"].lower().replace("_", "-"): p["License"] for p in json.loads(listed.stdout)}

    refused = {
        name: licence
        for name, licence in every.items()
        if name in shipped
        and (re.search(r"(?<!L)GPL|Affero|(?<!Lesser )General Public", licence) or licence == "UNKNOWN")
    }

    assert len(shipped & set(every)) > 50
    assert refused == {}


def test_every_table_has_an_organisation() -> None:
    without = {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("doorstep.")
        and "organisation_id" not in {field.column for field in model._meta.local_concrete_fields}
    }

    assert without == FREE_OF_ORGANISATION


def test_every_setting_stands_in_the_readme() -> None:
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    read = {
        name
        for path in tracked_files()
        if path.relative_to(ROOT).parts[0] in {"doorstep", "bin", "bench", "tests", "sandbox"}
        for name in re.findall(r"\bDOORSTEP_[A-Z_]+[A-Z]\b", text_of(path) or "")
    }

    assert {name for name in read if f"`{name}`" not in told} == set()


@pytest.mark.xdist_group("habits")
def test_tests_that_share_a_server_stay_together(request: pytest.FixtureRequest) -> None:
    """A version of pytest that the plugin does not know splits groups without a word."""
    if os.environ.get("PYTEST_XDIST_WORKER"):
        assert request.node.nodeid.endswith("@habits")


def test_what_shops_say_is_read_with_no_transaction_open() -> None:
    """It is done in several, and whoever keeps the locks of all of them may meet others in a deadlock (docs/adr/0037)."""

    def is_atomic(node: ast.expr) -> bool:
        return "transaction.atomic" in ast.unparse(node)

    def reads(node: ast.AST) -> bool:
        return any(isinstance(one, ast.Call) and ast.unparse(one.func) in ("process", "arrivals.process") for one in ast.walk(node))

    wrong, seen = [], 0
    for path in tracked_files():
        text = text_of(path) if path.suffix == ".py" and path.is_relative_to(ROOT / "doorstep") else None
        if text is None or "from doorstep.flows" not in text or not re.search(r"\bprocess\(", text):
            continue
        seen += 1
        for node in ast.walk(ast.parse(text)):
            opens = isinstance(node, ast.FunctionDef) and any(map(is_atomic, node.decorator_list))
            opens |= isinstance(node, ast.With) and any(is_atomic(item.context_expr) for item in node.items)
            if opens and reads(node):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")  # type: ignore[attr-defined]

    assert wrong == []
    assert seen >= 4
