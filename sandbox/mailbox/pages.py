"""What a customer sees: plain pages of their mail, with a form to answer."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import lru_cache
from html import escape
from urllib.parse import quote

from sandbox.books import Books
from sandbox.mailbox import letters
from sandbox.mailbox.letters import Letter

KEPT = 512  # letters as they were read: the crowd looks through the last 300 whenever somebody does something
LINK = re.compile(r"(https?://(?:[^\s<>&]|&amp;)*[^\s<>&.,;:!?)\]])")
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; overflow-wrap: anywhere;
margin: 2rem auto; padding: 0 1rem; color: #1c1e21; background: #f6f6f4 }
a { color: #2a5bd7 } ul { list-style: none; padding: 0 } li, article, form { background: #fff; border: 1px solid #e2e2de;
border-radius: 10px; padding: 1rem; margin: 0 0 1rem } article.in { margin-left: 3rem; background: #eef4ff }
h1 { font-size: 1.3rem } h2 { font-size: 1rem; margin: 0 } small { color: #6a6d72 } pre { white-space: pre-wrap; font: inherit;
overflow-wrap: anywhere; margin: .5rem 0 0 } input, textarea { width: 100%; box-sizing: border-box; font: inherit; padding: .5rem;
margin: .25rem 0 .75rem; border: 1px solid #c9c9c4; border-radius: 6px } button { font: inherit; padding: .5rem 1rem; border: 0;
border-radius: 6px; background: #2a5bd7; color: #fff } summary { cursor: pointer; color: #6a6d72 }
iframe { width: 100%; height: 32rem; border: 1px solid #e2e2de; border-radius: 6px; background: #fff; margin-top: .5rem }
"""


def people(rows: Sequence[sqlite3.Row]) -> str:
    """Every customer who has mail."""
    lines = "".join(
        f'<li><a href="/people/{quote(row["person"], safe="@")}">{escape(row["person"])}</a> '
        f"<small>{row['mails']} · {_when(row['at'])}</small></li>"
        for row in rows
    )
    return _page("What customers got", f"<ul>{lines or '<li>No mail yet.</li>'}</ul>")


def person(address: str, mails: Sequence[Letter]) -> str:
    """A customer's mail both ways, oldest first, and a form that answers the newest they got."""
    shown = "".join(_article(one, is_last=one is mails[-1]) for one in mails)
    got = next((one for one in reversed(mails) if one.way == letters.OUT), None)
    house = got.house if got else mails[-1].house if mails else ""
    subject = subject_of(got) if got else ""
    subject = subject if not subject or subject.lower().startswith("re:") else f"Re: {subject}"
    form = f"""
<form method="post" action="/people/{quote(address, safe="@")}/answer">
<h2>Answer as {escape(address)}</h2>
<label>To <input name="to" type="email" required value="{escape(house)}"></label>
<label>Subject <input name="subject" value="{escape(subject)}"></label>
<input type="hidden" name="in_reply_to" value="{escape(got.message_id if got else "")}">
<label>Text <textarea name="text" rows="5" required></textarea></label>
<button>Send</button></form>"""
    return _page(address, f'<p><a href="/">All customers</a></p>{shown}{form}')


def quoting(books: Books, said: Mapping[str, str]) -> str:
    """The text of an answer over what it answers, as mail programs write it."""
    text = said.get("text", "").replace("\r\n", "\n")
    answered = books.find_row("SELECT * FROM letter WHERE message_id = ? LIMIT 1", said.get("in_reply_to", ""))
    if answered is None:
        return text
    quoted = "\n".join(f"> {line}".rstrip() for line in _text(bytes(answered["raw"])).splitlines())
    at = datetime.fromtimestamp(answered["at"], tz=UTC)
    return f"{text}\n\nOn {at:%a, %d %b %Y at %H:%M} <{answered['house']}> wrote:\n\n{quoted}\n"


def _article(letter: Letter, *, is_last: bool) -> str:
    side = "wrote" if letter.way == letters.IN else "got"
    mark = ' id="newest"' if is_last else ""
    files = "".join(f"<br><small>📎 {escape(name)}</small>" for name in _files(letter.raw))
    return (
        f'<article class="{letter.way}"{mark}><h2>{escape(subject_of(letter))}</h2>'
        f"<small>{side} · {escape(letter.house)} · {_when(letter.at)}</small>{files}"
        f"<pre>{_linked(_text(letter.raw))}</pre>{_designed(letter.raw)}</article>"
    )


def _linked(text: str) -> str:
    """The text for a page, its addresses to be clicked."""
    return LINK.sub(r'<a href="\1" target="_blank" rel="noopener">\1</a>', escape(text))


def _designed(raw: bytes) -> str:
    """The mail as mail programs show it, where it has such a part; nothing in it runs."""
    try:
        part = _message(raw).get_body(("html",))
        html = str(part.get_content()) if part is not None else ""
    except (ValueError, LookupError, IndexError, AttributeError, KeyError):
        return ""
    if not html:
        return ""
    frame = f'<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="{escape(html)}" title="As designed"></iframe>'
    return f"<details><summary>As designed</summary>{frame}</details>"


def _message(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)


def subject_of(letter: Letter) -> str:
    """Its subject; none where the library cannot read it."""
    return _subject(letter.raw)


@lru_cache(KEPT)
def _subject(raw: bytes) -> str:
    try:
        return str(_message(raw)["Subject"] or "")
    except (ValueError, LookupError, IndexError):
        return ""


def text_of(letter: Letter) -> str:
    """Its plain text."""
    return _text(letter.raw)


@lru_cache(KEPT)
def _text(raw: bytes) -> str:
    """The plain text; a mail that the library cannot read is shown as it came."""
    try:
        part = _message(raw).get_body(("plain", "html"))
        return str(part.get_content()) if part is not None else ""
    except (ValueError, LookupError, IndexError, AttributeError, KeyError):
        return raw.decode("utf-8", "replace")


def _files(raw: bytes) -> list[str]:
    try:
        return [part.get_filename() or part.get_content_type() for part in _message(raw).iter_attachments()]
    except (ValueError, LookupError, IndexError, AttributeError, KeyError, TypeError):
        return []


def _when(at: float) -> str:
    return f"{datetime.fromtimestamp(at, tz=UTC):%Y-%m-%d %H:%M} UTC"


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>{body}</html>"
    )
