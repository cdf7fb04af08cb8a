"""The reason and the document that a booking by hand names."""

from __future__ import annotations

from base64 import b64decode

from doorstep.api.v1.stock_shapes import PaperIn
from doorstep.api.v1.translate import Mistakes
from doorstep.base.words import gettext_noop
from doorstep.stock.values import Paper, Reason, Why


def why_of(reason: str, note: str) -> Why:
    """A reason of the list, or somebody's own words as `other`."""
    wrong = Mistakes()
    given = wrong.text("/reason", reason, longest=60, required=True), wrong.text("/note", note, longest=40)
    wrong.refuse()
    known = {one.value: one for one in Reason}
    if given[0] in known:
        return Why(known[given[0]], given[1])
    return Why(Reason.OTHER, " ".join(word for word in given if word))


def paper_of(number: str, file: PaperIn | None) -> Paper:
    """The document, with its file where one was sent."""
    wrong = Mistakes()
    number = wrong.text("/reference", number, longest=60)
    if file is None:
        wrong.refuse()
        return Paper(number)
    name, content = wrong.text("/file/name", file.name, longest=200, required=True), b""
    try:
        content = b64decode(file.content, validate=True)
    except ValueError:
        wrong.add("/file/content", "bad_format", gettext_noop("does not have the right form."))
    wrong.refuse()
    return Paper(number, name, file.content_type, content)
