"""What a customer's phone shows: plain pages of bubbles, with a form to answer."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

LINK = re.compile(r"(https?://(?:[^\s<>&]|&amp;)*[^\s<>&.,;:!?)\]])")
STYLE = """
body { font: 16px/1.45 system-ui, sans-serif; max-width: 26rem; margin: 2rem auto; padding: 0 1rem; color: #1c1e21;
background: #f6f6f4; overflow-wrap: anywhere } a { color: #2a5bd7 } ul { list-style: none; padding: 0 }
li, form { background: #fff; border: 1px solid #e2e2de; border-radius: 10px; padding: 1rem; margin: 0 0 1rem }
h1 { font-size: 1.2rem } small { color: #6a6d72 } .out, .in { border-radius: 18px; padding: .6rem .9rem; margin: 0 0 .25rem;
white-space: pre-wrap; width: fit-content; max-width: 85% } .out { background: #e5e5ea; color: #000 }
.in { background: #2a5bd7; color: #fff; margin-left: auto } .in a { color: #fff } p.when { margin: 0 0 1rem; font-size: .8rem }
.when.right { text-align: right } input, textarea { width: 100%; box-sizing: border-box; font: inherit; padding: .5rem;
margin: .25rem 0 .75rem; border: 1px solid #c9c9c4; border-radius: 6px } button { font: inherit; padding: .5rem 1rem; border: 0;
border-radius: 6px; background: #2a5bd7; color: #fff }
"""


def people(rows: Sequence[sqlite3.Row]) -> str:
    """Every phone that has texts."""
    lines = "".join(
        f'<li><a href="/phones/{quote(row["person"])}">{escape(row["person"])}</a> '
        f"<small>{row['texts']} · {_when(row['at'])}</small></li>"
        for row in rows
    )
    return _page("Customers' phones", f"<ul>{lines or '<li>No text yet.</li>'}</ul>")


def person(number: str, rows: Sequence[sqlite3.Row]) -> str:
    """A phone's texts both ways, oldest first, and a form that answers."""
    shown = "".join(
        f'<div class="{row["way"]}">{_linked(row["body"])}</div>'
        f'<p class="when {"right" if row["way"] == "in" else ""}"><small>{_when(row["at"])} · {row["state"]}</small></p>'
        for row in rows
    )
    house = next((row["house"] for row in reversed(rows)), "")
    form = (
        f'<form method="post" action="/phones/{quote(number)}/answer"><label>To <input name="to" required value="{escape(house)}">'
        f'</label><label>Text <textarea name="text" rows="3" required></textarea></label><button>Send</button></form>'
    )
    return _page(number, shown + '<span id="newest"></span>' + form)


def _linked(body: str) -> str:
    return LINK.sub(r'<a href="\1">\1</a>', escape(body))


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, tz=UTC).strftime("%d %b %H:%M UTC")


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<link rel="icon" href="data:,"><title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>{body}</html>'
    )
