"""Verbs on many rows, while others work on the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from types import SimpleNamespace
from typing import Any

import pytest

from doorstep.accounts import queries as accounts
from doorstep.base import db, outbox
from doorstep.base.ctx import Ctx
from doorstep.flows import bulk
from doorstep.flows.bulk.values import Wished
from doorstep.flows.moving_in import apply
from doorstep.flows.moving_in import run as moving_in
from doorstep.flows.moving_in.values import Bad, Kind, Read, Wish
from doorstep.orders import queries as orders
from doorstep.shipping import queries as shipping
from doorstep.worker import upkeep
from doorstep.worker.tasks.bulk import bulk_orders
from doorstep.worker.tasks.patience import MOST_RETRIES
from tests.factories import draft, make_brand, packed, place, signed_in, together
from tests.floor import buy_label

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _jobs() -> Iterator[None]:
    yield
    db.execute("DELETE FROM procrastinate_jobs")  # nothing else empties that table


def test_two_people_who_cancel_the_same_orders_from_both_ends_never_wait_for_each_other() -> None:
    brand = make_brand(stock_each=100)
    ids = place(brand.ctx, *(draft([("A", 1), ("B", 1)]) for _ in range(20)))
    jobs = [bulk.start(brand.ctx, verb="orders.cancel", ids=chosen) for chosen in (ids, ids[::-1])]
    answers = together(*[lambda j=j: bulk.work(brand.ctx, job_id=j) for j in jobs])  # type: ignore[misc]
    assert answers == [None, None]
    ended = [accounts.get_bulk_job(brand.ctx, id=job) for job in jobs]
    assert [job.state for job in ended] == ["done", "done"]
    assert sum(job.done for job in ended) == sum(job.failed for job in ended) == 20
    assert {row.state for row in orders.orders_by_id(brand.ctx, ids=ids).values()} == {"cancelled"}


def test_two_workers_on_one_job_do_each_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    brand = make_brand(stock_each=100)
    ids = place(brand.ctx, *(draft() for _ in range(8)))
    job_id = bulk.start(brand.ctx, verb="orders.hold", ids=ids)
    verb = bulk.VERBS["orders.hold"]
    both, acted = Barrier(2), Counter[int]()

    def names(ctx: Ctx, ids: Sequence[int]) -> Mapping[int, str]:
        with suppress(BrokenBarrierError):  # where the other one waits for its turn, it does not come
            both.wait(timeout=1)
        return verb.names(ctx, ids)

    def act(ctx: Ctx, wished: Wished, id: int) -> None:
        acted[id] += 1
        verb.act(ctx, wished, id)

    monkeypatch.setitem(bulk.VERBS, "orders.hold", SimpleNamespace(names=names, act=act))  # type: ignore[arg-type]
    answers = together(*[lambda: bulk.work(brand.ctx, job_id=job_id)] * 2)
    job = accounts.get_bulk_job(brand.ctx, id=job_id)
    assert (answers, job.state, job.done, job.failed) == ([None, None], "done", 8, 0)
    assert acted == Counter(ids)


def test_two_workers_on_one_file_write_each_batch_once(monkeypatch: pytest.MonkeyPatch) -> None:
    brand = make_brand()
    data = "sku,title,price\n" + "".join(f"N-{n},Socks,5\n" for n in range(1, 1201))
    arrival_id = moving_in.keep(brand.ctx, name="file.csv", data=data.encode())
    mapping = {"sku": 0, "title": 1, "price": 2}
    job_id = moving_in.start(brand.ctx, wish=Wish(arrival_id, Kind.PRODUCTS, mapping, currency="EUR"))
    both, written = Barrier(2), Counter[int]()
    write = apply.write

    def writes(ctx: Ctx, *, reads: Sequence[Read], wish: Wish) -> list[Bad]:
        with suppress(BrokenBarrierError):  # where the other one waits for its turn, it does not come
            both.wait(timeout=1)
        written.update(read.number for read in reads)
        return write(ctx, reads=reads, wish=wish)

    monkeypatch.setattr(apply, "write", writes)
    answers = together(*[lambda: moving_in.work(brand.ctx, job_id=job_id)] * 2)
    job = accounts.get_bulk_job(brand.ctx, id=job_id)
    assert (answers, job.state, job.done, job.failed) == ([None, None], "done", 1200, 0)
    assert written == Counter(range(2, 1202))


def test_a_job_that_breaks_at_its_last_try_says_that_it_gave_up(monkeypatch: pytest.MonkeyPatch) -> None:
    brand = make_brand()
    ids = place(brand.ctx, draft(), draft())
    job_id = bulk.start(brand.ctx, verb="orders.hold", ids=ids)
    verb = bulk.VERBS["orders.hold"]

    def breaks(*_given: Any) -> None:
        raise ConnectionError

    monkeypatch.setitem(bulk.VERBS, "orders.hold", SimpleNamespace(names=verb.names, act=breaks))  # type: ignore[arg-type]
    for attempts, state in ((0, "queued"), (MOST_RETRIES, "failed")):
        context: Any = SimpleNamespace(job=SimpleNamespace(attempts=attempts))
        with pytest.raises(ConnectionError):
            bulk_orders.func(context, organisation_id=brand.ctx.organisation_id, job_id=job_id)
        job = accounts.get_bulk_job(brand.ctx, id=job_id)
        assert (job.state, job.left) == (state, 2)


@pytest.mark.parametrize("end", ["failed", "aborted", "cancelled", "gone"])
def test_work_whose_run_is_over_is_closed_and_its_page_says_so(end: str) -> None:
    brand = make_brand()
    ids = place(brand.ctx, draft(), draft())
    file_id = moving_in.keep(brand.ctx, name="products.csv", data=b"SKU,Title,Price\nN-1,Sock,5\n")
    _name, table = moving_in.table_of(brand.ctx, arrival_id=file_id)
    mapping = moving_in.guess(brand.ctx, kind=Kind.PRODUCTS, table=table)
    left = [
        bulk.start(brand.ctx, verb="orders.hold", ids=ids),
        moving_in.start(brand.ctx, wish=Wish(file_id, Kind.PRODUCTS, mapping, currency="USD")),
    ]
    waits, works = (bulk.start(brand.ctx, verb="orders.hold", ids=ids) for _ in range(2))
    set_run("doing", works)
    upkeep.close_abandoned_work()
    assert states(brand.ctx, *left, waits, works) == ["queued"] * 4
    for job_id in left:
        set_run(end, job_id)
    upkeep.close_abandoned_work()
    upkeep.close_abandoned_work()
    assert states(brand.ctx, *left, waits, works) == ["failed", "failed", "queued", "queued"]
    client = signed_in(brand.ctx)
    for address, n in ((f"/bulk/{left[0]}/", 2), (f"/setup/jobs/{left[1]}/", 1)):
        assert f"gave up; {n} rows were not looked at" in client.get(address).content.decode()
    for job_id in left:
        told = outbox.timeline(brand.ctx, of=[f"bulk_job:{job_id}"])
        assert [event.type for event in told] == ["bulk_job.finished", "bulk_job.started"]
    assert [row.on_hold for row in orders.orders_by_id(brand.ctx, ids=ids).values()] == [False, False]


def test_work_that_ends_while_the_sweep_looks_stays_done() -> None:
    brand = make_brand()
    job_id = bulk.start(brand.ctx, verb="orders.hold", ids=place(brand.ctx, draft()))
    bulk.work(brand.ctx, job_id=job_id)
    set_run("gone", job_id)
    upkeep.close_abandoned_work()
    assert states(brand.ctx, job_id) == ["done"]


def set_run(status: str, job_id: int) -> None:
    """What the queue knows of a bulk job's run."""
    if status == "gone":
        db.execute("DELETE FROM procrastinate_jobs WHERE (args->>'job_id')::bigint = %s", [job_id])
        return
    changed = db.execute(
        """UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status
            WHERE (args->>'job_id')::bigint = %s""",
        [status, job_id],
    )
    assert changed == 1


