"""The command itself, killed at any moment and started again."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from doorstep.base import db, invariants
from doorstep.cli.management.commands.audit import all_invariants
from tests.factories import make_ctx
from tests.orders_import.files import UCI_HEADER, imported, profile, uci, write
from tests.serving import ROOT, database_url

REAL = ROOT.parent / "shared" / "data" / "orders" / "online_retail_2010-12_to_2011-08.csv.gz"
SEED = 20101201
ORDERS = 1600


def command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "doorstep.cli.main", "import-orders", *arguments]


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {
        "DOORSTEP_DATABASE_URL": database_url(),
        "DOORSTEP_CWD": str(folder),
        "DJANGO_SETTINGS_MODULE": "doorstep.config.settings",
    }


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(folder, *arguments), env=environment(folder), cwd=ROOT, capture_output=True, text=True, check=False
    )


def a_year_of_orders(folder: Path) -> Path:
    dice = random.Random(SEED)
    rows = []
    for n in range(ORDERS):
        at = f"2011-{1 + n * 12 // ORDERS:02}-{1 + n % 28:02} 10:00:00"
        customer = str(dice.randrange(200)) + ".0"
        for _ in range(dice.randrange(1, 8)):
            sku, qty = f"S{dice.randrange(90)}", dice.randrange(1, 9)
            rows.append(uci(str(n), sku, str(qty), f"{dice.randrange(1000) / 100}", customer, at=at))
            if dice.random() < 0.05:
                rows.append(uci(f"C{n}", sku, str(-qty), "1.00", customer, at=at))
        if n % 40 == 0:
            rows.append(uci(str(n), "POST", "1", "4.95", customer, at=at))
            rows.append(uci(f"9{n}", "S1", "-3", "0.0", "", at=at))
    return write(folder / "orders.csv", UCI_HEADER, rows)


def ledger() -> list[dict[str, object]]:
    """What the import left behind, in terms that do not depend on the run."""
    return db.dicts(
        """SELECT 'orders' AS what, count(*) AS n, sum(total_minor) AS sum FROM orders_order
            UNION ALL SELECT 'lines', count(*), sum(total_minor) FROM orders_orderline
            UNION ALL SELECT 'cancelled', count(*), sum(value_minor) FROM orders_cancelledline
            UNION ALL SELECT 'linked', count(*), sum(value_minor) FROM orders_cancelledline WHERE order_line_id IS NOT NULL
            UNION ALL SELECT 'customers', count(*), 0 FROM customers_customer
            UNION ALL SELECT 'arrivals', count(*), 0 FROM base_arrival
            UNION ALL SELECT 'sold', 0, sum(on_hand) FROM stock_movement WHERE kind = 'sale'
            UNION ALL SELECT 'came back', count(*), sum(on_hand) FROM stock_movement WHERE kind = 'return'
            UNION ALL SELECT 'on hand', count(*), sum(on_hand) FROM stock_item ORDER BY 1"""
    )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_import_that_is_killed_goes_on_and_counts_nothing_twice(tmp_path: Path) -> None:
    """Seed and moments are fixed by SEED; the moments are fractions of what one whole run writes."""
    make_ctx("Killed")
    a_year_of_orders(tmp_path)
    arguments = ("orders.csv", "--map", "uci-online-retail", "--historical", "--json", "summary.json")
    dice, kills = random.Random(SEED), 0
    for _ in range(3):
        before = db.scalar("SELECT count(*) FROM orders_order")
        process = subprocess.Popen(
            command(tmp_path, *arguments), env=environment(tmp_path), cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        while process.poll() is None and db.scalar("SELECT count(*) FROM orders_order") == before:
            time.sleep(0.01)
        time.sleep(dice.random() * 0.15)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.wait(timeout=60)
        assert not (tmp_path / "orders.refused.csv").exists() or process.returncode == 0
    assert kills >= 2
    done = run(tmp_path, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads((tmp_path / "summary.json").read_text())
    assert (said["unaccounted"], said["value_error_minor"]) == (0, 0)
    assert said["orders_here_already"] > 0
    assert said["orders"] == ORDERS
    with (tmp_path / "orders.refused.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == said["rows"]["refused"] == ORDERS // 40
    assert invariants.check(all_invariants()) == []
    killed = ledger()
    db.execute("TRUNCATE accounts_organisation, base_event, base_arrival, stock_movement CASCADE")
    db.execute("TRUNCATE channels_connection, customers_customer, catalog_product, locations_location CASCADE")
    # What refers to these without a key (docs/adr/0024) is not taken along.
    db.execute("TRUNCATE orders_order, orders_orderline, orders_ordersearch, payments_payment, payments_entry CASCADE")
    db.execute("TRUNCATE orders_fulfilmentorder, orders_fulfilmentorderline, stock_reservation CASCADE")
    make_ctx("Left alone")
    assert run(tmp_path, *arguments).returncode == 0
    assert ledger() == killed


@pytest.mark.django_db
def test_the_command_prints_its_sums_and_writes_them_and_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_ctx()
    monkeypatch.setenv("DOORSTEP_CWD", str(tmp_path))
    write(
        tmp_path / "o.csv",
        UCI_HEADER,
        [uci("1", "A", "2", "1.25"), uci("1", "A", "x", "1.25"), uci("1", "POST", "1", "3")],
    )
    call_command("import-orders", "o.csv", "--map", "uci-online-retail", "--historical", "--dry-run")
    assert "nothing was written" in capsys.readouterr().out
    assert not (tmp_path / "o.refused.csv").exists()
    assert db.scalar("SELECT count(*) FROM orders_order") == 0
    wish = ["o.csv", "--map", "uci-online-retail", "--historical", "--json", "s.json", "--report", "r.csv"]
    call_command("import-orders", *wish)
    printed = capsys.readouterr()
    assert "unaccounted rows 0, value error 0 minor units" in printed.out
    assert printed.err == ""
    said = json.loads((tmp_path / "s.json").read_text())
    assert said["rows"] == {"file": 3, "sale": 1, "cancellation": 0, "not_a_product": 1, "refused": 1}
    assert said["values_minor"] == {
        "GBP": {"file": 550, "sale": 250, "cancellation": 0, "not_a_product": 300, "refused": 0, "difference": 0}
    }
    assert "“x” is not a whole number of units." in (tmp_path / "r.csv").read_text()


@pytest.mark.django_db
@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_the_command_fails_when_every_row_is_refused_and_names_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], dry: list[str]
) -> None:
    make_ctx()
    monkeypatch.setenv("DOORSTEP_CWD", str(tmp_path))
    write(tmp_path / "small.csv", UCI_HEADER, [uci("1", "A", "x", "1.25")])
    wish = ["small.csv", "--map", "uci-online-retail", "--historical", *dry]
    with pytest.raises(SystemExit) as ended:
        call_command("import-orders", *wish)
    assert ended.value.code == 1
    assert "every row is refused" in capsys.readouterr().err
    assert (tmp_path / "small.refused.csv").exists() == (not dry)
    write(tmp_path / "small.csv", UCI_HEADER, [])
    call_command("import-orders", *wish)
    assert capsys.readouterr().err == ""


@pytest.mark.django_db
def test_a_dry_run_does_not_speak_of_what_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_ctx()
    monkeypatch.setenv("DOORSTEP_CWD", str(tmp_path))
    write(tmp_path / "o.csv", UCI_HEADER, [uci("1", "A", "2", "1.25"), uci("C2", "X", "-2", "1.25")])
    wish = ["o.csv", "--map", "uci-online-retail", "--historical", "--json", "s.json"]
    call_command("import-orders", *wish, "--dry-run")
    printed = capsys.readouterr().out
    assert "1 orders of 1 customers\n" in printed
    assert "without a sale here" not in printed
    assert json.loads((tmp_path / "s.json").read_text())["cancellations_unmatched"] is None
    call_command("import-orders", *wish)
    printed = capsys.readouterr().out
    assert "1 cancelled lines without a sale here" in printed
    assert json.loads((tmp_path / "s.json").read_text())["cancellations_unmatched"] == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["o.csv", "--map", "nothing"], "There is no profile nothing."),
        (["o.csv"], "The file has no column named order_id, placed_at"),
        (["nowhere.csv"], "nowhere.csv cannot be read: there is no such file."),
        (["o.csv", "--organisation", "nobody"], "Say --organisation with one of"),
    ],
)
def test_the_command_says_what_is_wrong_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    make_ctx()
    monkeypatch.setenv("DOORSTEP_CWD", str(tmp_path))
    write(tmp_path / "o.csv", UCI_HEADER, [uci("1", "A", "2", "1.25")])
    with pytest.raises(CommandError, match=says):
        call_command("import-orders", *arguments)


@pytest.mark.django_db
@pytest.mark.skipif(not REAL.exists(), reason="../shared is not there: the UCI Online Retail file")
def test_the_first_five_thousand_rows_of_the_real_file_add_up(tmp_path: Path) -> None:
    path = tmp_path / "first.csv"
    with gzip.open(REAL, "rt", encoding="utf-8", newline="") as file:
        path.write_text("".join(islice(file, 5001)), encoding="utf-8", newline="")
    result = imported(make_ctx(), path, profile("uci-online-retail"), historical=True)
    assert result.summary.counted.rows == 5000
    assert result.summary.adds_up
    assert result.rows == {"sale": 4909, "cancellation": 69, "not_a_product": 10, "refused": 12}
    assert len(result.report) == 12
    assert invariants.check(all_invariants()) == []
