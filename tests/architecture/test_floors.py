"""Imports fall, never rise; models stay at home; the clock is read at the edges."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import DOMAINS, ROOT, run_tool

PLANTED = {
    "doorstep/stock/planted.py": ("from doorstep.orders import actions\n", "Imports fall, never rise"),
    "doorstep/messaging/planted.py": ("from doorstep.stock import actions\n", "doorstep.messaging.planted"),
    "doorstep/web/planted.py": ("from doorstep.providers.smtp import client\n", "Only config.wiring names a provider"),
    "doorstep/orders/planted/rules.py": ("import django\n", "Values, rules, events and ports"),
    "sandbox/planted.py": ("import doorstep.base.money\n", "The sandbox knows nothing"),
}
PRIVATE = ("models", "bulk")
# A flow takes the locks of several rooms in floor order before it decides, so these are public to flows and nobody else.
FOR_FLOWS = ("locks",)
CLOCKS = {("datetime", "now"), ("timezone", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time")}


def test_every_import_falls() -> None:
    found = run_tool("lint-imports", "--no-cache", "--no-logo")

    assert found.returncode == 0, found.stdout


def test_a_planted_violation_of_each_contract_is_found(tmp_path: Path) -> None:
    for tree in ("doorstep", "sandbox"):
        shutil.copytree(ROOT / tree, tmp_path / tree, ignore=shutil.ignore_patterns("__pycache__", "static", "locale"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    for name, (line, _) in PLANTED.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(line)

    found = run_tool("lint-imports", "--no-cache", "--no-logo", cwd=tmp_path)

    assert found.returncode == 1
    assert "Contracts: 0 kept, 4 broken." in found.stdout
    for name, (_, told) in PLANTED.items():
        assert name.removesuffix(".py").replace("/", ".") in found.stdout
        assert told in found.stdout


def test_no_room_reads_the_tables_of_another() -> None:
    trespassers = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in _sources()
        for module in _imports(path)
        for _, room, *rest in [module.split(".")]
        if room in DOMAINS and rest and rest[0] in PRIVATE and path.relative_to(ROOT).parts[1] != room
    ]

    assert trespassers == []


def test_only_flows_take_the_locks_of_another_room() -> None:
    trespassers = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in _sources()
        for module in _imports(path)
        for _, room, *rest in [module.split(".")]
        if room in DOMAINS and rest and rest[0] in FOR_FLOWS and path.relative_to(ROOT).parts[1] not in (room, "flows")
    ]

    assert trespassers == []


def test_only_faces_the_worker_and_vendors_read_the_clock() -> None:
    may = {"web", "api", "hooks", "cli", "worker", "providers", "config"}
    readers = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in _sources()
        if path.relative_to(ROOT).parts[1] not in may
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        if isinstance(call.func.value, ast.Name) and (call.func.value.id, call.func.attr) in CLOCKS
    ]

    assert readers == []


def _sources() -> Iterator[Path]:
    """The package without tests and migrations."""
    for path in sorted((ROOT / "doorstep").rglob("*.py")):
        if not {"tests", "migrations"} & set(path.parts):
            yield path


def _imports(path: Path) -> Iterator[str]:
    """The modules of doorstep that a file imports, as full names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("doorstep."):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("doorstep."))
