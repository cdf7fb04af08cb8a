"""How a verb on many rows is called on its button, in its preview and in its report."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Doing:
    """One button of a list's bulk bar.  `name` is the verb of `flows.bulk`; `asks` heads the preview, `doing` the progress.

    `note`: the label of what a person types with it; empty asks nothing.  `about`: what else they should know before.
    """

    name: str
    word: Words
    icon: str
    asks: Words
    doing: Words
    note: Words = ""
    about: Words = ""
    is_danger: bool = False
    needs_note: bool = False
