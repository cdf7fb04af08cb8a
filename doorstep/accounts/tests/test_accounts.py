"""Organisations, people, keys and bulk actions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from doorstep.accounts import actions as accounts
from doorstep.accounts import invariants, models, queries, rules
from doorstep.accounts.values import Role
from doorstep.base import outbox
from doorstep.base.ctx import Ctx
from doorstep.base.invariants import check
from doorstep.base.refusals import Refused
from tests.factories import NOW, make_ctx

pytestmark = pytest.mark.django_db


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code


def owner_of(ctx: Ctx) -> int:
    return accounts.add_staff(ctx, email="owner@example.com", name="Owner", role="owner").member.id


def types_of(ctx: Ctx, subject: str) -> list[str]:
    return [event.type for event in outbox.timeline(ctx, of=[subject])]


def test_somebody_new_gets_a_password_that_opens_the_account() -> None:
    ctx = make_ctx()
    added = accounts.add_staff(ctx, email=" Jiho@Example.com ", name="박지호", role="warehouse", language="ko")
    user = models.User.objects.get(email="jiho@example.com")
    assert added.password is not None
    assert len(added.password) == 17
    assert user.check_password(added.password)
    assert (added.member.role, added.member.language) == ("warehouse", "ko")
    assert types_of(ctx, f"staff:{added.member.id}") == ["staff.added"]


def test_somebody_who_signs_in_already_keeps_the_password() -> None:
    first, second = make_ctx(), make_ctx()
    accounts.add_staff(first, email="a@example.com", name="A", role="owner", password="their-own-password")
    added = accounts.add_staff(second, email="a@example.com", name="Other", role="viewer")
    assert added.password is None
    assert models.User.objects.get(email="a@example.com").check_password("their-own-password")
    assert [place.organisation_id for place in queries.staff_of_user(user_id=added.member.user_id)] == [
        first.organisation_id,
        second.organisation_id,
    ]


def test_adding_twice_is_refused_and_adding_again_after_removal_is_not() -> None:
    ctx = make_ctx()
    owner_of(ctx)
    member = accounts.add_staff(ctx, email="b@example.com", name="B", role="viewer").member
    again = {"email": "b@example.com", "name": "B", "role": "service"}
    assert refusal(lambda: accounts.add_staff(ctx, **again)) == "email_taken"
    accounts.remove_staff(ctx, id=member.id)
    back = accounts.add_staff(ctx, **again).member
    assert (back.id, back.role) == (member.id, "service")


def test_the_last_owner_can_neither_leave_nor_step_down() -> None:
    ctx = make_ctx()
    owner = owner_of(ctx)
    assert refusal(lambda: accounts.remove_staff(ctx, id=owner)) == "last_owner"
    assert refusal(lambda: accounts.change_role(ctx, id=owner, role="viewer")) == "last_owner"
    assert queries.get_staff(ctx, id=owner).role == "owner"
    other = accounts.add_staff(ctx, email="c@example.com", name="C", role="viewer").member.id
    accounts.change_role(ctx, id=other, role="owner")
    accounts.remove_staff(ctx, id=owner)
    assert [p.id for p in queries.list_staff(ctx)] == [other]
    assert check(invariants.INVARIANTS) == []


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_demote_each_other_at_once_leave_one() -> None:
    ctx = make_ctx()
    first = owner_of(ctx)
    second = accounts.add_staff(ctx, email="d@example.com", name="D", role="owner").member.id
    codes: list[str] = []
    start = threading.Barrier(2)

    def demote(id: int) -> None:
        start.wait()
        try:
            accounts.change_role(ctx, id=id, role="viewer")
            codes.append("done")
        except Refused as refused:
            codes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=demote, args=[id]) for id in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["done", "last_owner"]
    assert sorted(p.role for p in queries.list_staff(ctx)) == ["owner", "viewer"]


def test_a_stranger_s_people_and_keys_are_not_found() -> None:
    ctx, stranger = make_ctx(), make_ctx()
    member = owner_of(ctx)
    key = accounts.make_key(ctx, name="Store", scopes=["orders:read"]).key
    assert refusal(lambda: accounts.change_role(stranger, id=member, role="viewer")) == "not_found"
    assert refusal(lambda: accounts.reset_password(stranger, id=member)) == "not_found"
    assert refusal(lambda: accounts.remove_staff(stranger, id=member)) == "not_found"
    assert refusal(lambda: accounts.revoke_key(stranger, id=key.id)) == "not_found"
    assert queries.get_key(ctx, id=key.id).revoked_at is None


def test_a_new_password_replaces_the_old_one_but_not_for_somebody_of_two_organisations() -> None:
    ctx, other = make_ctx(), make_ctx()
    member = accounts.add_staff(ctx, email="e@example.com", name="E", role="viewer", password="first-password").member
    password = accounts.reset_password(ctx, id=member.id)
    user = models.User.objects.get(email="e@example.com")
    assert user.check_password(password)
    accounts.add_staff(other, email="e@example.com", name="E", role="viewer")
    assert refusal(lambda: accounts.reset_password(ctx, id=member.id)) == "invalid"
    user.refresh_from_db()
    assert user.check_password(password)


def test_whoever_runs_the_house_gives_anybody_a_new_password_and_every_organisation_of_theirs_hears_of_it() -> None:
    first, second = make_ctx(), make_ctx()
    one = accounts.add_staff(first, email="g@example.com", name="G", role="owner", password="first-password").member
    two = accounts.add_staff(second, email="g@example.com", name="G", role="viewer").member
    password = accounts.reset_forgotten_password(email=" G@Example.com ", now=NOW, trace="t")
    assert models.User.objects.get(email="g@example.com").check_password(password)
    for ctx, member in ((first, one), (second, two)):
        assert types_of(ctx, f"staff:{member.id}") == ["staff.password_reset", "staff.added"]
    accounts.remove_staff(second, id=two.id)
    accounts.add_staff(first, email="h@example.com", name="H", role="owner")
    accounts.remove_staff(first, id=one.id)
    assert refusal(lambda: accounts.reset_forgotten_password(email="g@example.com", now=NOW, trace="t")) == "not_found"
    assert models.User.objects.get(email="g@example.com").check_password(password)


def test_a_key_opens_only_with_its_whole_secret_and_only_until_it_is_revoked() -> None:
    ctx = make_ctx()
    made = accounts.make_key(ctx, name="Store", scopes=["orders:write", "orders:read", "orders:read"])
    assert made.secret.startswith(f"ds_{made.key.prefix}_")
    assert made.key.scopes == ["orders:read", "orders:write"]
    assert queries.find_key(secret=made.secret) == made.key
    for wrong in (
        "",
        "ds_",
        made.secret[:-1],
        made.secret + "x",
        made.secret.upper(),
        "ds_00000000_" + "a" * 43,
        "x\x00y",
    ):
        assert queries.find_key(secret=wrong) is None
    assert made.secret not in str(list(models.ApiKey.objects.values()))
    accounts.revoke_key(ctx, id=made.key.id)
    accounts.revoke_key(ctx, id=made.key.id)
    assert queries.find_key(secret=made.secret) is None
    assert refusal(lambda: accounts.use_key(secret=made.secret, now=NOW)) == "bad_api_key"
    assert types_of(ctx, f"api_key:{made.key.id}") == ["api_key.revoked", "api_key.made"]


def test_the_last_use_of_a_key_is_noted_at_most_once_a_minute() -> None:
    ctx = make_ctx()
    made = accounts.make_key(ctx, name="Store", scopes=["orders:read"])

    def used(seconds: int) -> object:
        accounts.use_key(secret=made.secret, now=NOW + timedelta(seconds=seconds))
        return queries.get_key(ctx, id=made.key.id).last_used_at

    assert [used(0), used(59), used(60)] == [NOW, NOW, NOW + timedelta(seconds=60)]


def test_a_key_needs_scopes_that_exist() -> None:
    ctx = make_ctx()
    assert refusal(lambda: accounts.make_key(ctx, name="K", scopes=[])) == "invalid"
    assert refusal(lambda: accounts.make_key(ctx, name="K", scopes=["everything"])) == "unknown_choice"
    assert queries.list_keys(ctx) == []


def test_what_the_organisation_changed_is_told_with_before_and_after() -> None:
    ctx = make_ctx("Old name")
    same = {"accent": "#2f6f5e", "support_email": "", "language": "en", "timezone": "UTC", "currency": "EUR"}
    accounts.change_organisation(ctx, name="New name", **{**same, "accent": "#2F6F5E"})
    subject = f"organisation:{ctx.organisation_id}"
    newest = outbox.timeline(ctx, of=[subject])[0]
    assert newest.data == {"changed": {"name": {"was": "Old name", "is": "New name"}}}
    accounts.change_organisation(ctx, name="New name", **same)
    assert types_of(ctx, subject) == ["organisation.changed", "organisation.created"]
    accounts.change_organisation(ctx, name="New name", **{**same, "timezone": "Asia/Seoul", "currency": "KRW"})
    moved = queries.organisation(ctx)
    assert (moved.timezone, moved.default_currency) == ("Asia/Seoul", "KRW")


@pytest.mark.parametrize(
    "wrong",
    [
        {"accent": "red"},
        {"accent": "#12345"},
        {"name": "  "},
        {"name": "x" * 121},
        {"support_email": "me"},
        {"language": "fr"},
        {"timezone": "Mars/Olympus"},
        {"currency": "XX"},
    ],
)
def test_what_an_organisation_cannot_be_is_refused(wrong: dict[str, str]) -> None:
    ctx = make_ctx("Same")
    given = {
        "name": "Same", "accent": "#112233", "support_email": "", "language": "en", "timezone": "UTC", "currency": "EUR",
        **wrong,
    }  # fmt: skip
    assert refusal(lambda: accounts.change_organisation(ctx, **given)) in ("invalid", "unknown_choice", "unknown_currency")
    assert queries.organisation(ctx).name == "Same"


def test_a_bulk_action_counts_reports_and_ends_once() -> None:
    ctx = make_ctx()
    job = accounts.start_bulk_job(ctx, verb="orders.hold", arguments={"ids": [1, 2, 3]}, total=3)
    assert (job.state, job.percent) == ("queued", 0)
    job = accounts.advance_bulk_job(ctx, id=job.id, done=2)
    assert (job.state, job.done, job.percent) == ("running", 2, 66)
    accounts.advance_bulk_job(ctx, id=job.id, done=0, failures=[{"key": "#1003", "problem": "shipped already"}])
    job = accounts.finish_bulk_job(ctx, id=job.id)
    assert (job.state, job.done, job.failed, job.percent, job.is_over) == ("done", 2, 1, 100, True)
    report = [failure.line for failure in queries.list_bulk_failures(ctx, job_id=job.id)]
    assert report == [{"key": "#1003", "problem": "shipped already"}]
    assert accounts.finish_bulk_job(ctx, id=job.id, gave_up=True) == job
    assert refusal(lambda: accounts.advance_bulk_job(ctx, id=job.id, done=1)) == "bulk_job_over"
    assert types_of(ctx, f"bulk_job:{job.id}") == [
        "bulk_job.finished", "bulk_job.advanced", "bulk_job.advanced", "bulk_job.started",
    ]  # fmt: skip
    assert check(invariants.INVARIANTS) == []


def test_the_audit_finds_staff_without_an_owner_and_a_job_that_counts_too_much() -> None:
    ctx = make_ctx()
    owner = owner_of(ctx)
    job = accounts.start_bulk_job(ctx, verb="orders.hold", arguments={}, total=1)
    models.Staff.objects.filter(id=owner).update(role="viewer")
    models.BulkJob.objects.filter(id=job.id).update(done=2)
    broken = {found.invariant.name: found.count for found in check(invariants.INVARIANTS)}
    assert broken == {"accounts.staffed_has_owner": 1, "accounts.bulk_job_counts": 1}


def test_roles_allow_what_the_table_says() -> None:
    assert rules.may("owner", "settings:write")
    assert not rules.may("manager", "settings:write")
    assert rules.may("manager", "settings:read")
    assert not rules.may("warehouse", "settings:read")
    assert rules.may("warehouse", "fulfilment:write")
    assert not rules.may("warehouse", "orders:write")
    assert rules.may("service", "customers:write")
    assert [p for p in rules.permissions_of("viewer") if p.endswith(":write")] == []
    with pytest.raises(ValueError):
        rules.may("owner", "orders:paint")
    assert set(rules.GRANTS) == set(Role)


def test_a_password_is_changed_only_by_who_knows_it_and_never_to_a_weak_one() -> None:
    ctx = make_ctx()
    member = accounts.add_staff(ctx, email="f@example.com", name="F", role="viewer", password="first-password").member
    me = replace(ctx, actor=replace(ctx.actor, kind="staff", id=member.user_id, name="F"))
    assert refusal(lambda: accounts.change_password(me, current="wrong", new="second-password")) == "wrong_password"
    assert refusal(lambda: accounts.change_password(me, current="first-password", new="short")) == "invalid"
    user = models.User.objects.get(email="f@example.com")
    assert user.check_password("first-password")
    accounts.change_password(me, current="first-password", new="second-password")
    user.refresh_from_db()
    assert user.check_password("second-password")
