"""Which location sends each order: the planner's cost over three instances with checked answers, order by order.

N = the instances in ../shared/data/routing (or each folder named with --instance, or one made by --seed N and --size), ci size: 10
locations, 2,000 SKUs, 20,000 orders to learn from and 20,000 to decide in file order, without looking ahead.  The policy is the
engine's own code, prices refreshed every 100 orders and each morning.  The yardstick is the cost that no policy can go below
(`answers.json`, or for made ones the Lagrangian bound with perfect foresight); a gap is 100 × (cost ÷ bound − 1).

`gap_percent`, `saving_*`: the worst instance.  `gap_*_percent`: what each lower step of the ladder of fall-backs gives, worst too.
`cost_error`: our costs and the nearest-location policy against `answers.json`, as a share.  `bound_off_percent`: the bound reckoned
again from the instance's own prices, against the one stated.  `lost_excess`: units lost beyond the unavoidable.  `decision_*`: CPU
of one plan with prices, 30 locations, orders of 1 to 5 lines, no database.  `batch_*`: 2,000 orders over scarce stock planned anew
together; `batch_worse` counts what costs more than the plans that stood, or takes what is not there.
Left out: the database, the days' calendars, prices of capacity.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np

from bench._routing import policies, scarce
from bench._routing.bound import Bound
from bench._routing.generator import SIZES, Size, make
from bench._routing.instance import Instance, read
from doorstep.routing.engine.prices import Sampling
from doorstep.routing.engine.values import Level

NAME = "routing"
ROOT = Path(__file__).resolve().parent.parent
REAL = ROOT.parent / "shared" / "data" / "routing"
WIDE = Size(locations=30, skus=2_000, orders=20_000)
WIDE_DECIDED = 4_000
LADDER = (Level.BALANCE, Level.COST, Level.FEWEST, Level.NEAREST)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Those of `python -m bench`."""
    parser.add_argument("--instance", type=Path, action="append", default=[], metavar="DIR", help="routing: a folder, or several")
    parser.add_argument("--seed", type=int, metavar="N", help="routing: makes an instance by its generator")
    parser.add_argument("--size", choices=list(SIZES), default="ci", help="routing: of the made instance")


def run(chosen: argparse.Namespace | None = None) -> dict[str, float]:
    """Every figure; a line for each instance and policy on the way."""
    begun = perf_counter()
    instances = _instances(chosen)
    found: dict[str, list[float]] = {}
    for instance in instances:
        for figure, value in _judge(instance).items():
            found.setdefault(figure, []).append(value)
    best = {"saving_vs_nearest_percent", "saving_vs_minsplit_percent"}
    figures = {figure: (min if figure in best else max)(values) for figure, values in found.items()}
    figures |= _decisions() | scarce.measure(seed=1)
    figures["bench_s"] = perf_counter() - begun
    return {f"routing.{figure}": value for figure, value in figures.items()}


def _instances(chosen: argparse.Namespace | None) -> list[Instance]:
    folders: list[Path] = list(chosen.instance) if chosen else []
    if chosen and chosen.seed is not None:
        return [*map(read, folders), make(chosen.seed, SIZES[chosen.size])]
    folders = folders or sorted(folder for folder in REAL.glob("*") if (folder / "orders.csv.gz").exists())
    if not folders:
        print(f"   no instance in {REAL}: one is made with seed 1", flush=True)
        return [make(1, SIZES["ci"])]
    return [read(folder) for folder in folders]


def _judge(instance: Instance) -> dict[str, float]:
    """One instance under every level of the ladder."""
    foresight = Bound(instance)
    answers = dict(instance.answers)
    figures: dict[str, float] = {}
    if instance.proof:
        prices = np.zeros(foresight.stock.shape)
        for sku, row in instance.proof.items():
            prices[sku] = row
        again = foresight.value(prices)
        stated = answers.get("bound", again)
        figures["bound_off_percent"] = 100 * abs(again / stated - 1)
        bound = stated
    else:
        bound = answers.get("bound") or foresight.best()[0]
    outcome = {}
    for level in (Level.SHADOW, *LADDER):
        outcome[level] = policies.run(instance, level)
        _tell(instance, level, outcome[level], bound)
    lost = int(answers.get("lost_units", foresight.lost_units))
    cost = {level: one.cost for level, one in outcome.items()}
    if "nearest" in answers:
        figures["cost_error"] = abs(cost[Level.NEAREST] / answers["nearest"] - 1)
    if "minsplit" in answers:
        figures["minsplit_error"] = abs(cost[Level.FEWEST] / answers["minsplit"] - 1)
    figures["gap_percent"] = 100 * (cost[Level.SHADOW] / bound - 1)
    for level in LADDER:
        figures[f"gap_{level.value}_percent"] = 100 * (cost[level] / bound - 1)
    nearest = answers.get("nearest", cost[Level.NEAREST])
    fewest = answers.get("minsplit", cost[Level.FEWEST])
    figures["saving_vs_nearest_percent"] = 100 * (1 - cost[Level.SHADOW] / nearest)
    figures["saving_vs_minsplit_percent"] = 100 * (1 - cost[Level.SHADOW] / fewest)
    figures["lost_excess"] = float(max(one.lost_units for one in outcome.values()) - lost)
    figures["price_s"] = outcome[Level.SHADOW].price_s
    return figures


def _tell(instance: Instance, level: Level, one: policies.Outcome, bound: float) -> None:
    print(
        f"   {instance.name:10}{level.value:9}{one.cost:12,.2f}  gap {100 * (one.cost / bound - 1):6.2f} %  "
        f"{one.split_orders:6,} split  {one.lost_units:6,} lost",
        flush=True,
    )


def _decisions() -> dict[str, float]:
    """What a plan takes where 30 locations may send it, prices of stock among its costs."""
    instance = make(7, WIDE)
    short = replace(instance, history=instance.history[:5_000])
    took = sorted(policies.run(short, Level.SHADOW, Sampling(scenarios=4, samples=16), WIDE_DECIDED).decide_s)
    return {"decision_p50_ms": 1000 * took[len(took) // 2], "decision_p99_ms": 1000 * took[len(took) * 99 // 100]}
