"""`bin/doorstep import-orders FILE`: orders from CSV, TSV (also gzipped) and XLSX files."""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import SYSTEM, Ctx, new_trace
from doorstep.base.refusals import Refused
from doorstep.flows.order_import import profiles
from doorstep.flows.order_import.report import default_path
from doorstep.flows.order_import.run import Summary, Wish, run
from doorstep.flows.order_import.values import Profile, Reason, RowClass

SHIPPED = Path(__file__).resolve().parent.parent.parent / "profiles"


class Command(BaseCommand):
    help = "Imports orders from a CSV, TSV (also .gz) or XLSX file; a second run goes on where the first one stopped."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file and how to read it."""
        shipped = ", ".join(sorted(p.stem for p in SHIPPED.glob("*.toml")))
        parser.add_argument("file", metavar="FILE")
        parser.add_argument(
            "--map", metavar="PROFILE", default="generic", help=f"{shipped}, or a TOML file of your own"
        )
        parser.add_argument("--historical", action="store_true", help="past orders: closed, without taking stock")
        parser.add_argument("--dry-run", action="store_true", help="says what would happen; writes nothing")
        parser.add_argument("--report", metavar="PATH", help="where refused rows go (default: small.refused.csv for small.csv)")
        parser.add_argument("--json", metavar="PATH", help="writes the summary as JSON")
        parser.add_argument("--source", default="", help="name of the file's connection (default: the profile's)")
        parser.add_argument("--location", default="", metavar="CODE", help="where past sales are booked")
        parser.add_argument("--encoding", help="overrides the profile's, e.g. cp949")
        parser.add_argument("--organisation", help="its short name, where there are several")

    def handle(self, *args: Any, **options: Any) -> None:  # Django calls it so
        """Imports, prints the summary, exits 1 where it does not add up or every row is refused."""
        folder = Path(os.environ.get("DOORSTEP_CWD", "."))
        path = folder / options["file"]
        given = options["report"]
        wanted = folder / given if given else None if options["dry_run"] else default_path(path, folder)
        bar = Bar()
        try:
            wish = Wish(
                path=path,
                profile=self._profile(options, folder),
                report=wanted,
                historical=options["historical"],
                dry_run=options["dry_run"],
                source=options["source"],
                location=options["location"],
            )
            summary = run(self._ctx(options["organisation"]), wish, say=sentence, progress=bar.show)
        except Refused as refused:
            raise CommandError(
                sentence(Reason(refused.refusal, refused.facts)) + " " + _(refused.refusal.next_step)
            ) from None
        finally:
            bar.end()
        self._print(summary)
        if options["json"]:
            (folder / options["json"]).write_text(json.dumps(summary.as_dict(), indent=2, ensure_ascii=False) + "\n")
        if summary.is_nothing_taken:
            self.stderr.write("Nothing was taken in: every row is refused.")
        if summary.is_nothing_taken or not summary.adds_up:
            sys.exit(1)

    def _profile(self, options: dict[str, Any], folder: Path) -> Profile:
        named = SHIPPED / f"{options['map']}.toml"
        path = named if named.is_file() else folder / options["map"]
        if not path.is_file():
            raise CommandError(f"There is no profile {options['map']}.")
        text = path.read_text(encoding="utf-8")
        return profiles.parse(text, name=path.stem, encoding=options["encoding"] or "")

    def _ctx(self, slug: str | None) -> Ctx:
        every = accounts.list_organisations()
        wanted = [o for o in every if slug in (None, o.slug)]
        if not every:
            raise CommandError("There is no organisation yet; run bin/up once.")
        if len(wanted) != 1:
            raise CommandError("Say --organisation with one of: " + ", ".join(o.slug for o in every))
        return Ctx(wanted[0].id, SYSTEM, datetime.now(UTC), new_trace())

    def _print(self, summary: Summary) -> None:
        said, out = summary.as_dict(), self.stdout
        if said["dry_run"]:
            out.write("Dry run: nothing was written.")
        currencies = list(said["values_minor"])
        out.write(
            f"{'':22}{'rows':>10}{'units +':>12}{'units −':>12}" + "".join(f"{c + ' (minor)':>20}" for c in currencies)
        )
        for name in ("file", *(c.value for c in RowClass)):
            units, values = said["units"][name], [said["values_minor"][c][name] for c in currencies]
            shown = "".join(f"{v:>20,}" for v in values)
            out.write(
                f"{name.replace('_', ' '):22}{said['rows'][name]:>10,}{units['in']:>12,}{units['out']:>12,}{shown}"
            )
        out.write(f"unaccounted rows {said['unaccounted']}, value error {said['value_error_minor']} minor units")
        if said["dry_run"]:  # it does not look at what is here
            out.write(f"{said['orders']:,} orders of {said['customers']:,} customers")
        else:
            out.write(
                f"{said['orders']:,} orders ({said['orders_new']:,} new, {said['orders_here_already']:,} already here) of "
                f"{said['customers']:,} customers; {said['cancellations_unmatched']:,} cancelled lines without a sale here, "
                f"{said['returns_new']:,} new returns of those with one"
            )
        for code, rows in said["refusals"].items():
            out.write(f"refused: {rows:,} × {code}")
        if said["unmapped"]:
            out.write(f"orders held until somebody says what these are: {', '.join(said['unmapped'][:20])}")
        if said["unmatched"]:
            out.write(f"cancelled lines without a sale: {said['unmatched']}")
        if said["report"]:
            out.write(f"refused rows: {said['report']}")
        out.write(f"{said['seconds']:.1f} s")


def sentence(reason: Reason) -> str:
    """A refusal in the reader's language."""
    facts = {name: _(str(value)) if value else value for name, value in reason.facts.items()}
    return _(reason.refusal.says) % facts


class Bar:
    """A progress bar on a terminal; nothing where nobody looks."""

    def __init__(self) -> None:
        self.visible = sys.stderr.isatty()
        self.drawn = 0.0

    def show(self, done: int, total: int) -> None:
        """Draws it, at most ten times a second."""
        now = time.monotonic()
        if not self.visible or (now - self.drawn < 0.1 and done < total):
            return
        self.drawn = now
        filled = 40 * done // max(total, 1)
        sys.stderr.write(f"\r[{'█' * filled}{'·' * (40 - filled)}] {done:,} / {total:,}")
        sys.stderr.flush()

    def end(self) -> None:
        """Leaves the line."""
        if self.visible and self.drawn:
            sys.stderr.write("\n")
