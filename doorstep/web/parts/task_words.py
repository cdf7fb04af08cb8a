"""What tasks ask for, as sentences, and where each is worked on. A room announces its kinds from its urls.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

from doorstep.tasks.values import TaskRow

Words = str | Promise


@dataclass(frozen=True, slots=True)
class TaskWords:
    """How one kind of task is told.

    `name`: what the kind is called where no task is at hand.  `says`: what to do, with %(facts)s of the
    task.  `url`: the page where it is worked on, "" for none.
    """

    name: Words
    says: Words
    icon: str = "checklist"
    url: Callable[[TaskRow], str] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One task, ready to show."""

    row: TaskRow
    sentence: SafeString
    icon: str
    url: str


_kinds: dict[str, TaskWords] = {}


def register(kinds: dict[str, TaskWords]) -> None:
    """Teaches pages some kinds of tasks; one that two rooms tell is a bug."""
    twice = _kinds.keys() & kinds.keys()
    if twice:
        raise ValueError(f"told by two rooms: {', '.join(sorted(twice))}")
    _kinds.update(kinds)


def word_of(kind: str) -> SafeString:
    """What a kind is called where no task is at hand; one that nobody described says its own name."""
    words = _kinds.get(kind)
    return format_html("{}", words.name if words else kind.replace("_", " "))


def told(rows: Sequence[TaskRow]) -> list[Line]:
    """Tasks as lines, in the order given; a kind that nobody described says its own name."""
    return [_tell(row) for row in rows]


def _tell(row: TaskRow) -> Line:
    words = _kinds.get(row.kind)
    if words is None:
        return Line(row, word_of(row.kind), "checklist", "")
    marked = {name: format_html("<b>{}</b>", value) for name, value in row.facts.items()}
    sentence = SafeString(str(words.says) % marked) if marked else SafeString(str(words.says))
    return Line(row, sentence, words.icon, words.url(row) if words.url else "")
