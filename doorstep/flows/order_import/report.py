"""The report: every refused row with its number, its reason and its cells as they came, formulas disarmed."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from doorstep.base import sheets
from doorstep.base.money import Money
from doorstep.flows.order_import.values import Cells, ReadGroup, Reason, RowClass
from doorstep.orders.cancellations import Unlinked

NEGATIVE = re.compile(r"-[0-9.,]+")
Say = Callable[[Reason], str]


def default_path(file: Path, folder: Path) -> Path:
    """`orders.csv.gz` is reported on in `orders.refused.csv`."""
    stem = file.name.removesuffix(".gz").rpartition(".")[0] or file.name
    return folder / f"{stem}.refused.csv"


def unmatched_path(report: Path) -> Path:
    """Beside `orders.refused.csv` stands `orders.unmatched.csv`."""
    return report.with_name(report.name.removesuffix(".csv").removesuffix(".refused") + ".unmatched.csv")


def list_unmatched(report: Path, lines: Sequence[Unlinked]) -> Path:
    """Writes down the cancelled lines of which no sale is here, beside the report; it takes its name once it is complete.

    Returns: where.
    """
    path = unmatched_path(report)
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    with draft.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["order_id", "position", "sku", "quantity", "value", "currency", "date"])
        for line in lines:
            value = Money(line.value_minor, line.currency).decimal
            said = [_shown(line.external_id), line.position, _shown(line.sku), line.qty, value, line.currency]
            rows.writerow([*said, line.at.isoformat()])
    draft.replace(path)
    return path


class Report:
    """A CSV file that takes its name only once it is complete; without a path nothing is written."""

    def __init__(self, path: Path | None, header: Cells, say: Say) -> None:
        self.path, self.header, self.say = path, header, say
        self.draft = path.with_name(f"{path.name}.{os.getpid()}.part") if path else None

    def __enter__(self) -> Report:
        self.file = self.draft.open("w", encoding="utf-8", newline="") if self.draft else None
        self.rows = csv.writer(self.file) if self.file else None
        if self.rows:
            self.rows.writerow(["row", "code", "reason", *map(_shown, self.header)])
        return self

    def add(self, group: ReadGroup) -> None:
        """Writes down the refused rows of one order number."""
        if self.rows is None:
            return
        for i in group.of(RowClass.REFUSED):
            reason = group.reasons[i]
            if reason is not None:
                said = [group.raw.numbers[i], reason.refusal.code, self.say(reason)]
                self.rows.writerow([*said, *map(_shown, group.raw.cells[i])])

    def __exit__(
        self, kind: type[BaseException] | None, trouble: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.file is None or self.draft is None or self.path is None:
            return
        self.file.close()
        if kind is None:
            self.draft.replace(self.path)
        else:
            self.draft.unlink(missing_ok=True)


def _shown(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: customers write names and notes.  Reading the file takes it back."""
    return cell if NEGATIVE.fullmatch(cell) else sheets.harmless(cell)
