"""The shop's own page: what it sells, and whatever script its merchant put there, such as a chat."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

MOST_SHOWN = 24
PAGE = """<!doctype html>
<html lang="ko">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><title>Sandbox shop</title>
<style>
body{{margin:0;color:#1d2422;background:#fbfaf7;
font:16px/1.5 -apple-system,"Segoe UI","Apple SD Gothic Neo","Malgun Gothic",sans-serif}}
header{{padding:28px 24px;font-size:22px;font-weight:700}}
ul{{list-style:none;margin:0;padding:0 24px 96px;display:grid;gap:16px;grid-template-columns:repeat(auto-fill,minmax(180px,1fr))}}
li{{background:#fff;border:1px solid #e6e3dc;border-radius:12px;padding:16px}}
li b{{display:block}}li span{{color:#5b6662}}
</style></head>
<body><header>Sandbox shop</header><ul>{items}</ul>{script}</body></html>
"""


def page(items: Sequence[dict[str, str]], *, script: str) -> str:
    """The page.  `script`: the address of a script that stands on it, "" for none."""
    shown = "".join(
        f"<li><b>{escape(item['title'] or item['sku'])}</b><span>{escape(item['price'])} {escape(item['currency'])}</span></li>"
        for item in items[:MOST_SHOWN]
    )
    tag = f'<script src="{escape(script)}" defer></script>' if script else ""
    return PAGE.format(items=shown, script=tag)
