"""The UCI Online Retail file, imported as past orders by the real command into a fresh database with fsync on.

Measures the wall time of the command's own work, from the first byte of the file to the proof of its sums; starting
Python and Django (about a second) is left out.  N = 320,705 rows; nothing is random, so there is no seed.  The
benchmark fails unless `audit` passes afterwards and a second run finds everything there already.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from bench.fresh import ROOT, Fresh, fresh, yardstick

NAME = "import"
FILE = "online_retail_2010-12_to_2011-08.csv.gz"


def _file() -> Path:
    """The real input: beside the repository, or where DOORSTEP_BENCH_ORDERS says."""
    path = Path(os.environ.get("DOORSTEP_BENCH_ORDERS", ROOT.parent / "shared" / "data" / "orders" / FILE))
    if not path.is_file():
        raise RuntimeError(f"{path} is not there; name the file with DOORSTEP_BENCH_ORDERS.")
    return path


def _import(at: Fresh, path: Path) -> dict[str, object]:
    at.command("import-orders", str(path), "--map", "uci-online-retail", "--historical", "--json", "summary.json")
    said: dict[str, object] = json.loads((at.home / "summary.json").read_text())
    return said


def run() -> dict[str, float]:
    """`unaccounted` counts rows, `value_error_minor` pence over all invoices; `again_s` is a second, idle run."""
    path = _file()
    with fresh() as at:
        tps = yardstick(at.server)
        first = _import(at, path)
        at.command("audit")
        again = _import(at, path)
        if again["orders_new"] or again["rows"] != first["rows"] or again["values_minor"] != first["values_minor"]:
            raise RuntimeError(f"the second run differs:\n{first}\n{again}")
        at.command("audit")
        rows = first["rows"]
        assert isinstance(rows, dict)
        print(f"   N = {rows['file']:,} rows, {first['orders']:,} orders; no seed")
        return {
            "import.sale_rows": float(rows["sale"]),
            "import.cancellation_rows": float(rows["cancellation"]),
            "import.not_a_product_rows": float(rows["not_a_product"]),
            "import.refused_rows": float(rows["refused"]),
            "import.unaccounted": float(str(first["unaccounted"])),
            "import.value_error_minor": float(str(first["value_error_minor"])),
            "import.seconds": float(str(first["seconds"])),
            "import.again_s": float(str(again["seconds"])),
            "import.yardstick": tps,
        }
