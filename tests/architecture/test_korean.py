"""Korean is complete: every sentence of the source is in the catalogue, translated, with the same placeholders."""

from __future__ import annotations

import io
import re
import shutil
from functools import cache
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from doorstep.base.refusals import THINGS
from tests.architecture.source import ROOT, run_tool

CATALOGUE = ROOT / "doorstep/locale/ko/LC_MESSAGES/django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")


def test_nothing_is_untranslated_or_fuzzy() -> None:
    catalogue = _read(CATALOGUE)

    assert [m.id for m in _messages(catalogue) if m.fuzzy or not all(_strings(m))] == []


def test_every_catalogue_compiles_as_the_set_up_does_it() -> None:
    found = sorted((ROOT / "doorstep/locale").glob("*/LC_MESSAGES/*.po"))
    assert CATALOGUE in found
    for path in found:
        assert _faults(_read(path)) == [], path
        compiled = io.BytesIO()
        write_mo(compiled, _read(path))
        compiled.seek(0)
        says = GNUTranslations(compiled)
        message = next(m for m in _messages(_read(path)) if m.string and isinstance(m.id, str))
        assert says.gettext(message.id) == message.string


@pytest.mark.parametrize(
    ("msgid", "plural", "msgstr"),
    [
        ("%(n)s line of %(name)s", "%(n)s lines of %(name)s", ("%(name)s의 %(count)s줄",)),  # a name that nobody gives
        ("One line of %(name)s", "%(n)s lines of %(name)s", ("%(name)s의 %(n)s줄",)),  # the two forms do not agree
        ("%(n)s line", "%(n)s lines", ("%(n)d줄",)),  # another kind of value
    ],
)
def test_what_would_not_compile_is_seen(msgid: str, plural: str, msgstr: tuple[str, ...]) -> None:
    strings = "".join(f'msgstr[{n}] "{string}"\n' for n, string in enumerate(msgstr))
    head = 'msgid ""\nmsgstr "Plural-Forms: nplurals=1; plural=0;\\n"\n'
    text = f'{head}\n#, python-format\nmsgid "{msgid}"\nmsgid_plural "{plural}"\n{strings}'
    assert [ids for ids, _ in _faults(read_po(io.BytesIO(text.encode()), locale="ko"))] == [(msgid, plural)]


def test_what_refusals_are_about_is_in_the_catalogue() -> None:
    sources = (path for path in (ROOT / "doorstep").rglob("*.py") if "tests" not in path.parts)
    said = {what for path in sources for what in re.findall(r'"what": "([^"]+)"', path.read_text())}

    assert said - THINGS == set()
    assert {_ids(m)[0] for m in _messages(_read(CATALOGUE))} >= THINGS


def test_placeholders_are_the_same() -> None:
    different = [
        message.id
        for message in _messages(_read(CATALOGUE))
        for string in _strings(message)
        if set(PLACEHOLDER.findall(string)) != set(PLACEHOLDER.findall(_ids(message)[-1]))
    ]

    assert different == []


def test_markup_is_the_same() -> None:
    tags = re.compile(r"</?\w+")
    different = [
        message.id
        for message in _messages(_read(CATALOGUE))
        for string in _strings(message)
        if sorted(tags.findall(string)) != sorted(tags.findall(_ids(message)[-1]))
    ]

    assert different == []


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext's xgettext is not installed")
def test_every_sentence_of_the_source_is_in_the_catalogue(tmp_path: Path) -> None:
    for tree in ("doorstep",):
        shutil.copytree(ROOT / tree, tmp_path / tree, ignore=shutil.ignore_patterns("__pycache__", "static", "tests"))
    known = {m.id for m in _messages(_read(CATALOGUE))}

    done = run_tool("python", str(ROOT / "bin/messages"), cwd=tmp_path)

    assert done.returncode == 0, done.stdout
    fresh = _messages(_read(tmp_path / CATALOGUE.relative_to(ROOT)))
    assert [m.id for m in fresh if m.id not in known] == []


def _faults(catalogue: Catalog) -> list[tuple[object, list[str]]]:
    """What `bin/bootstrap` would stop at: it compiles with Babel, and what Babel finds wrong leaves no catalogue behind."""
    return [(message.id, [str(error) for error in errors]) for message, errors in catalogue.check()]


@cache
def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, abort_invalid=True)


def _messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def _ids(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)
