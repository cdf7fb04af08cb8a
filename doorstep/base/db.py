"""SQL in, frozen rows out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Self, TypeVar
from weakref import WeakKeyDictionary

import msgspec
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import Connection, Cursor

Row = TypeVar("Row")
Params = Mapping[str, Any] | Sequence[Any]
JSONB = 3802
_APART = "\x1f"
_GROWN = 13  # doublings, after which tables have been analysed
_uses: WeakKeyDictionary[Connection[Any], Counter[str]] = WeakKeyDictionary()
_encode = msgspec.json.Encoder(enc_hook=str).encode


def rows(shape: type[Row], sql: str, params: Params = (), *, kept: bool = False) -> list[Row]:
    """Runs a query and returns one frozen row per line; column names are the fields of `shape`.  `kept`: see `execute`."""
    return [shape(**line) for line in dicts(sql, params, kept=kept)]


def one(shape: type[Row], sql: str, params: Params = ()) -> Row | None:
    """The first row, or None."""
    found = rows(shape, sql, params)
    return found[0] if found else None


def dicts(sql: str, params: Params = (), *, kept: bool = False) -> list[dict[str, Any]]:
    """Rows as dictionaries, JSON decoded.  `kept`: see `execute`."""
    with _cursor(kept) as cursor:
        cursor.execute(sql, params)
        lines = cursor.fetchall()
        result = cursor.pgresult  # `cursor.description` makes an object of every column each time it is asked
        names = [result.fname(i).decode() for i in range(result.nfields)]
        found = [dict(zip(names, line, strict=True)) for line in lines]
        for name in [names[i] for i in range(len(names)) if result.ftype(i) == JSONB]:
            for line in found:
                if isinstance(line[name], str):
                    line[name] = json.loads(line[name])
        return found


def column(sql: str, params: Params = (), *, kept: bool = False) -> list[Any]:
    """The first column of every row.  `kept`: see `execute`."""
    with _cursor(kept) as cursor:
        cursor.execute(sql, params)
        return [line[0] for line in cursor.fetchall()]


def scalar(sql: str, params: Params = ()) -> Any:
    """The first column of the first row, or None."""
    found = column(sql, params)
    return found[0] if found else None


def execute(sql: str, params: Params = (), *, kept: bool = False) -> int:
    """Runs a statement and returns how many rows it touched.

    `kept`: the server keeps it parsed and planned for this connection, and it goes past Django to the driver. For statements of the
    hot path. A plan made while a table was empty may take any of its indexes, so it is made anew each time that the uses of
    the statement have doubled; a look-up of keys is a LATERAL with LIMIT 1 per key, else its plan reads all of a table
    that looks small.
    """
    with _cursor(kept) as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def send(sql: str, params: Params = ()) -> None:
    """Runs a kept statement whose answer nobody asks for: within `pipelined` the next need not wait for it."""
    with _cursor(True) as cursor:
        cursor.execute(sql, params)


@contextmanager
def pipelined() -> Iterator[None]:
    """What is sent here is not waited for until something is asked; what went wrong is raised then, or at the end."""
    own = connections[DEFAULT_DB_ALIAS]
    own.ensure_connection()
    with own.wrap_database_errors, own.connection.pipeline():
        yield


def by_index() -> None:
    """Has the rest of this transaction use the plans of its kept statements as they are, and walk through no table.

    PostgreSQL would make most of these plans anew each time: how long an array is, it knows only then.
    """
    send("SELECT set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)")


@contextmanager
def _cursor(kept: bool) -> Iterator[Any]:
    own = connections[DEFAULT_DB_ALIAS]  # each look through the proxy would find it again
    if not kept or own.execute_wrappers or own.queries_logged:
        with own.cursor() as cursor:
            yield cursor
        return
    own.validate_no_broken_transaction()
    own.ensure_connection()
    with own.wrap_database_errors:
        yield _Kept(own.connection)


class _Kept(Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **_: Any) -> Self:
        """Runs a statement that the server keeps."""
        uses = _uses.setdefault(self.connection, Counter())
        uses[query] = used = uses[query] + 1
        planned = f"{query}\n-- {min(used.bit_length(), _GROWN)}"  # another text is another plan
        return super().execute(planned, params, prepare=True)


@cache
def statement(folder: str, name: str) -> str:
    """The text of `<folder>/sql/<name>.sql`; `folder` is the caller's `__file__`."""
    return (Path(folder).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def as_json(value: object) -> str:
    """JSON text for a jsonb parameter; Hangul stays Hangul."""
    return _encode(value).decode()


def columns(items: Iterable[Sequence[Any]], width: int) -> list[str]:
    """Turns lines into columns for `unnest(%s::type[], …)`; gives `width` empty ones where there are no lines."""
    found = [array(column) for column in zip(*items, strict=True)]
    if found and len(found) != width:
        raise ValueError(f"lines of {len(found)} values, not {width}")
    return found or ["{}"] * width


def array(values: Sequence[Any]) -> str:
    """An array as PostgreSQL writes it, for a parameter with a cast.

    The driver asks every element what it is and looks for what to escape in it; a column is of one kind, so it is asked once.
    Shapes: numbers, texts, truths, moments, days, bytes, None.  Source: PostgreSQL, Arrays, 8.15.6.
    """
    kinds = set(map(type, values))
    if kinds == {int}:
        return "{" + ",".join(map(str, values)) + "}"
    if kinds == {str}:
        joined = _APART.join(values)
        if joined.count(_APART) == len(values) - 1:
            return '{"' + joined.replace("\\", "\\\\").replace('"', '\\"').replace(_APART, '","') + '"}'
    elif len(kinds) == 1 and float not in kinds and values.count(values[0]) == len(values):
        return "{" + ",".join([_element(values[0])] * len(values)) + "}"
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, date):
        return f'"{value.isoformat()}"'
    if isinstance(value, bytes | bytearray | memoryview):
        return f'"\\\\x{bytes(value).hex()}"'
    raise TypeError(f"no array of {type(value).__name__}")
