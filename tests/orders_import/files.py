"""Small files of orders, and imports of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from doorstep.base.ctx import Ctx
from doorstep.flows.order_import import profiles
from doorstep.flows.order_import.run import Summary, Wish, run
from doorstep.flows.order_import.values import Profile, Reason

PROFILES = Path(__file__).resolve().parent.parent.parent / "doorstep" / "cli" / "profiles"
UCI_HEADER = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]


@dataclass(frozen=True)
class Imported:
    """An import that ran: its summary, and the rows of its report."""

    summary: Summary
    report: list[dict[str, str]]

    @property
    def rows(self) -> dict[str, int]:
        return {c.value: s.rows for c, s in self.summary.totals.classes.items()}


def profile(name: str = "generic", **changed: str) -> Profile:
    text = (PROFILES / f"{name}.toml").read_text()
    for was, becomes in changed.items():
        text = text.replace(was, becomes)
    return profiles.parse(text, name=name)


def uci(number: str, sku: str, qty: str, price: str, customer: str = "17850.0", **more: str) -> list[str]:
    """A row as the UCI file has it."""
    when = more.get("at", "2010-12-01 08:26:00")
    return [number, sku, more.get("title", f"THING {sku}"), qty, when, price, customer, more.get("country", "France")]


def write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], *, delimiter: str = ",") -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([header, *rows])
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


def imported(ctx: Ctx, path: Path, using: Profile, **wish: bool | str) -> Imported:
    report = path.with_name("refused.csv")
    told: list[tuple[int, int]] = []
    summary = run(
        ctx,
        Wish(path, using, report, **wish),  # type: ignore[arg-type]
        say=lambda reason: reason.refusal.says % reason.facts,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == sorted(told)
    assert not told or told[-1] == (summary.counted.rows, summary.counted.rows)
    with report.open(encoding="utf-8", newline="") as file:
        return Imported(summary, list(csv.DictReader(file)))


def imported_uci(ctx: Ctx, folder: Path, rows: Sequence[Sequence[str]], **wish: bool | str) -> Imported:
    path = write(folder / "orders.csv", UCI_HEADER, rows)
    return imported(ctx, path, profile("uci-online-retail"), **({"historical": True} | wish))


def reason_of(reason: Reason | None) -> str:
    return reason.refusal.code if reason else ""
