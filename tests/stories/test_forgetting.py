"""What is old goes, in turns that nobody waits for; what is still needed stays, and the audit holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doorstep.base import aging, arrivals, db
from doorstep.base.arrivals import Incoming
from doorstep.base.ctx import Actor, Ctx
from doorstep.base.refusals import Refused
from doorstep.channels import webhooks
from doorstep.channels.values import DeliveryWish
from doorstep.flows.arrivals import read_again
from doorstep.messaging import actions as messages
from doorstep.messaging.values import Draft
from doorstep.worker import forgetting
from doorstep.worker.dispatch import drain
from doorstep.worker.schedule import TIMERS
from tests.factories import draft, make_brand, make_ctx, place, signed_in
from tests.invariants.world import live_brand
from tests.receiver import subscribe

pytestmark = pytest.mark.django_db
A_MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _from_the_start() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def ago(*, days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def types() -> Counter[str]:
    return Counter(db.column("SELECT type FROM base_event"))


def test_steps_in_between_go_after_ninety_days_and_what_happened_stays() -> None:
    brand = make_brand()
    place(brand.ctx, draft([("A", 1)]))
    drain()
    before = types()
    assert before["message.queued"] == 1
    assert before["stock.arrived"] == 3  # one for each variant
    db.execute("UPDATE base_event SET at = %s", [ago(days=90) + A_MINUTE])
    forgetting.old_steps()
    assert types() == before
    db.execute("UPDATE base_event SET at = %s", [ago(days=90) - A_MINUTE])
    forgetting.old_steps()
    of_variants = {type for type in before if type.startswith("stock.")}
    assert types() == Counter({t: n for t, n in before.items() if t != "message.queued" and t not in of_variants})


def test_steps_that_wait_that_people_did_or_that_others_are_to_be_told_of_stay() -> None:
    brand = make_brand(stock_each=0)
    message = "message.queued"
    id = subscribe(brand, "https://hooks.example.com/doorstep").subscription.id
    first = int(db.scalar("SELECT max(id) FROM base_event"))
    db.execute(
        """INSERT INTO base_event (organisation_id, type, subject, timeline, data, actor_kind, actor_id, actor_name, trace, at,
                                   pending, attempts, problem, tx)
           SELECT %s, %s, 'message:1', 'order:1', '{}', actor, 0, '', '', %s, pending, attempts, '', tx
             FROM (VALUES ('system', TRUE, 0, 1), ('system', FALSE, 20, 1), ('staff', FALSE, 0, 1), ('system', FALSE, 0, 1),
                          ('system', FALSE, 0, 99), ('system', FALSE, 0, 1)) x(actor, pending, attempts, tx)""",
        [brand.ctx.organisation_id, message, ago(days=100)],
    )
    db.execute("UPDATE base_event SET at = %s", [ago(days=100)])
    ids = db.column("SELECT id FROM base_event WHERE id > %s ORDER BY id", [first])
    webhooks.queue(brand.ctx, id=id, wishes=[DeliveryWish(ids[3], message, "order:1", "{}")], until=(98, 0))
    forgetting.old_steps()
    assert db.column("SELECT id FROM base_event WHERE type = %s ORDER BY id", [message]) == ids[:5]


def test_a_crowd_goes_in_turns_and_the_next_goes_on_where_the_last_ended() -> None:
    ctx = make_ctx()
    first = int(db.scalar("SELECT max(id) FROM base_event"))
    db.execute(
        """INSERT INTO base_event (organisation_id, type, subject, timeline, data, actor_kind, actor_id, actor_name, trace, at,
                                   pending, attempts, problem)
           SELECT %s, CASE n %% 2 WHEN 0 THEN 'message.queued' ELSE 'order.placed' END, 'x:1', 'order:1', '{}', 'system', 0, '', '',
                  CASE WHEN n <= 10 THEN %s ELSE now() END, FALSE, 0, '' FROM generate_series(1, 14) n""",
        [ctx.organisation_id, ago(days=100)],
    )
    after, turns = first, []
    for _ in range(3):
        turn = aging.forget_steps(
            older_than=ago(days=90), types=["message.queued"], kinds=(), needed=lambda _: (), after=after, limit=6
        )
        after = turn.upto
        turns.append((turn.upto - first, turn.gone, turn.is_last))
    assert turns == [(6, 3, False), (10, 2, True), (10, 0, True)]
    assert types()["message.queued"] == 2


def test_one_go_takes_no_more_than_its_turns_and_the_timer_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "MOST_TURNS", 2)
    ctx = make_ctx()
    db.execute(
        """INSERT INTO base_idempotentanswer (organisation_id, owner, key, fingerprint, status, body, content_type, created_at)
           SELECT %s, 'key:1', 'k' || n, '', 201, '', '', %s FROM generate_series(1, 10003) n""",
        [ctx.organisation_id, ago(days=2) - A_MINUTE],
    )
    with CaptureQueriesContext(connection) as asked:
        forgetting.old_answers()
    assert [query["sql"].split()[0] for query in asked] == ["DELETE", "DELETE"]
    assert db.scalar("SELECT count(*) FROM base_idempotentanswer") == 3
    forgetting.old_answers()
    assert db.scalar("SELECT count(*) FROM base_idempotentanswer") == 0


def keep_old(ctx: Ctx, *, source: str, outcome: str, days: int, topic: str = "orders/create") -> int:
    """Something that came so many days and a minute ago."""
    name = f"{source}-{outcome}-{days}"
    (kept,) = arrivals.keep(
        ctx, [Incoming(7, name, topic, "김민서".encode(), headers={"x-buyer": "minseo@example.com"}, source=source)]
    )
    if outcome != "received":
        arrivals.settle(ctx, [(kept.id, outcome, {"name": "#1001"})])
    db.execute("UPDATE base_arrival SET received_at = %s WHERE id = %s", [ago(days=days) - A_MINUTE, kept.id])
    return kept.id


def emptied() -> set[str]:
    return set(
        db.column(
            "SELECT external_id FROM base_arrival WHERE body = '' AND headers = '{}' AND forgotten_at IS NOT NULL"
        )
    )


SENDERS = ("channel", "carrier", "text", "warehouse")


def test_payloads_go_once_they_were_read_and_refused_ones_stay_a_year() -> None:
    ctx = make_ctx()
    for days in (365, 364, 90, 89):
        for outcome in ("processed", "ignored", "refused", "failed", "received"):
            for source in ("channel", "carrier", "text", "warehouse", "mail"):
                keep_old(ctx, source=source, outcome=outcome, days=days)
    db.execute(
        "UPDATE base_arrival SET received_at = received_at + interval '2 minutes' WHERE external_id LIKE '%%-89'"
    )
    forgetting.old_payloads()
    read = {f"{s}-{o}-{d}" for s in SENDERS for o in ("processed", "ignored") for d in (90, 364, 365)}
    assert emptied() == read | {f"{s}-{o}-365" for s in SENDERS for o in ("refused", "failed")}
    assert db.scalar('SELECT count(*) FROM base_arrival WHERE detail = \'{"name": "#1001"}\'') == 80


def test_what_was_forgotten_is_told_so_and_known_again_when_it_comes_again() -> None:
    ctx = make_ctx()
    id = keep_old(ctx, source="channel", outcome="processed", days=91)
    forgetting.old_payloads()
    with pytest.raises(Refused) as refused:
        read_again(ctx, arrival_id=id)
    assert refused.value.refusal is arrivals.FORGOTTEN
    page = signed_in(ctx).get(f"/channels/arrivals/{id}/").content.decode()
    assert "Forgotten for its age" in page
    assert "Read again" not in page
    (again,) = arrivals.keep(ctx, [Incoming(7, "channel-processed-91", "orders/create", b"once more")])
    row = arrivals.get(ctx, id=id)
    assert (again.id, again.is_new) == (id, False)
    assert (bytes(row.body), row.forgotten_at, row.repeats, row.outcome) == (b"once more", None, 1, "processed")


def test_a_month_later_the_table_is_looked_through_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    ctx = make_ctx()
    keep_old(ctx, source="channel", outcome="received", days=100)
    id = int(db.scalar("SELECT id FROM base_arrival"))
    forgetting.old_payloads()
    arrivals.settle(ctx, [(id, "processed", {})])
    forgetting.old_payloads()
    assert emptied() == set()
    monkeypatch.setattr(forgetting, "ANEW_AFTER", timedelta(0))
    forgetting.old_payloads()
    assert emptied() == {"channel-received-100"}


def test_senders_ids_of_carriers_go_after_two_years_and_those_of_shops_stay() -> None:
    ctx = make_ctx()
    keep_old(ctx, source="carrier", outcome="received", days=900)
    for days in (730, 729):
        for source in ("carrier", "payment", "channel", "file", "mail"):
            keep_old(ctx, source=source, outcome="processed", days=days)
    db.execute(
        "UPDATE base_arrival SET received_at = received_at + interval '2 minutes' WHERE external_id LIKE '%%-729'"
    )
    before = set(db.column("SELECT external_id FROM base_arrival"))
    forgetting.old_arrivals()
    assert before - set(db.column("SELECT external_id FROM base_arrival")) == {
        "carrier-processed-730",
        "payment-processed-730",
    }


def test_texts_of_mails_go_that_no_person_wrote() -> None:
    ctx = make_ctx()
    drafts = [
        Draft(key=key, timeline="order:1", to_address="minseo@example.com", to_name="김민서", template="confirmed", language="ko",
              subject="주문", text="김민서님", html="<p>김민서님</p>", auto=key != "by_hand")
        for key in ("sent", "young", "queued", "by_hand")
    ]  # fmt: skip
    messages.queue(ctx, drafts=drafts, domain="example.com")
    db.execute("UPDATE messaging_message SET wanted_at = %s", [ago(days=180) - A_MINUTE])
    db.execute("UPDATE messaging_message SET wanted_at = %s WHERE key = 'young'", [ago(days=180) + A_MINUTE])
    db.execute("UPDATE messaging_message SET state = 'sent', sent_at = wanted_at WHERE key <> 'queued'")
    db.execute(
        "UPDATE messaging_message SET id = id + 1000 WHERE key = 'young'"
    )  # the youngest has the highest id, as in life
    forgetting.old_mail_texts()
    found = db.dicts("SELECT key, text, html, subject, to_address FROM messaging_message WHERE text = ''")
    assert found == [{"key": "sent", "text": "", "html": "", "subject": "주문", "to_address": "minseo@example.com"}]


def test_ended_print_jobs_failed_jobs_and_ended_sign_ins_go() -> None:
    ctx = make_ctx()
    db.execute(
        """INSERT INTO fulfilment_printjob (organisation_id, key, document, subject, timeline, state, problem, by, wanted_at,
                                            settled_at)
           SELECT %s, 'k' || n, 'label', 'parcel:1', 'order:1', state, '', '', now(), at
             FROM (VALUES (1, 'printed', %s), (2, 'printed', %s), (3, 'failed', %s), (4, 'queued', NULL)) x(n, state, at)""",
        [ctx.organisation_id, ago(days=90) + A_MINUTE, ago(days=90) - A_MINUTE, ago(days=90) - A_MINUTE],
    )
    db.execute("DELETE FROM procrastinate_jobs")
    db.execute(
        """INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)
           SELECT 'default', name, '{}', state::procrastinate_job_status
             FROM (VALUES ('old', 'failed'), ('young', 'failed'), ('waits', 'todo')) x(name, state)"""
    )
    db.execute("DELETE FROM procrastinate_events")
    db.execute(
        """INSERT INTO procrastinate_events (job_id, type, at)
           SELECT id, 'failed', CASE task_name WHEN 'young' THEN %s ELSE %s END FROM procrastinate_jobs""",
        [ago(days=30) + A_MINUTE, ago(days=30) - A_MINUTE],
    )
    for days in (-1, 1):
        session = SessionStore()
        session.set_expiry(ago(days=days))
        session.save()
    forgetting.old_print_jobs()
    forgetting.old_jobs()
    forgetting.old_sessions()
    assert db.column("SELECT key FROM fulfilment_printjob ORDER BY id") == ["k1", "k4"]
    assert db.column("SELECT task_name FROM procrastinate_jobs ORDER BY id") == ["young", "waits"]
    assert db.column("SELECT expire_date > now() FROM django_session") == [True]


@pytest.mark.django_db(transaction=True)
def test_the_audit_holds_when_everything_is_ten_years_old() -> None:
    brand = live_brand()
    place(brand.ctx.as_actor(Actor("system", 0, "Doorstep")), draft([("A", 1)], external_id="last"))
    drain()
    for table, column in (("base_event", "at"), ("base_arrival", "received_at"), ("messaging_message", "wanted_at")):
        db.execute(f"UPDATE {table} SET {column} = {column} - interval '10 years'")
    db.execute(
        "UPDATE channels_subscription SET tx = (SELECT max(tx) FROM base_event)"
    )  # its address was told of everything
    before = types()
    for timer in TIMERS:
        if timer.run.__module__ == forgetting.__name__:
            timer.run()
    assert types().total() < before.total()
    assert types()["order.placed"] == before["order.placed"]
    out = StringIO()
    call_command("audit", stdout=out)
    assert out.getvalue().endswith("invariants hold\n")
