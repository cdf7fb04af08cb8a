"""Single orders over HTTP at 64 connections, beside PostgreSQL writing the same rows by itself.

Seed 1; 10,000 SKUs with Zipf demand, one to five lines, half of the buyers new, one API key, two web processes,
fsync on.  In each of three rounds, one after the other on the same tables: pgbench with the best one-statement-per-order form
(`sql/intake_limits.sql`), our house, pgbench with the set-based form, 50 orders a call. Both limits keep their plans, which takes
a third off the first, and have as many clients as there are cores, which was the quickest of 1, 2, 4, 8 and 16, so that CPU is
counted on a machine as busy as with us. Each form begins behind a checkpoint and two seconds of itself, since the pages that it
writes first after one go to the log whole. Ratios are medians over the rounds; that all three write the same rows is asserted. Then
70 % of our full rate with requests at their moments (`p99_ms`, from when a request was due), and the full rate again with the
worker beside it (`settled_*`: orders on a pick list meanwhile, mails written too; `backlog`: orders on none a minute later). Left
out of CPU: the load driver and pgbench. The limits do not read JSON and wake no listener.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from random import Random
from statistics import median
from typing import TYPE_CHECKING

from bench import _apart

if TYPE_CHECKING:
    from bench._flood import Flooded
    from bench.house import House

NAME = "intake"
ROUNDS = 3
SECONDS = float(os.environ.get("DOORSTEP_BENCH_SECONDS", "8"))
WARM_S = 2
MOST_PER_S = 6000
PER_CALL = 50
CLIENTS = os.cpu_count() or 2
TABLES = (
    "orders_order", "orders_ordersearch", "orders_orderline", "orders_fulfilmentorder", "orders_fulfilmentorderline",
    "payments_payment", "payments_entry", "stock_reservation", "stock_movement", "base_event", "customers_customer",
    "customers_identity",
)  # fmt: skip


def run() -> dict[str, float]:
    """Runs in a process of its own, since it sets Django up for a database of its own."""
    return _apart.run("bench.intake")


def main() -> None:
    """Prints N and seed first and the figures, as JSON, last."""
    print(f"N = {ROUNDS} rounds of {SECONDS:.0f} s each way, seed 1", flush=True)
    from bench.fresh import yardstick
    from bench.house import house

    with house() as at:
        os.environ.update(at.environment())
        import django

        django.setup()
        at.web_processes = 2
        figures = _measure(at)
        figures["intake.yardstick"] = yardstick(at.server)
    print(json.dumps(figures))


def _measure(at: House) -> dict[str, float]:
    from bench import _flood
    from doorstep.base import db

    brand = _flood.found()
    db.execute((Path(__file__).parent / "sql" / "intake_limits.sql").read_text())
    at.start("web")
    at.wait_ready()
    rounds = [_round(at, brand, number) for number in range(ROUNDS)]
    figures = {f"intake.{name}": median(one[name] for one in rounds) for name in rounds[0]}
    return figures | _at_ease(at, brand, figures["intake.orders_per_s"]) | _settled(at, brand)


def _round(at: House, brand: Flooded, number: int) -> dict[str, float]:
    """The three forms, each for a while."""
    from bench import _pgbench
    from doorstep.base import db

    org = brand.ctx.organisation_id
    single_first = _lay_ready(f"L{number}-", number, (SECONDS + WARM_S) * 4000)
    db.execute("SELECT setval('bench_order_next', %s, false)", [single_first])
    single_form = f"SELECT bench_limit_one({org}, nextval('bench_order_next'));"
    _rest()
    _pgbench.run(at.server, single_form, clients=CLIENTS, seconds=WARM_S)
    before = _rows()
    single = _pgbench.run(at.server, single_form, clients=CLIENTS, seconds=SECONDS)
    by_single = _per_order(before, expected=single.count)
    ours, by_us = _ours(at, brand, f"H{number}-")
    set_first = _lay_ready(f"S{number}-", number, (SECONDS + WARM_S) * 14_000)
    db.execute("SELECT setval('bench_order_run', %s, false)", [set_first])
    set_form = f"SELECT bench_limit_set({org}, nextval('bench_order_run'), {PER_CALL});"
    _rest()
    _pgbench.run(at.server, set_form, clients=CLIENTS, seconds=WARM_S)
    before = _rows()
    by_set = _pgbench.run(at.server, set_form, clients=CLIENTS, seconds=SECONDS)
    _assert_alike(by_single, by_us, _per_order(before, expected=by_set.count * PER_CALL))
    single_ms, set_ms = single.cpu_s / single.count * 1000, by_set.cpu_s / by_set.count / PER_CALL * 1000
    return {
        **ours, "limit_single_per_s": single.per_s, "limit_single_cpu_ms": single_ms, "limit_set_cpu_ms": set_ms,
        "limit_set_per_s": by_set.per_s * PER_CALL, "ratio_to_single": ours["orders_per_s"] / single.per_s,
        "ratio_to_set": set_ms / ours["cpu_ms"],
    }  # fmt: skip


def _lay_ready(prefix: str, number: int, count: float) -> int:
    """Prepares orders for a limit.  Returns: the number of the first."""
    from bench import _flood
    from doorstep.base import db

    first = int(db.scalar("SELECT COALESCE(max(n), 0) + 1 FROM bench_order"))
    _flood.lay_ready(_flood.orders(Random(number), prefix=prefix, count=int(count)), first=first)
    db.execute("ANALYZE")
    return first


def _ours(at: House, brand: Flooded, prefix: str) -> tuple[dict[str, float], dict[str, float]]:
    """Our house at full load: figures, and rows per order.  CPU is that of the web processes and PostgreSQL."""
    from bench import _cpu, _flood
    from bench._driver import Driver

    requests = _flood.requests(brand.secret, _flood.orders(Random(1), prefix=prefix, count=int((SECONDS + WARM_S) * MOST_PER_S)))
    driver = Driver(at.port, requests)
    _rest()
    warm = driver.run(seconds=WARM_S)
    parts = [at.web_pids, [at.server.pid() or 0]]
    before, rows = [_cpu.taken_by(*pids) for pids in parts], _rows()
    sent = driver.run(first=warm.next, seconds=SECONDS)
    app, base = (_cpu.taken_by(*pids) - was for pids, was in zip(parts, before, strict=True))
    driver.close()
    assert set(sent.statuses) == {201}, sent.statuses
    count = len(sent.latencies_s)
    found = {
        "orders_per_s": sent.per_s, "cpu_ms": (app + base) / count * 1000, "app_cpu_ms": app / count * 1000,
        "postgres_cpu_ms": base / count * 1000, "full_p99_ms": sent.quantile_ms(0.99),
    }  # fmt: skip
    return found, _per_order(rows)


def _rest() -> None:
    """What was written before is written out, so that none has to write what another left."""
    from doorstep.base import db

    db.execute("CHECKPOINT")


def _rows() -> dict[str, int]:
    from doorstep.base import db

    return {table: int(db.scalar(f"SELECT count(*) FROM {table}")) for table in TABLES}


def _per_order(before: dict[str, int], *, expected: int = 0) -> dict[str, float]:
    """How many rows of each table came per order.  `expected`: how many orders must have come, where that is known."""
    came = {table: count - before[table] for table, count in _rows().items()}
    assert not expected or came["orders_order"] == expected, "a limit ran out of orders"
    return {table: count / came["orders_order"] for table, count in came.items()}


def _assert_alike(*forms: dict[str, float]) -> None:
    """The same rows per order in each form; new buyers and lines are drawn, so a few in a hundred may differ."""
    for table in TABLES:
        found = [form[table] for form in forms]
        assert max(found) - min(found) < 0.05 * max(found), (table, found)


def _at_ease(at: House, brand: Flooded, full_per_s: float) -> dict[str, float]:
    """How long orders take at 70 % of the full rate, after two seconds of it."""
    from bench import _flood
    from bench._driver import Driver

    rate = full_per_s * 0.7
    drafts = _flood.orders(Random(7), prefix="E", count=int(rate * (SECONDS + WARM_S)))
    driver = Driver(at.port, _flood.requests(brand.secret, drafts))
    _rest()
    warm = driver.run(rate_per_s=rate, seconds=WARM_S)
    sent = driver.run(first=warm.next, rate_per_s=rate)
    driver.close()
    assert set(sent.statuses) == {201}, sent.statuses
    return {"intake.p50_ms": sent.quantile_ms(0.5), "intake.p99_ms": sent.quantile_ms(0.99)}


def _settled(at: House, brand: Flooded) -> dict[str, float]:
    """How many of the orders are on a pick list while more come in, and whether all are soon after."""
    from bench import _flood
    from bench._driver import Driver
    from doorstep.base import db

    unlisted = """SELECT count(*) FROM orders_fulfilmentorder f WHERE f.id > %s AND NOT EXISTS (
                      SELECT 1 FROM fulfilment_picktask t WHERE t.fulfilment_order_id = f.id)"""
    db.execute("UPDATE base_event SET pending = FALSE WHERE pending")  # what came while nobody worked
    first = int(db.scalar("SELECT max(id) FROM orders_fulfilmentorder"))
    at.start("worker")
    time.sleep(3)
    seconds = 2.5 * SECONDS
    driver = Driver(
        at.port, _flood.requests(brand.secret, _flood.orders(Random(9), prefix="W", count=int(seconds * 4000)))
    )
    sent = driver.run(seconds=seconds)
    settled = sum(sent.statuses.values()) - int(db.scalar(unlisted, [first]))
    driver.close()
    accepted = sent.statuses[201]
    deadline = time.monotonic() + 60
    while (left := int(db.scalar(unlisted, [first]))) and time.monotonic() < deadline:
        time.sleep(0.5)
    return {
        "intake.settled_accepted_per_s": accepted / sent.seconds, "intake.settled_per_s": settled / sent.seconds,
        "intake.settled_ratio": settled / accepted, "intake.backlog": float(left),
        "intake.backlog_gone_s": 60 - (deadline - time.monotonic()),
    }  # fmt: skip


if __name__ == "__main__":
    main()