def states(ctx: Ctx, *job_ids: int) -> list[str]:
    return [accounts.get_bulk_job(ctx, id=id).state for id in job_ids]


def test_a_label_is_not_printed_where_there_is_none_or_no_printer_and_says_which() -> None:
    brand = make_brand()
    without, with_label = packed(brand.ctx, draft(), draft())
    buy_label(brand, with_label)
    job_id = bulk.start(brand.ctx, verb="shipments.label", ids=[without, with_label])
    bulk.work(brand.ctx, job_id=job_id)
    said = [failure.line["problem"] for failure in accounts.failures_of_bulk_job(brand.ctx, job_id=job_id)]
    assert said == ["Parcel %(parcel)s has no label yet.", "No printer is set up for %(location)s."]
    assert shipping.get_parcel(brand.ctx, parcel_id=with_label).state == "labelled"


def test_a_job_under_which_worker_after_worker_dies_is_tried_no_more_and_its_page_says_so() -> None:
    brand = make_brand()
    job_id = bulk.start(brand.ctx, verb="orders.hold", ids=place(brand.ctx, draft()))
    for _ in range(upkeep.MOST_DEATHS - 1):
        set_run("doing", job_id)
        upkeep.retry_stalled_jobs()
        assert db.column("SELECT status::text FROM procrastinate_jobs WHERE lock = %s", [bulk.lock_of(job_id)]) == ["todo"]
    set_run("doing", job_id)
    upkeep.retry_stalled_jobs()
    upkeep.close_abandoned_work()
    assert states(brand.ctx, job_id) == ["failed"]


def test_a_job_that_broke_often_is_not_taken_for_one_that_kills_its_workers() -> None:
    brand = make_brand()
    job_id = bulk.start(brand.ctx, verb="orders.hold", ids=place(brand.ctx, draft()))
    for _ in range(upkeep.MOST_DEATHS + 1):
        set_run("doing", job_id)
        db.execute(
            """UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, scheduled_at = now() WHERE lock = %s""",
            [bulk.lock_of(job_id)],
        )
    set_run("doing", job_id)
    upkeep.retry_stalled_jobs()
    assert db.column("SELECT status::text FROM procrastinate_jobs WHERE lock = %s", [bulk.lock_of(job_id)]) == ["todo"]


def test_tags_come_and_go_on_many_orders_and_each_once() -> None:
    brand = make_brand()
    ids = place(brand.ctx, draft(tags=("vip",)), draft())
    for verb, note, tags in (
        ("orders.tag", "gift  wrap,", [["vip", "gift wrap"], ["gift wrap"]]),
        ("orders.tag", "gift wrap", [["vip", "gift wrap"], ["gift wrap"]]),
        ("orders.untag", "vip", [["gift wrap"], ["gift wrap"]]),
    ):
        versions = [orders.get(brand.ctx, id=id).version for id in ids]
        bulk.work(brand.ctx, job_id=bulk.start(brand.ctx, verb=verb, ids=ids, note=note))
        found = orders.orders_by_id(brand.ctx, ids=ids)
        assert [found[id].tags for id in ids] == tags
    assert [orders.get(brand.ctx, id=id).version for id in ids] == [versions[0] + 1, versions[1]]
