"""SQL in, frozen rows out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from django.db import connection

Row = TypeVar("Row")
Params = Mapping[str, Any] | Sequence[Any]
JSONB = 3802


def rows(shape: type[Row], sql: str, params: Params = ()) -> list[Row]:
    """Runs a query and returns one frozen row per line; column names are the fields of `shape`."""
    return [shape(**line) for line in dicts(sql, params)]


def one(shape: type[Row], sql: str, params: Params = ()) -> Row | None:
    """The first row, or None."""
    found = rows(shape, sql, params)
    return found[0] if found else None


def dicts(sql: str, params: Params = ()) -> list[dict[str, Any]]:
    """Rows as dictionaries, JSON decoded."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        described = cursor.description  # built anew each time it is asked for
        if described is None:
            return []
        names = [column.name for column in described]
        decode = [i for i, column in enumerate(described) if column.type_code == JSONB]
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


def execute(sql: str, params: Params = ()) -> int:
    """Runs a statement and returns how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


@cache
def statement(folder: str, name: str) -> str:
    """The text of `<folder>/sql/<name>.sql`; `folder` is the caller's `__file__`."""
    return (Path(folder).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def as_json(value: object) -> str:
    """JSON text for a jsonb parameter; Hangul stays Hangul."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def columns(items: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    """Turns lines into columns for `unnest`; gives `width` empty lists where there are no lines."""
    result: list[list[Any]] = [[] for _ in range(width)]
    for item in items:
        for i in range(width):
            result[i].append(item[i])
    return result
