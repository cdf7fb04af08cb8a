"""A code works once, for its own order, for a while, and cannot be guessed at leisure."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from django.db import connection

from doorstep.base import codes, tokens
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refused
from tests.factories import make_ctx

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Made:
    id: int
    code: str
    attempt: str


def issued(ctx: Ctx, subject: str = "order:7") -> Made:
    key = codes.new_key()
    made = codes.issue(ctx, subject=subject, key=key)
    assert made is not None
    return Made(made.id, made.code, codes.attempt_of(ctx, key=key))


def nobody(ctx: Ctx) -> str:
    return codes.attempt_of(ctx, key=codes.new_key())


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**codes.DIGITS:0{codes.DIGITS}}"


def test_the_right_code_opens_its_subject_once() -> None:
    ctx = make_ctx()
    made = issued(ctx)

    assert codes.redeem(ctx, attempt=made.attempt, code=f" {made.code[:3]} {made.code[3:]} ") == "order:7"
    with pytest.raises(Refused, match="wrong_code"):
        codes.redeem(ctx, attempt=made.attempt, code=made.code)


def test_after_five_wrong_tries_the_right_one_is_too_late() -> None:
    ctx = make_ctx()
    made = issued(ctx)
    for _ in range(codes.TRIES):
        with pytest.raises(Refused, match="wrong_code"):
            codes.redeem(ctx, attempt=made.attempt, code=wrong(made.code))

    with pytest.raises(Refused, match="wrong_code"):
        codes.redeem(ctx, attempt=made.attempt, code=made.code)


def test_a_newer_code_ends_the_older_and_the_hour_has_a_limit() -> None:
    ctx = make_ctx()
    first = issued(ctx)
    second = issued(ctx)
    with pytest.raises(Refused, match="wrong_code"):
        codes.redeem(ctx, attempt=first.attempt, code=first.code)
    for _ in range(codes.MOST_AN_HOUR - 2):
        second = issued(ctx)

    assert codes.issue(ctx, subject="order:7", key=codes.new_key()) is None
    assert codes.issue(ctx, subject="order:8", key=codes.new_key()) is not None
    assert codes.redeem(ctx, attempt=second.attempt, code=second.code) == "order:7"
    later = replace(ctx, now=ctx.now + timedelta(hours=1, seconds=1))
    assert codes.issue(later, subject="order:7", key=codes.new_key()) is not None


def test_a_code_is_over_after_a_quarter_of_an_hour() -> None:
    ctx = make_ctx()
    made = issued(ctx)

    with pytest.raises(Refused, match="wrong_code"):
        codes.redeem(replace(ctx, now=ctx.now + codes.LASTS), attempt=made.attempt, code=made.code)


def test_nothing_opens_what_is_not_here_or_belongs_to_others() -> None:
    ctx, stranger = make_ctx(), make_ctx("Other")
    made = issued(ctx)

    for who, attempt in ((stranger, made.attempt), (ctx, nobody(ctx)), (stranger, nobody(ctx))):
        with pytest.raises(Refused, match="wrong_code"):
            codes.redeem(who, attempt=attempt, code=made.code)
    with pytest.raises(Refused, match="link_invalid"):
        codes.redeem(ctx, attempt=tokens.make("tracking", [ctx.organisation_id, made.id]), code=made.code)
    assert codes.redeem(ctx, attempt=made.attempt, code=made.code) == "order:7"


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_open_it_once() -> None:
    ctx = make_ctx()
    made = issued(ctx)

    def try_it(_: int) -> bool:
        try:
            codes.redeem(ctx, attempt=made.attempt, code=made.code)
        except Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, range(20))) == 1


def test_codes_that_count_no_more_are_forgotten() -> None:
    ctx = make_ctx()
    issued(ctx)
    kept = issued(replace(ctx, now=ctx.now + timedelta(hours=1)), "order:8")

    assert codes.forget(older_than=ctx.now) == 0
    assert codes.forget(older_than=ctx.now + timedelta(minutes=30)) == 1
    later = replace(ctx, now=ctx.now + timedelta(hours=1))
    assert codes.redeem(later, attempt=kept.attempt, code=kept.code) == "order:8"
