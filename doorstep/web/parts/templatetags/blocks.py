"""Components with something inside: cards, tables, dialogs, fields. Loaded in every template without asking."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import template
from django.middleware.csrf import get_token
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from doorstep.web.parts import timeline as telling
from doorstep.web.parts.cursor import Page
from doorstep.web.parts.listing import Bar

register = template.Library()
SELECT = re.compile(r'<select name="([^"]+)"')
Options = Sequence[tuple[Any, Any]]


def _part(template_name: str, /, **values: Any) -> SafeString:
    return render_to_string(f"parts/{template_name}.html", values)


@register.simple_block_tag
def card(content: str, title: str = "", icon: str = "", id: str = "", href: str = "", classes: str = "") -> SafeString:
    """`{% card title=_("Customer") icon="user" %}…{% endcard %}`; `href` puts a link to the whole beside the title."""
    return _part("card", content=content, title=title, icon=icon, id=id, href=href, classes=classes)


@register.simple_block_tag
def facts(content: str) -> SafeString:
    """`{% facts %}{% fact label=_("E-mail") %}…{% endfact %}{% endfacts %}`: a list of labels and values."""
    return SafeString(f'<dl class="facts">{content}</dl>')


@register.simple_block_tag
def fact(content: str, label: str) -> SafeString:
    return _part("fact", content=content, label=label)


@register.simple_block_tag
def rows(content: str, caption: str, id: str = "", live: str = "") -> SafeString:
    """`{% rows caption=_("Orders") %}<thead>…</thead><tbody>…</tbody>{% endrows %}`: the data table.

    In the cells: class `num` for figures and money, `key` for the first column's link, `quiet` for secondary text,
    `wide` for the one column that takes the rest, cut with an ellipsis, wrapped on phones, `phone-off` to hide it on phones.
    """
    return _part("rows", content=content, caption=caption, id=id, live=live)


@register.simple_block_tag(takes_context=True)
def filters(context: Context, content: str, search: str = "", target: str = "") -> SafeString:
    """`{% filters search=_("Search orders") target="#orders" %}<select name="state">…</select>{% endfilters %}`.

    A GET form: what is chosen stands in the address. With `target`, that part is replaced while typing. Several selects
    are folded behind one button on phones, open when one of them filters.
    """
    request = context["request"]
    names = SELECT.findall(content)
    return _part(
        "filters", content=content, search=search, target=target, path=request.path, q=request.GET.get("q", ""),
        can_fold=len(names) > 1, is_set=any(request.GET.get(name) for name in names),
    )  # fmt: skip


@register.simple_block_tag
def empty(content: str, title: str, icon: str = "inbox") -> SafeString:
    """`{% empty icon="box" title=_("No orders yet") %}What to do, and a button.{% endempty %}`"""
    return _part("empty", content=content, title=title, icon=icon)


@register.simple_block_tag
def why(content: str, label: str = "") -> SafeString:
    """`{% why %}Nearest with stock: Seoul, 12 km.{% endwhy %}`: the reason behind a decision, unfolded on demand."""
    return _part("why", content=content, label=label)


@register.simple_block_tag(takes_context=True)
def dialog(
    context: Context, content: str, id: str, title: str, action: str = "", verb: str = "", danger: bool = False,
    target: str = "", plain: bool = False, open: Any = False,
) -> SafeString:  # fmt: skip
    """`{% dialog id="cancel" title=_("Cancel the order?") action=url verb=_("Cancel order") danger=True %}…{% enddialog %}`.

    A native dialog with a form; any `<button data-open="cancel">` opens it. Fields inside are sent with it. Without
    `action` there is only a close button. Refusals land in the notices; with `target` htmx swaps that part. `plain`
    sends the form without htmx, for an answer that is a whole page. `open` shows it at once, for a form with errors.
    """
    token = get_token(context["request"])
    return _part(
        "dialog", content=content, id=id, title=title, action=action, verb=verb, danger=danger, target=target, csrf=token,
        plain=plain, open=bool(open),
    )  # fmt: skip


@register.simple_tag
def field(
    name: str,
    label: str,
    value: Any = "",
    type: str = "text",
    help: str = "",
    error: str = "",
    id: str = "",
    **attributes: Any,
) -> SafeString:
    """`{% field name="email" label=_("E-mail") value=form.email error=errors.email type="email" required=True %}`.

    Further attributes go to the input: `autocomplete`, `inputmode`, `maxlength`, `min`, `placeholder`, `list`. True gives
    a bare attribute; an underscore in a name becomes a hyphen.
    """
    return _part(
        "field", id=id or f"field-{name}", name=name, label=label, value=value, type=type, help=help,
        error=error, attributes=_attributes(attributes),
    )  # fmt: skip


@register.simple_tag
def choice(
    name: str,
    label: str,
    options: Options,
    value: Any = "",
    help: str = "",
    error: str = "",
    id: str = "",
    **attributes: Any,
) -> SafeString:
    """`{% choice name="role" label=_("Role") options=roles value=person.role %}`; options are (value, word) pairs."""
    return _part(
        "choice", id=id or f"field-{name}", name=name, label=label, options=[(str(v), w) for v, w in options], value=str(value),
        help=help, error=error,
        attributes=_attributes(attributes),
    )  # fmt: skip


@register.simple_tag
def area(
    name: str, label: str, value: str = "", help: str = "", error: str = "", id: str = "", **attributes: Any
) -> SafeString:
    """`{% area name="note" label=_("Note") value=order.note rows=4 %}`: a text of several lines."""
    attributes.setdefault("rows", 4)
    classes = attributes.pop("class", "")
    return _part(
        "area", id=id or f"field-{name}", name=name, label=label, value=value, help=help, error=error, classes=classes,
        attributes=_attributes(attributes),
    )  # fmt: skip


@register.simple_tag
def tick(name: str, label: str, checked: bool = False, value: str = "on", help: str = "") -> SafeString:
    """`{% tick name="scopes" value="orders:read" label=_("Read orders") checked=True %}`: a check box."""
    return _part("tick", name=name, label=label, checked=checked, value=value, help=help)


@register.simple_tag
def progress(done: int, total: int, label: str, failed: int = 0, beside: str = "") -> SafeString:
    """`{% progress done=job.done failed=job.failed beside=words total=job.total label=_("Holding orders") %}`

    `beside` says how many failed, in the words of the report below.
    """
    share = 100 * (done + failed) // total if total else 100
    return _part("progress", done=done, failed=failed, beside=beside, total=total, label=label, percent=share)


@register.simple_tag(takes_context=True)
def list_bar(context: Context, bar: Bar) -> SafeString:
    """`{% list_bar bar %}`: tabs and saved views, column choice and export, above the rows that they are about."""
    return render_to_string("parts/list_bar.html", {"bar": bar}, request=context["request"])


@register.simple_tag
def list_heads(bar: Bar) -> SafeString:
    """`{% list_heads bar %}`: a head for each column that is shown; the cells ask `{% if "total" in bar.shown %}`."""
    return _part("list_heads", bar=bar)


@register.simple_block_tag(takes_context=True)
def bulk(context: Context, content: str, bar: Bar) -> SafeString:
    """`{% bulk bar %}{% rows … %}…{% endrows %}{% endbulk %}`: rows that may be ticked, and the bar of what to do with them.

    The page's rows stand in `page`; a tick is `<input type="checkbox" name="row" value="{{ row.id }}">`.
    """
    page = context.get("page")
    is_paged = bool(page and (page.next_url or page.first_url))
    return _part(
        "bulk", content=content, bar=bar, doings=bar.doings, is_paged=is_paged, csrf=get_token(context["request"])
    )


@register.simple_tag
def pager(page: Page[Any]) -> SafeString:
    """`{% pager page %}`: the links below a list that `cursor.paged` cut."""
    return _part("pager", page=page) if page.next_url or page.first_url else SafeString("")


@register.simple_tag(takes_context=True)
def timeline(context: Context, items: Sequence[telling.Item]) -> SafeString:
    """`{% timeline items %}`: lines made by `parts.timeline.told`, newest first, machine events folded."""
    values = {"lines": telling.folded(items), "organisation": context.get("organisation")}
    return _part("timeline", **values)


@register.filter
def numbered(word: str, id: int) -> str:
    """`{% dialog id="remove"|numbered:row.id %}`: an id for one of many."""
    return f"{word}-{id}"


def _attributes(given: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name.replace("_", "-"), value) for name, value in given.items() if value not in (None, False, "")]
