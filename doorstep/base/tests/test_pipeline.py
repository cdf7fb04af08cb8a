"""Kept statements go out together; whatever happens to them, the connection is sound afterwards and the error is the first one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, DataError, IntegrityError, connection, transaction

from doorstep.base import db, pipeline
from doorstep.base.refusals import Refusal, Refused

pytestmark = pytest.mark.django_db

TABLE = "CREATE TEMPORARY TABLE kept (id bigint PRIMARY KEY, note text) ON COMMIT DROP"
ADD = "INSERT INTO kept SELECT u.id, %s FROM unnest(%s::bigint[]) u(id)"
NO = Refusal("no", "No.", "Do not.")


def send_together(*statements: tuple[str, list[object]], asking: bool = False, refusing: bool = False) -> None:
    """A step of its own that sends these, asks something behind them, or refuses in the end."""
    with transaction.atomic(), db.pipelined():
        for sql, params in statements:
            db.send(sql, params)
        if asking:
            db.column("SELECT 1", kept=True)
        if refusing:
            raise Refused(NO)


def test_what_is_sent_is_there_for_the_next_question() -> None:
    db.execute(TABLE)
    with db.pipelined():
        db.send(ADD, ["one", "{1,2}"])
        db.send(ADD, ["two", "{3}"])
        assert db.dicts("SELECT id, note FROM kept ORDER BY id", kept=True) == [
            {"id": 1, "note": "one"}, {"id": 2, "note": "one"}, {"id": 3, "note": "two"},
        ]  # fmt: skip
        assert db.execute("UPDATE kept SET note = %(n)s WHERE note = %(n)s OR id = %(id)s", {"n": "two", "id": 1}, kept=True) == 2


@dataclass(frozen=True)
class Kept:
    id: int
    note: str


def test_questions_that_are_sent_together_are_each_answered_in_whatever_order_one_comes_for_them() -> None:
    sql = "SELECT id, note FROM kept WHERE id = %s"
    db.execute(TABLE)
    with db.pipelined():
        db.send(ADD, ["one", "{1,2}"])
        first, second = db.later(Kept, sql, [1]), db.later(Kept, sql, [2])
        db.send("UPDATE kept SET note = %s", ["changed"])
        third = db.later(Kept, sql, [1])
        assert second() == [Kept(2, "one")]
        assert db.column("SELECT note FROM kept", kept=True) == ["changed", "changed"]
        fourth = db.later(Kept, sql, [3])
        assert db.scalar("SELECT count(*) FROM kept") == 2  # by Django's own cursor
        assert (fourth(), third(), first()) == ([], [Kept(1, "changed")], [Kept(1, "one")])
    assert db.later(Kept, sql, [2])() == [Kept(2, "changed")]  # and where nothing is held back


def test_an_answer_that_nobody_comes_for_does_no_harm_and_an_error_is_told_to_who_does() -> None:
    db.execute(TABLE)
    with db.pipelined():
        db.later(Kept, "SELECT id, note FROM kept")
        db.send(ADD, ["one", "{1}"])
    assert db.scalar("SELECT count(*) FROM kept") == 1
    with db.pipelined():
        db.send(ADD, ["again", "{1}"])
        come = db.later(Kept, "SELECT id, note FROM kept")
        with pytest.raises(IntegrityError):
            come()


def test_django_may_ask_between_what_is_sent() -> None:
    with db.pipelined(), transaction.atomic():  # a savepoint, made by Django
        db.execute(TABLE)
        db.send(ADD, ["one", "{1}"])
        assert db.scalar("SELECT count(*) FROM kept") == 1
        db.send(ADD, ["two", "{2}"])
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM kept")
            assert cursor.fetchone() == (2,)


def test_values_come_back_as_they_went() -> None:
    at = datetime(2026, 11, 26, 9, 30, 1, 5, tzinfo=UTC)
    sql = """SELECT %s::text AS word, %s AS number, %s AS truth, %s AS at, %s AS day, %s::text AS nothing, 5 %% 3 AS two,
                    '{"a": [1]}'::jsonb AS document, %s::bytea AS raw"""
    said = db.dicts(sql, ["한국 'a' \\ \"b\"", 7, True, at, date(2026, 1, 2), None, "\\x00ff"], kept=True)[0]
    assert said == {
        "word": "한국 'a' \\ \"b\"", "number": 7, "truth": True, "at": at, "day": date(2026, 1, 2), "nothing": None,
        "two": 2, "document": {"a": [1]}, "raw": b"\x00\xff",
    }  # fmt: skip


def test_the_first_error_is_the_one_that_is_told_and_all_goes_on_afterwards() -> None:
    db.execute(TABLE)
    with pytest.raises(IntegrityError, match="kept_pkey"):
        send_together((ADD, ["one", "{1}"]), (ADD, ["again", "{1}"]), (ADD, ["behind it", "{2}"]), asking=True)
    assert db.scalar("SELECT count(*) FROM kept") == 0
    with db.pipelined():
        db.send(ADD, ["one", "{1}"])
    assert db.column("SELECT note FROM kept", kept=True) == ["one"]


def test_an_error_that_nobody_asked_for_is_told_at_the_end() -> None:
    db.execute(TABLE)
    with pytest.raises(IntegrityError):
        send_together((ADD, ["one", "{1}"]), (ADD, ["again", "{1}"]))


def test_a_statement_that_could_not_be_kept_is_kept_the_next_time() -> None:
    for _ in range(2):
        with pytest.raises(DatabaseError, match="nowhere"), transaction.atomic():
            db.dicts("SELECT * FROM nowhere", kept=True)
    with pytest.raises(DataError), transaction.atomic():
        db.column("SELECT %s::bigint", ["no number"], kept=True)
    assert db.column("SELECT %s::bigint", ["5"], kept=True) == [5]


def test_a_refusal_leaves_nothing_under_way() -> None:
    db.execute(TABLE)
    with pytest.raises(Refused):
        send_together((ADD, ["one", "{1}"]), refusing=True)
    assert db.column("SELECT note FROM kept", kept=True) == []


def test_more_than_the_wires_hold_goes_both_ways() -> None:
    """Both sides would wait for the other to read, if we only wrote."""
    much = "x" * 1_000_000
    with db.pipelined():
        for _ in range(8):
            db.send("SELECT %s::text, %s::text", [much, much])
        assert db.column("SELECT length(%s::text)", [much], kept=True) == [1_000_000]


def test_a_plan_is_made_anew_each_time_that_its_uses_have_doubled() -> None:
    sql = "SELECT 'doubling', %s::bigint"
    for n in range(40):
        assert db.column(sql, [n], kept=True) == ["doubling"]
    kept = db.column("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT ''doubling''%%'")
    assert kept == [1]  # those of 1, 2, 4, 8 and 16 uses were dropped


def test_one_that_was_used_ever_so_often_is_kept_anew_where_the_server_lost_it() -> None:
    sql = "SELECT 8 + %s::bigint"
    pipe = pipeline.of(connection.connection)
    for used in (2**12, 2**13, 2**20):
        pipe._uses[sql] = used
        pipe._names.clear()
        assert [db.column(sql, [n], kept=True) for n in (1, 2)] == [[9], [10]]


def test_the_wrong_number_of_values_is_refused_here() -> None:
    with pytest.raises(ValueError, match="2 values for 1 places"):
        db.column("SELECT %s::bigint", [1, 2], kept=True)
    assert db.column("SELECT 1", kept=True) == [1]


def test_a_kept_statement_whose_table_has_changed_fails_once() -> None:
    db.execute(TABLE)
    sql = "SELECT * FROM kept"
    for _ in range(4):
        assert db.dicts(sql, kept=True) == []
    db.execute("ALTER TABLE kept ADD COLUMN more int")
    db.execute("INSERT INTO kept VALUES (1, 'x', 7)")
    with pytest.raises(DatabaseError, match="cached plan"), transaction.atomic():
        db.dicts(sql, kept=True)
    assert db.dicts(sql, kept=True) == [{"id": 1, "note": "x", "more": 7}]


def test_an_answer_that_cannot_be_read_leaves_the_connection_to_others() -> None:
    with pytest.raises(DatabaseError, match="timestamp too large"):
        db.column("SELECT 'infinity'::timestamptz", kept=True)
    assert db.scalar("SELECT 1") == 1


def test_a_text_with_nul_is_refused_and_not_cut() -> None:
    with pytest.raises(DatabaseError, match="NUL"), transaction.atomic():
        db.column("SELECT %s::text", ["a\0b"], kept=True)


def test_what_failed_under_way_is_djangos_error_where_django_finds_it() -> None:
    """Django rolls back to its savepoint for errors of its own only."""
    db.execute(TABLE)
    with db.pipelined():
        with pytest.raises(IntegrityError):
            send_together((ADD, ["one", "{1}"]), (ADD, ["again", "{1}"]))
        assert db.column("SELECT note FROM kept", kept=True) == []


@pytest.mark.django_db(transaction=True)
def test_statements_are_sent_together_within_a_transaction_only() -> None:
    with pytest.raises(transaction.TransactionManagementError), db.pipelined():
        pass


@pytest.mark.django_db(transaction=True)
def test_it_begins_the_transaction_that_django_would_have_begun() -> None:
    with pytest.raises(Refused):
        send_together(("INSERT INTO django_content_type (app_label, model) VALUES (%s, %s)", ["kept", "one"]), refusing=True)
    assert db.column("SELECT 1 FROM django_content_type WHERE app_label = 'kept'", kept=True) == []


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_dies_says_so_and_the_next_one_works() -> None:
    for asked in (True, False):
        with pytest.raises(DatabaseError):
            send_together(("SELECT pg_terminate_backend(pg_backend_pid())", []), ("SELECT 1", []), asking=asked)
        connection.close()
        assert db.column("SELECT 1", kept=True) == [1]


def test_who_listens_to_statements_hears_the_kept_ones_too() -> None:
    heard: list[str] = []

    def listen(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        heard.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen), db.pipelined():
        db.send("SELECT 'sent'")
        assert db.column("SELECT 'asked'", kept=True) == ["asked"]
    assert heard == ["SELECT 'sent'", "SELECT 'asked'"]


def test_places_are_numbered_and_named_ones_once() -> None:
    assert pipeline._parsed("a = %(b)s AND c = %(d)s OR e = %(b)s AND f LIKE '50%%'") == (
        b"a = $1 AND c = $2 OR e = $1 AND f LIKE '50%'", ("b", "d"),
    )  # fmt: skip
