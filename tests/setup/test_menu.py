"""What `bin/doorstep` shows when it is asked for nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from doorstep.cli import menu
from tests.serving import database_url
from tests.setup.house import said
from tests.setup.starting import ROOT


def test_the_menu_lists_what_the_readme_lists_and_each_command_is_there() -> None:
    readme = (ROOT / "README.md").read_text().partition("| `bin/doorstep …` | does |")[2].partition("\n\n")[0]
    told = re.findall(r"^\| `([a-z-]+)", readme, re.MULTILINE)
    shown = [name.split()[0] for name, _does in menu.COMMANDS]
    assert shown == told
    assert set(shown) <= get_commands().keys()


@pytest.mark.parametrize("arguments", [[], ["help"], ["--help"], ["-h"]])
def test_asked_for_nothing_it_shows_its_own_commands_and_starts_no_database(
    tmp_path: Path, arguments: list[str]
) -> None:
    shown = said(tmp_path, *arguments)
    assert shown == menu.text() + "\n"
    assert "makemigrations" not in shown
    assert "bin/doorstep help --all" in shown
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_all_commands_stay_callable_and_listed(tmp_path: Path) -> None:
    assert "makemigrations" in said(tmp_path, "help", "--all", DOORSTEP_DATABASE_URL=database_url())
