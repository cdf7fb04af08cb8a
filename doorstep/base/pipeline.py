"""Statements that the server keeps planned, sent over libpq's pipeline together with the next question.

psycopg's own pipeline talks to the server at each statement; for the twenty of an intake that was more work than the rows are,
in our process and in PostgreSQL's (docs/adr/0029). Here a statement is only put into libpq's buffer, and the buffer goes out when
somebody asks for an answer, or at the end.
"""

from __future__ import annotations

import re
import select
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from psycopg import Connection, DataError, capabilities, errors
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, PipelineStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

Params = Mapping[str, Any] | Sequence[Any]

_PLACE = re.compile(r"%(?:\((\w+)\)s|s|%)")
_GROWN = 13  # doublings, after which tables have been analysed
_OIDS = {int: 20, bool: 16, datetime: 1184, date: 1082}  # what else there is says in the statement what it is
_STALE = (b"0A000", b"26000")  # a plan whose table has changed; a name that the server does not know
_FAILED = (ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE)
_pipes: WeakKeyDictionary[Connection[Any], Pipe] = WeakKeyDictionary()


class Found(NamedTuple):
    """An answer: lines of values, the names of their columns, which of these are of which type, how many rows were touched."""

    names: Sequence[str]
    kinds: Sequence[int]
    lines: Sequence[tuple[Any, ...]]
    touched: int


class Pipe:
    """One connection's kept statements, and what of them is under way.

    Nobody else may use the connection between the first statement and `settle`. A statement that fails spoils those behind it,
    as in any transaction, and its error is raised by the next `ask` or `settle`.
    """

    def __init__(self, wire: PGconn) -> None:
        self._wire = wire
        self._uses: Counter[str] = Counter()
        self._names: dict[tuple[bytes, tuple[int, ...]], bytes] = {}
        self._unproven: list[tuple[bytes, tuple[int, ...]]] = []
        self._made = 0
        self._sent = self._ended = 0  # statements; those between have results still to come
        self._wanted: dict[int, PGresult | None] = {}  # answers that somebody comes for later
        self.is_held = False

    def send(self, sql: str, params: Params, *, within: bool) -> None:
        """Puts a statement behind the others.  `within`: a transaction is to be begun, should none be open."""
        if self._wire.pipeline_status == PipelineStatus.OFF:
            idle = self._wire.transaction_status == TransactionStatus.IDLE
            self._wire.enter_pipeline_mode()
            if within and idle:
                self._wire.send_query_params(b"BEGIN", None)
                self._sent += 1
        text, given = _numbered(sql, params)
        self._uses[sql] = used = self._uses[sql] + 1
        grown = min(used.bit_length(), _GROWN)
        key = (b"%b\n-- %d" % (text, grown), tuple([_oid(value) for value in given]))
        name = self._names.get(key)
        if name is None:
            name = self._keep(key)
            self._drop((b"%b\n-- %d" % (text, grown - 1), key[1]))
        self._wire.send_query_prepared(name, [_written(value) for value in given])
        self._sent += 1

    def _keep(self, key: tuple[bytes, tuple[int, ...]]) -> bytes:
        """Has the server keep a statement.  A plan is made anew each time that the uses of its text have doubled."""
        self._made += 1
        name = self._names[key] = b"doorstep_%d" % self._made
        self._unproven.append(key)
        self._wire.send_prepare(name, key[0], key[1])
        self._sent += 1
        return name

    def _drop(self, key: tuple[bytes, tuple[int, ...]]) -> None:
        """Has the server forget a statement whose plan was made anew, where libpq knows how to ask for that."""
        name = self._names.pop(key, None)
        if name is not None and capabilities.has_send_close_prepared():
            self._wire.send_close_prepared(name)
            self._sent += 1

    def want(self, connection: Connection[Any], sql: str, params: Params) -> int:
        """Sends a statement whose answer is come for later.  Returns: the number to come with."""
        self.send(sql, params, within=not connection.autocommit)
        self._wanted[self._sent] = None
        return self._sent

    def get(self, connection: Connection[Any], number: int) -> Found:
        """The answer to a statement that was sent before, of which all may be waited for."""
        try:
            if self._wanted[number] is None:
                if self.is_held:
                    self._collect()
                else:
                    self.settle()
            answer = self._wanted.pop(number)
            assert answer is not None
            return _read(connection, answer)
        except BaseException:
            self.let_go()
            raise

    def ask(self, connection: Connection[Any], sql: str, params: Params) -> Found:
        """Sends a statement and waits for its answer."""
        try:
            number = self.want(connection, sql, params)
        except BaseException:
            self.let_go()
            raise
        return self.get(connection, number)

    def settle(self) -> None:
        """Waits for all that was sent, after which the connection is anybody's again.  Raises: the first error."""
        if self._wire.pipeline_status == PipelineStatus.OFF or self._wire.status == ConnStatus.BAD:
            return
        self._wire.pipeline_sync()
        self._flush()
        failed, last = None, None
        while (one := self._next()) is None or one.status != ExecStatus.PIPELINE_SYNC:
            if one is None:
                self._end(last)
            elif one.status in _FAILED:
                failed = failed or one
            last = one or last
        self._ended = self._sent
        self._wire.exit_pipeline_mode()
        self._prove(failed)

    def let_go(self) -> None:
        """Settles where something has gone wrong already: that is told, and not what it brought about here."""
        with suppress(errors.Error):
            self.settle()
        self.forget()

    def forget(self) -> None:
        """Drops answers that nobody came for."""
        self._wanted.clear()

    def _collect(self) -> None:
        """Reads the results of all that is under way."""
        self._wire.send_flush_request()
        self._flush()
        last: PGresult | None = None
        while self._ended < self._sent:
            one = self._next()
            if one is None:
                self._end(last)
            elif one.status in _FAILED:
                self._prove(one)
            else:
                last = one
        self._prove(None)

    def _end(self, answer: PGresult | None) -> None:
        """Notes the answer of the statement whose results were read to the end."""
        self._ended += 1
        if self._ended in self._wanted:
            self._wanted[self._ended] = answer

    def _prove(self, failed: PGresult | None) -> None:
        """Notes that the server keeps what it was given to keep; after an error it may or may not have come to that."""
        if failed is not None:
            for key in self._unproven:
                self._names.pop(key, None)
            if failed.error_field(DiagnosticField.SQLSTATE) in _STALE:
                self._names.clear()
        self._unproven.clear()
        if failed is not None:
            raise errors.error_from_result(failed)

    def _flush(self) -> None:
        """Writes all out; reads meanwhile, since the server may not read on before somebody takes its answers."""
        while self._wire.flush():
            ready = _wait(self._wire.socket, select.POLLIN | select.POLLOUT)
            if ready & select.POLLIN:
                self._wire.consume_input()

    def _next(self) -> PGresult | None:
        while self._wire.is_busy():
            _wait(self._wire.socket, select.POLLIN)
            self._wire.consume_input()
        return self._wire.get_result()


