"""HTML that is safe to show, and its text."""

from __future__ import annotations

import re
from html import unescape
from itertools import islice

import nh3
from inscriptis import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml.etree import LxmlError
from lxml.html import HtmlElement, HTMLParser, fromstring
from lxml.html.builder import E

from doorstep.messaging.reading.charsets import NO_CHARACTER

MOST_CHARACTERS = 500_000
# Parsers look through all open elements at each tag, so that deep HTML costs the square of its tags.
MOST_TAGS = 10_000
REMOTE = "data-remote-src"

_TAGS = nh3.ALLOWED_TAGS - {"area", "map", "meter", "progress", "input", "form", "button", "select", "textarea"} | {
    "font",
    "u",
}
_ATTRIBUTES = {
    "*": {"title", "dir", "lang"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
}
_CONFIG = ParserConfig(display_links=False)
_SHOWN = re.compile(r'(<img(?:\s[\w-]+="[^"]*")*?)\ssrc="(?!cid:)([^"]*)"')
_TAG = re.compile(r"<[^<>]{0,5000}>")
_UNSEEN = re.compile(r"<(/?)(script|style|head|title)\b", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[/!?a-zA-Z]")
_CLOSED = re.compile(r"\s{0,200}>")


def clean(html: str) -> str:
    """What of a mail's HTML may be shown: no scripts, styles, forms or events; pictures from elsewhere only named.

    A remote picture's address stands in `data-remote-src`, so that opening a mail tells nobody of it.
    """
    safe = nh3.clean(
        _bounded(html),
        tags=_TAGS,
        clean_content_tags={"script", "style", "title", "form", "textarea", "select", "svg", "math", "object"},
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
    )
    return _SHOWN.sub(rf'\1 {REMOTE}="\2"', safe)


def text_of(html: str) -> str:
    """HTML as plain text that keeps lines and lists; what is quoted gets ">" before each line."""
    html = _bounded(html)
    try:
        tree = fromstring(_seen(html).encode("utf-8", "ignore"), parser=HTMLParser(encoding="utf-8"))
        found = _text(tree)
    except (LxmlError, ValueError, RecursionError, AssertionError, IndexError, KeyError, AttributeError, TypeError):
        found = unescape(_TAG.sub(" ", html))
    lines = [line.replace("\xa0", " ").strip() for line in found.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n").translate(NO_CHARACTER)


def _bounded(html: str) -> str:
    """As much of HTML as is read and shown; the rest lies in the original."""
    html = html[:MOST_CHARACTERS]
    last = next(islice(_ANY_TAG.finditer(html), MOST_TAGS, None), None)
    return html[: last.start()] if last else html


def _seen(html: str) -> str:
    """HTML without scripts, styles and its head, in one pass: one that is never closed hides nothing."""
    ends: dict[str, list[tuple[int, int]]] = {}
    opened: list[tuple[int, str]] = []
    for found in _UNSEEN.finditer(html):
        name = found[2].lower()
        closed = _CLOSED.match(html, found.end()) if found[1] else None
        if closed:
            ends.setdefault(name, []).append((found.start(), closed.end()))
        elif not found[1]:
            opened.append((found.start(), name))
    kept, at = [], 0
    nearest_last = {name: several[::-1] for name, several in ends.items()}
    for start, name in opened:
        later = nearest_last.get(name, [])
        while later and later[-1][0] < start:
            later.pop()
        if start >= at and later:
            kept.append(html[at:start])
            at = later[-1][1]
    return "".join([*kept, html[at:]])


def _text(tree: HtmlElement) -> str:
    for quote in reversed(tree.findall(".//blockquote")):
        told = Inscriptis(quote, _CONFIG).get_text().strip("\n")
        shown = E.pre("\n".join(f"> {line}".rstrip() for line in told.splitlines()) + "\n")
        shown.tail = quote.tail
        parent = quote.getparent()
        if parent is not None:
            parent.replace(quote, shown)
    return str(Inscriptis(tree, _CONFIG).get_text())
