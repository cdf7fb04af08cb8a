"""SQL in, frozen rows out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.transaction import TransactionManagementError

from doorstep.base import pipeline
from doorstep.base.pipeline import Found, Params, Pipe

Row = TypeVar("Row")
JSONB = 3802
_APART = "\x1f"
_encode = msgspec.json.Encoder(enc_hook=str).encode
_decode = msgspec.json.Decoder().decode


def rows(shape: type[Row], sql: str, params: Params = (), *, kept: bool = False) -> list[Row]:
    """Runs a query and returns one frozen row per line; column names are the fields of `shape`.  `kept`: see `execute`."""
    return _rows(shape, _ask(sql, params, kept))


def later(shape: type[Row], sql: str, params: Params = ()) -> Callable[[], list[Row]]:
    """Runs a kept query as `rows` does, whose rows are come for later: within `pipelined`, questions that are sent before the first
    answer is waited for are answered together.
    """
    own = connections[DEFAULT_DB_ALIAS]
    pipe = _pipe(own)
    if pipe is None or not pipe.is_held:
        found = rows(shape, sql, params, kept=True)
        return lambda: found
    with own.wrap_database_errors:
        number = pipe.want(own.connection, sql, params)

    def come() -> list[Row]:
        with own.wrap_database_errors:
            return _rows(shape, pipe.get(own.connection, number))

    return come


def _rows(shape: type[Row], answer: Found) -> list[Row]:
    lines = _lines(answer)
    if tuple(answer.names) == _fields(shape)[: len(answer.names)]:
        return [shape(*line) for line in lines]
    return [shape(**dict(zip(answer.names, line, strict=True))) for line in lines]


def one(shape: type[Row], sql: str, params: Params = ()) -> Row | None:
    """The first row, or None."""
    found = rows(shape, sql, params)
    return found[0] if found else None


def dicts(sql: str, params: Params = (), *, kept: bool = False) -> list[dict[str, Any]]:
    """Rows as dictionaries, JSON decoded.  `kept`: see `execute`."""
    answer = _ask(sql, params, kept)
    return [dict(zip(answer.names, line, strict=True)) for line in _lines(answer)]


def _fields(shape: Any) -> tuple[str, ...]:
    names: tuple[str, ...] = shape.__match_args__  # a dataclass keeps there what it is made of, in order
    return names


def _lines(answer: Found) -> Sequence[Sequence[Any]]:
    """The lines of an answer, JSON decoded."""
    coded = [i for i, kind in enumerate(answer.kinds) if kind == JSONB]
    if not coded:
        return answer.lines
    found = [list(line) for line in answer.lines]
    for i in coded:
        for line in found:
            if isinstance(line[i], str):
                line[i] = _of_json(line[i])
    return found


def _of_json(text: str) -> Any:
    try:
        return _decode(text)
    except msgspec.MsgspecError:  # a number that no float holds
        return json.loads(text)


def column(sql: str, params: Params = (), *, kept: bool = False) -> list[Any]:
    """The first column of every row.  `kept`: see `execute`."""
    return [line[0] for line in _ask(sql, params, kept).lines]


def scalar(sql: str, params: Params = ()) -> Any:
    """The first column of the first row, or None."""
    found = column(sql, params)
    return found[0] if found else None


def execute(sql: str, params: Params = (), *, kept: bool = False) -> int:
    """Runs a statement and returns how many rows it touched.

    `kept`: the server keeps it parsed and planned for this connection, and it goes past Django to the driver. For statements of the
    hot path. A plan made while a table was empty may take any of its indexes, so it is made anew each time that the uses of
    the statement have doubled, up to 4,096; a look-up of keys in a table that orders make grow is a LATERAL with LIMIT 1 per
    key, else its plan reads all of a table that looks small.
    """
    return _ask(sql, params, kept).touched


def send(sql: str, params: Params = ()) -> None:
    """Runs a kept statement whose answer nobody asks for: within `pipelined` nobody waits for it."""
    own = connections[DEFAULT_DB_ALIAS]
    pipe = _pipe(own)
    if pipe is None or not pipe.is_held:
        _ask(sql, params, kept=True)
        return
    with own.wrap_database_errors:
        pipe.send(sql, params, within=not own.connection.autocommit)


@contextmanager
def pipelined() -> Iterator[None]:
    """What is sent here goes out when something is asked; what went wrong with it is raised then, or at the end.

    Needs: a transaction around it, since psycopg must not have to begin or to end one meanwhile.
    """
    own = connections[DEFAULT_DB_ALIAS]
    if not own.in_atomic_block:
        raise TransactionManagementError("Statements are sent together within a transaction.")
    pipe = _pipe(own)
    if pipe is None:
        yield
        return
    with own.wrap_database_errors, pipeline.held(own.connection), own.execute_wrapper(_Settling(own, pipe)):
        yield


def widen(most: int) -> None:
    """Lets this process have so many connections; to be called before it has any."""
    connections[DEFAULT_DB_ALIAS].settings_dict["OPTIONS"]["pool"]["max_size"] = most


def by_index() -> None:
    """Has the rest of this transaction use the plans of its kept statements as they are, and walk through no table.

    PostgreSQL would make most of these plans anew each time: how long an array is, it knows only then.
    """
    send("SELECT set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)")


@contextmanager
def by_page() -> Iterator[None]:
    """Has queries here read a table page after page, be it those that an index names, and none row by row in the order of an index.

    For sums over much of what an index names: PostgreSQL thinks that its rows lie together more often than they do.
    """
    with transaction.atomic(savepoint=False):
        execute("SELECT set_config('enable_indexscan', 'off', true)")
        yield
        execute("SELECT set_config('enable_indexscan', 'on', true)")


class _Settling:
    """Lets a pipe come to rest before Django's own cursors use its connection."""

    def __init__(self, own: BaseDatabaseWrapper, pipe: Pipe) -> None:
        self._own, self._pipe = own, pipe

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        with self._own.wrap_database_errors:
            self._pipe.settle()
        return execute(sql, params, many, context)


def _pipe(own: BaseDatabaseWrapper) -> Pipe | None:
    """Where kept statements go; None while somebody listens to what goes through Django."""
    if own.queries_logged or not all(isinstance(one, _Settling) for one in own.execute_wrappers):
        return None
    own.validate_no_broken_transaction()
    own.ensure_connection()
    return pipeline.of(own.connection)


def _ask(sql: str, params: Params, kept: bool) -> Found:
    own = connections[DEFAULT_DB_ALIAS]  # each look through the proxy would find it again
    pipe = _pipe(own) if kept else None
    if pipe is None:
        with own.cursor() as cursor:
            cursor.execute(sql, params)
            return _found(cursor)
    with own.wrap_database_errors:
        return pipe.ask(own.connection, sql, params)


def _found(cursor: CursorWrapper) -> Found:
    result = cursor.pgresult  # `cursor.description` makes an object of every column each time it is asked
    columns = range(result.nfields if result else 0)
    return Found(
        [result.fname(i).decode() for i in columns], [result.ftype(i) for i in columns],
        cursor.fetchall() if columns else (), int(cursor.rowcount),
    )  # fmt: skip


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
