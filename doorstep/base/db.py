"""SQL in, frozen rows out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec
from django.db import connection
from psycopg import Cursor

Row = TypeVar("Row")
Params = Mapping[str, Any] | Sequence[Any]
JSONB = 3802
_encode = msgspec.json.Encoder(enc_hook=str).encode


def rows(shape: type[Row], sql: str, params: Params = (), *, prepared: bool = False) -> list[Row]:
    """Runs a query and returns one frozen row per line; column names are the fields of `shape`.  `prepared`: see `execute`."""
    return [shape(**line) for line in dicts(sql, params, prepared=prepared)]


def one(shape: type[Row], sql: str, params: Params = ()) -> Row | None:
    """The first row, or None."""
    found = rows(shape, sql, params)
    return found[0] if found else None


def dicts(sql: str, params: Params = (), *, prepared: bool = False) -> list[dict[str, Any]]:
    """Rows as dictionaries, JSON decoded.  `prepared`: see `execute`."""
    with _cursor(prepared) as cursor:
        cursor.execute(sql, params)
        described = cursor.description  # built anew each time it is asked for
        if described is None:
            return []
        names = [column.name for column in described]
        decode = [i for i, column in enumerate(described) if column.type_code == JSONB]
        if not decode:
            return [dict(zip(names, line, strict=True)) for line in cursor.fetchall()]
        result = []
        for values in cursor.fetchall():
            line = list(values)
            for i in decode:
                if isinstance(line[i], str):
                    line[i] = json.loads(line[i])
            result.append(dict(zip(names, line, strict=True)))
        return result


def column(sql: str, params: Params = ()) -> list[Any]:
    """The first column of every row."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [line[0] for line in cursor.fetchall()]


def scalar(sql: str, params: Params = ()) -> Any:
    """The first column of the first row, or None."""
    found = column(sql, params)
    return found[0] if found else None


def execute(sql: str, params: Params = (), *, prepared: bool = False) -> int:
    """Runs a statement and returns how many rows it touched.

    `prepared`: the server keeps it parsed and planned for this connection. For what is asked all the time and keeps its plan:
    inserts of columns, and reads by key of tables that do not grow with the orders.
    """
    with _cursor(prepared) as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


@contextmanager
def _cursor(prepared: bool) -> Iterator[Any]:
    if not prepared or connection.execute_wrappers or connection.queries_logged:
        with connection.cursor() as cursor:
            yield cursor
        return
    connection.ensure_connection()
    with connection.wrap_database_errors:
        yield _Prepared(connection.connection)


class _Prepared(Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **_: Any) -> Self:
        """Runs a statement that the server keeps."""
        return super().execute(query, params, prepare=True)


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
        joined = '","'.join(values)
        if "\\" not in joined and joined.count('"') == 2 * len(values) - 2:
            return '{"' + joined + '"}'
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
