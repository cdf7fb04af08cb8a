"""What an order costs, and how long lists take, when a brand has a million orders instead of ten thousand.

N = 10,000 and 1,000,000 orders, seeds 1 to 4.  200 orders go all the way through the house (`_shipped`) and are multiplied by
SQL (`_clone`): every table that they left rows in, customers, messages and arrivals among them, over two years, as the timers of
retention leave what is old; 2 in 100 are not shipped yet.  After seeding VACUUM ANALYZE runs once, as autovacuum would, and every
invariant of `audit` is counted (`broken_invariants`).

`cost_ratio`: CPU per order of our processes and PostgreSQL at a million ÷ at ten thousand, on two databases of one server, in
turns, so that what else the machine does weighs on both; an order is accepted (25 in a transaction, half of the buyers new),
routed and put on a pick list by the dispatcher's own code. 8,000 orders go ahead of them on each, since right after a checkpoint
the first change of every page is logged whole, and an index that was just built has no room. Medians of the rounds;
`accept_ratio` is of accepting alone.

`lists.*`: real HTTP to one web process with a person signed in, one request after the other; p95 of each kind, `p95_ms` the
worst of those that the bar is set for: first page, filtered, page 500, search, of orders and of stock, over the API too.  Left out:
the network, the browser.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from random import Random
from statistics import median
from typing import TYPE_CHECKING

from bench import _apart

if TYPE_CHECKING:
    from bench._clone import Copier
    from bench.house import House

NAME = "growth"
FEW = 10_000
MANY = int(os.environ.get("DOORSTEP_BENCH_ORDERS", "1000000"))
SMALL = "doorstep_small"
WARM, ROUNDS, PER_ROUND, PER_BATCH = 8_000, 9, 500, 25


def run() -> dict[str, float]:
    """Runs in a process of its own, since it sets Django up for a database of its own."""
    return _apart.run("bench.growth")


def main() -> None:
    """Prints N and seed first and the figures, as JSON, last."""
    print(f"N = {FEW} and {MANY} orders, seeds 1 to 4; VACUUM ANALYZE once after seeding", flush=True)
    from bench.fresh import yardstick
    from bench.house import house

    with house() as at:
        os.environ.update(at.environment())
        import django

        django.setup()
        figures = _measure(at)
        figures["growth.yardstick"] = yardstick(at.server)
    print(json.dumps(figures))


def _measure(at: House) -> dict[str, float]:
    from bench import _clone, _flood, _lists, _shipped
    from doorstep.base import db

    brand = _flood.found()
    before = _clone.tops()
    _shipped.make(at, brand)
    copier = _clone.Copier(at.server.url(), before)
    _grow(copier, FEW)
    copier.copy_database(SMALL)
    seconds = _grow(copier, MANY)
    _assert_alike(copier)
    broken = _audit()
    size_gb = int(db.scalar("SELECT pg_database_size(current_database())")) / 1e9
    figures = {"growth.seed_s": seconds, "growth.database_gb": size_gb, "growth.broken_invariants": float(broken)}
    return figures | _lists.measure(at, brand) | _costs(at)


def _grow(copier: Copier, orders: int) -> float:
    """Seeds up to so many orders.  Returns: how many seconds it took."""
    from bench._shipped import COUNT
    from doorstep.base import db

    began = time.monotonic()
    copier.grow(orders // COUNT - 1, of=MANY // COUNT - 1)
    db.execute("SET statement_timeout = 0")  # twenty gigabytes take more than the house gives a statement
    db.execute("VACUUM ANALYZE")
    db.execute("CHECKPOINT")
    db.execute("RESET statement_timeout")
    return time.monotonic() - began


def _assert_alike(copier: Copier) -> None:
    """The newest copy has values in the very columns in which the orders have them that went all the way."""
    from doorstep.base import db

    for source in copier.sources.values():
        columns = db.column(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
            [source.table],
        )
        empty = ", ".join(f"count(*) - count({name}) AS {name}" for name in columns)
        first, second = (
            db.dicts(
                f"SELECT {empty} FROM {source.table} WHERE id > %s AND id <= %s",
                [source.base + n * source.stride, source.base + (n + 1) * source.stride],
            )
            for n in (0, copier.made)
        )
        assert first == second, (source.table, first, second)


def _audit() -> int:
    """How many invariants do not hold, each named on stderr."""
    from django.db import transaction

    from doorstep.base import db
    from doorstep.base.invariants import check
    from doorstep.cli.management.commands.audit import all_invariants

    with transaction.atomic():
        db.execute("SET LOCAL statement_timeout = 0")
        broken = check(all_invariants())
    for one in broken:
        print(one.invariant.name, one.count, one.examples[:3], file=sys.stderr, flush=True)
    return len(broken)


@dataclass
class Taker:
    """A process that takes orders in at one of the databases when it is told to."""

    process: subprocess.Popen[str]

    def take(self, count: int) -> dict[str, float]:
        """Has it take so many orders.  Units: milliseconds of CPU per order."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        told: dict[str, float] = json.loads(self.process.stdout.readline())
        return told


def _costs(at: House) -> dict[str, float]:
    takers = {name: _taker(at, name) for name in (SMALL, "doorstep")}
    for taker in takers.values():
        taker.take(WARM)
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in takers}
    for _ in range(ROUNDS):
        for name, taker in takers.items():
            rounds[name].append(taker.take(PER_ROUND))
    for taker in takers.values():
        taker.process.communicate("")
    few, many = (_medians(rounds[name]) for name in (SMALL, "doorstep"))
    return {
        "growth.cost_ratio": (many["accept"] + many["settle"]) / (few["accept"] + few["settle"]),
        "growth.accept_ratio": many["accept"] / few["accept"], "growth.settle_ratio": many["settle"] / few["settle"],
        **{f"growth.{step}_few_ms": few[step] for step in few}, **{f"growth.{step}_many_ms": many[step] for step in many},
    }  # fmt: skip


def _medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {step: median(one[step] for one in rounds) for step in rounds[0]}


def _taker(at: House, database: str) -> Taker:
    return Taker(
        subprocess.Popen(
            [sys.executable, "-m", "bench.growth", "take", str(at.server.pid())],
            env=at.environment() | {"DOORSTEP_DATABASE_URL": at.server.url(database)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
    )  # fmt: skip


def take_when_told(server_pid: int) -> None:
    """Reads how many orders to take, one number a line, and answers what each cost."""
    import django

    django.setup()
    from bench import _cpu, _flood
    from doorstep.accounts import queries as accounts
    from doorstep.base import db
    from doorstep.flows import intake
    from doorstep.orders.placing import Accepted
    from doorstep.worker.ctx import system_ctx
    from doorstep.worker.dispatch import drain

    organisation_id = accounts.list_organisations()[0].id
    assert db.scalar("SHOW synchronous_commit") == "on"
    for turn, line in enumerate(sys.stdin):
        drafts = _flood.orders(Random(100 + turn), prefix=f"M{os.getpid()}-{turn}-", count=int(line))

        def spent() -> float:
            return time.process_time() + _cpu.taken_by(server_pid)

        began = spent()
        for n in range(0, len(drafts), PER_BATCH):
            answers = intake.accept(system_ctx(organisation_id), drafts[n : n + PER_BATCH])
            assert all(isinstance(answer, Accepted) for answer in answers)
        accepted = spent()
        drain()
        settled = spent()
        told = {"accept": accepted - began, "settle": settled - accepted}
        print(json.dumps({step: seconds / len(drafts) * 1000 for step, seconds in told.items()}), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["take"]:
        take_when_told(int(sys.argv[2]))
    else:
        main()
