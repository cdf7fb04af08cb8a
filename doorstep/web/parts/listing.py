"""What every list has: columns to choose from, views under a name, and its rows as a file.

A list declares itself once, as a `Listing`; its page puts `bar(...)` into the facts and `{% list_bar bar %}` above the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise

from doorstep.accounts import queries as accounts
from doorstep.accounts import rules
from doorstep.accounts.values import SavedView
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import NOT_FOUND, Refused
from doorstep.base.sheets import Cell
from doorstep.flows.bulk import get_verb
from doorstep.web.parts.bulk_words import Doing
from doorstep.web.parts.given import Known, keepable_query, knows, unknown
from doorstep.web.parts.pages import StaffRequest

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Column:
    """One column.  `cell` says what a file writes of a line; `classes` are those of its head (see `{% rows %}`).

    `usual`: shown to somebody who never chose; `usual_where` names a parameter and its value of which the same holds,
    `unusual_where` one of which it does not.
    `file_only`: too much for a screen.
    """

    name: str
    label: Words
    cell: Callable[[Any], Cell]
    classes: str = ""
    usual: bool = True
    usual_where: tuple[str, str] | None = None
    unusual_where: tuple[str, str] | None = None
    file_only: bool = False
    title: Words = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list.  The first column is its link and always stays.

    `filters` are what its address understands: by name, the values that are known; whatever else an address says there does
    not filter, and is named.  `lines` gives what an address matches, batch by batch, as
    the columns' `cell` takes it: each batch one page of the list's own keyset, so that no file needs more memory than
    a page.  `ids` gives only the ids of the same rows, as many as are asked for; `doings` is what may be done to many at
    once.
    """

    name: str
    label: Words
    url_name: str
    permission: str
    filters: Mapping[str, Known]
    columns: Callable[[Ctx], Sequence[Column]]
    lines: Callable[[Ctx, QueryDict], Iterator[Sequence[Any]]]
    ids: Callable[[Ctx, QueryDict, int], list[int]]
    doings: tuple[Doing, ...] = ()

    @property
    def url(self) -> str:
        return reverse(self.url_name)

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(self.filters)


_listings: dict[str, Listing] = {}


def register(listing: Listing) -> Listing:
    """Makes a list known by its name."""
    _listings[listing.name] = listing
    return listing


def registered() -> list[Listing]:
    """Every list, by name."""
    return [_listings[name] for name in sorted(_listings)]


def get(name: str) -> Listing:
    """A list by its name.  Refuses: unknown names."""
    if name not in _listings:
        raise Refused(NOT_FOUND, {"what": "list", "key": name[:30]})
    return _listings[name]


@dataclass(frozen=True, slots=True)
class Tab:
    """A view of the list's own: the parameter's value, its word and, where it is cheap, how many rows it has."""

    value: str
    word: Words
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A tab as it is shown."""

    url: str
    word: Words
    is_active: bool
    count: int | None = None
    view: SavedView | None = None
    may_change: bool = False


@dataclass(frozen=True, slots=True)
class Choosable:
    """A line of the column menu."""

    name: str
    label: Words
    is_shown: bool
    is_fixed: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """What stands above the rows.  `shown` are the names of the columns; `query` is the address without the page;
    `doings` are those that this person may do; `unknown` is what the address says in vain.
    """

    listing: Listing
    columns: Sequence[Column]
    shown: frozenset[str]
    choosable: Sequence[Choosable]
    tabs: Sequence[Link]
    doings: Sequence[Doing]
    query: str
    url: str
    unknown: Sequence[str]

    @property
    def views(self) -> list[Link]:
        return [tab for tab in self.tabs if tab.view is not None]

    @property
    def may_save(self) -> bool:
        return bool(self.query) and not any(view.is_active for view in self.views)


def filters_of(listing: Listing, given: QueryDict) -> QueryDict:
    """What of an address filters this list: no page, nothing empty, nothing unknown, nothing that no column holds."""
    kept = QueryDict(mutable=True)
    clean = keepable_query(given)
    for name, known in listing.filters.items():
        for value in clean.getlist(name):
            if value.strip() and knows(known, value.strip()):
                kept.appendlist(name, value)
    return kept


def shown_columns(ctx: Ctx, listing: Listing, every: Sequence[Column], kept: QueryDict) -> list[Column]:
    """Those of a list's columns that the acting person sees where its address says `kept`, the first one in any case."""
    on_screen = [column for column in every if not column.file_only]
    chosen = accounts.columns_of(ctx, listing=listing.name)
    if chosen is None:
        return [column for n, column in enumerate(on_screen) if _is_usual(column, kept) or n == 0]
    return [column for n, column in enumerate(on_screen) if column.name in chosen or n == 0]


def _is_usual(column: Column, kept: QueryDict) -> bool:
    if column.unusual_where is not None:
        name, value = column.unusual_where
        return column.usual and kept.get(name) != value
    if column.usual_where is not None:
        name, value = column.usual_where
        return column.usual or kept.get(name) == value
    return column.usual


def bar(
    request: StaffRequest, listing: Listing, *, tabs: Sequence[Tab] = (), parameter: str = "", at: str = ""
) -> Bar:
    """What stands above a list's rows.  `tabs` are its own views, told apart by `parameter` in the address, which `at` stands
    for where it says none.

    Their counts know no other filter, so they are left out while one is on.
    """
    ctx = request.ctx
    kept = filters_of(listing, request.GET)
    every = [column for column in listing.columns(ctx) if not column.file_only]
    shown = shown_columns(ctx, listing, every, kept)
    names = frozenset(column.name for column in shown)
    views = [_link(request, listing, view, kept) for view in accounts.list_views(ctx, listing=listing.name)]
    is_saved = any(view.is_active for view in views)
    value = kept.get(parameter, at)
    is_filtered = any(name != parameter for name in kept)
    own = [Link(_beside(listing, kept, parameter, tab.value), tab.word, not is_saved and tab.value == value,
                None if is_filtered else tab.count) for tab in tabs]  # fmt: skip
    if views and not own:
        own = [Link(listing.url, listing.label, not is_saved)]
    return Bar(
        listing, shown, names,
        [Choosable(column.name, column.label, column.name in names, n == 0) for n, column in enumerate(every)],
        [*own, *views], [doing for doing in listing.doings if request.may(get_verb(doing.name).permission)],
        kept.urlencode(), request.get_full_path(), unknown(request.GET, listing.filters),
    )  # fmt: skip


def _link(request: StaffRequest, listing: Listing, view: SavedView, kept: QueryDict) -> Link:
    may = rules.may_change_view(view, user_id=request.staff.user_id, role=request.staff.role)
    is_active = sorted(QueryDict(view.query).lists()) == sorted(kept.lists())
    return Link(f"{listing.url}?{view.query}", view.name, is_active, view=view, may_change=may)


def _beside(listing: Listing, kept: QueryDict, parameter: str, value: str) -> str:
    query = kept.copy()
    query.pop(parameter, None)
    if value:
        query[parameter] = value
    return f"{listing.url}?{query.urlencode()}" if query else listing.url


def paged_lines(page_after: Callable[[Any], Sequence[Any]], key: Callable[[Any], Any]) -> Iterator[Sequence[Any]]:
    """Rows page by page: `page_after(key of the last row)` gives the next page, `page_after(None)` the first."""
    rows = page_after(None)
    while rows:
        yield rows
        rows = page_after(key(rows[-1]))


def first_ids(pages: Iterator[Sequence[int]], limit: int) -> list[int]:
    """The first ids of pages; no page is read that is not needed."""
    return list(islice(chain.from_iterable(pages), limit))