def _read(connection: Connection[Any], answer: PGresult) -> Found:
    if answer.status != ExecStatus.TUPLES_OK:
        return Found((), (), (), answer.command_tuples or 0)
    columns = range(answer.nfields)
    shape = Transformer(connection)
    shape.set_pgresult(answer)
    return Found(
        [(answer.fname(i) or b"").decode() for i in columns],
        [answer.ftype(i) for i in columns],
        shape.load_rows(0, answer.ntuples, tuple),
        answer.command_tuples or 0,
    )


def of(connection: Connection[Any]) -> Pipe:
    """The pipe of a connection."""
    pipe = _pipes.get(connection)
    if pipe is None:
        pipe = _pipes[connection] = Pipe(connection.pgconn)
    return pipe


@contextmanager
def held(connection: Connection[Any]) -> Iterator[Pipe]:
    """Leaves what is sent under way until something is asked, or until the end.  Raises: what went wrong with it."""
    pipe = of(connection)
    if pipe.is_held:
        yield pipe
        return
    pipe.is_held = True
    try:
        yield pipe
    except BaseException:
        pipe.is_held = False
        pipe.let_go()
        raise
    pipe.is_held = False
    try:
        pipe.settle()
    finally:
        pipe.forget()


def _wait(fd: int, events: int) -> int:
    poll = select.poll()
    poll.register(fd, events)
    return poll.poll()[0][1]


@lru_cache(maxsize=512)
def _parsed(sql: str) -> tuple[bytes, tuple[str | None, ...]]:
    """A statement with numbered places, and the name of each."""
    places: list[str | None] = []

    def number(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        if match[1] is None or match[1] not in places:
            places.append(match[1])
        return f"${len(places) if match[1] is None else places.index(match[1]) + 1}"

    return _PLACE.sub(number, sql).encode(), tuple(places)


def _numbered(sql: str, params: Params) -> tuple[bytes, Sequence[Any]]:
    text, places = _parsed(sql)
    if isinstance(params, Mapping):
        return text, [params[name] for name in places if name is not None]
    if len(params) != len(places):
        raise ValueError(f"{len(params)} values for {len(places)} places")
    return text, params


def _oid(value: object) -> int:
    return _OIDS.get(type(value), 0)


def _written(value: object) -> bytes | None:
    """A value as PostgreSQL reads it.  Refuses: a text with NUL.

    Shapes: None, texts (arrays and JSON too), numbers, truths, moments, days.
    """
    if isinstance(value, str):
        if "\0" in value:  # libpq would read up to there
            raise DataError("a text with NUL")
        return value.encode()
    if value is None:
        return None
    if isinstance(value, int):
        return b"%d" % value
    if isinstance(value, date):
        return value.isoformat().encode()
    raise TypeError(f"no kept statement takes {type(value).__name__}")
