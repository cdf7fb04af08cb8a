"""HTML that is safe to show, and its text."""

from __future__ import annotations

import re
from html import unescape

import nh3
from inscriptis import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml.etree import LxmlError
from lxml.html import HtmlElement, HTMLParser, fromstring
from lxml.html.builder import E

from doorstep.messaging.reading.charsets import NO_CHARACTER

MOST_CHARACTERS = 2_000_000
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
_UNSEEN = re.compile(r"<(script|style|head|title)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)


def clean(html: str) -> str:
    """What of a mail's HTML may be shown: no scripts, styles, forms or events; pictures from elsewhere only named.

    A remote picture's address stands in `data-remote-src`, so that opening a mail tells nobody of it.
    """
    safe = nh3.clean(
        html[:MOST_CHARACTERS],
        tags=_TAGS,
        clean_content_tags={"script", "style", "title", "form", "textarea", "select", "svg", "math", "object"},
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
    )
    return _SHOWN.sub(rf'\1 {REMOTE}="\2"', safe)


def text_of(html: str) -> str:
    """HTML as plain text that keeps lines and lists; what is quoted gets ">" before each line."""
    try:
        tree = fromstring(
            _UNSEEN.sub("", html[:MOST_CHARACTERS]).encode("utf-8", "ignore"), parser=HTMLParser(encoding="utf-8")
        )
        found = _text(tree)
    except (LxmlError, ValueError, RecursionError, AssertionError, IndexError, KeyError, AttributeError, TypeError):
        found = unescape(_TAG.sub(" ", html[:MOST_CHARACTERS]))
    lines = [line.replace("\xa0", " ").strip() for line in found.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n").translate(NO_CHARACTER)


def _text(tree: HtmlElement) -> str:
    for quote in reversed(tree.findall(".//blockquote")):
        told = Inscriptis(quote, _CONFIG).get_text().strip("\n")
        shown = E.pre("\n".join(f"> {line}".rstrip() for line in told.splitlines()) + "\n")
        shown.tail = quote.tail
        parent = quote.getparent()
        if parent is not None:
            parent.replace(quote, shown)
    return str(Inscriptis(tree, _CONFIG).get_text())
