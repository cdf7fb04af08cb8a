"""Plans many orders anew together, over the stock that they share: set partitioning over a few good plans for each, by HiGHS.

Every order has its incumbent among its plans, and another must save more than the threshold, so that the answer is never worse
than what stands.  Prices of the shared stock from the linear relaxation make a second set of plans (column generation).

Source: Xu, Allgor & Graves, "Benefits of Reevaluating Real-Time Order Fulfillment Decisions" (M&SOM 2009); HiGHS, Huangfu &
Hall, "Parallelizing the dual revised simplex method" (2018).  HiGHS and OR-Tools cannot be in one process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import highspy
import numpy as np

from doorstep.routing.engine import exact
from doorstep.routing.engine.values import Candidate, Need, Site, Terms

Shelf = tuple[int, int]  # (variant, location)

UNPLANNED = 1e7  # what it is worth to plan an order that had no plan
TIGHT = 1e-6


@dataclass(frozen=True, slots=True)
class Open:
    """An order not yet released.  `incumbent`: how it is planned now; None: not at all.

    Shapes: `sites` with their tariffs and prices for this order; what they have `free` is taken from the shared stock.
    """

    key: int
    needs: tuple[Need, ...]
    sites: tuple[Site, ...]
    incumbent: Candidate | None


@dataclass(frozen=True, slots=True)
class Replanned:
    """Shapes: `changed` by the orders' keys.  Units: `saved` money, worth included, of orders that had a plan."""

    changed: Mapping[int, Candidate]
    saved: float
    optimal: bool


@dataclass(frozen=True, slots=True)
class _Column:
    order: int
    plan: Candidate | None
    cost: float
    takes: Mapping[Shelf, int]


def replan(
    orders: Sequence[Open], stock: Mapping[Shelf, int], terms: Terms, *, threshold: float = 0.0, wait_s: float = 3.0
) -> Replanned:
    """Better plans for some of the orders, all within the stock; nothing changes that saves no more than the threshold.

    Shapes: `stock` is what these orders may use, what their incumbents hold included.
    """
    bare = [_stocked(order, stock) for order in orders]
    columns = _columns(orders, bare, terms, {})
    prices = _prices(columns, len(orders), stock, threshold, orders)
    if any(price > TIGHT for price in prices.values()):
        columns += [
            column for column in _columns(orders, bare, terms, prices) if column.plan is not orders[column.order].incumbent
        ]
    columns = _distinct(columns)
    chosen, optimal = _solve(columns, orders, stock, threshold, wait_s)
    return _kept(chosen, orders, stock, optimal)


def takes(plan: Candidate) -> dict[Shelf, int]:
    """What a plan takes from where."""
    found: dict[Shelf, int] = {}
    for parcel in plan.parcels:
        for _, variant, qty in parcel.units:
            found[variant, parcel.location_id] = found.get((variant, parcel.location_id), 0) + qty
    return found


def _stocked(order: Open, stock: Mapping[Shelf, int]) -> list[Site]:
    variants = {need.variant_id for need in order.needs}
    return [
        replace(site, free={variant: stock.get((variant, site.location_id), 0) for variant in variants}) for site in order.sites
    ]


def _columns(
    orders: Sequence[Open], bare: Sequence[list[Site]], terms: Terms, prices: Mapping[Shelf, float]
) -> list[_Column]:
    """The incumbents, and the planner's best plans at these prices; costs leave the prices out."""
    found = []
    for index, (order, sites) in enumerate(zip(orders, bare, strict=True)):
        kept = order.incumbent
        found.append(_Column(index, kept, kept.total if kept else UNPLANNED, takes(kept) if kept else {}))
        own = {site.location_id: site.worth for site in sites}
        priced = sites
        if prices:
            priced = [
                replace(
                    site,
                    worth={v: site.worth.get(v, 0.0) + prices.get((v, site.location_id), 0.0) for v in site.free},
                )
                for site in sites
            ]
        choice = exact.plan(order.needs, priced, terms)
        for plan in (choice.best, *choice.others) if choice else ():
            if prices:
                plan = _at(plan, own)
            found.append(_Column(index, plan, plan.total, takes(plan)))
    return found


def _at(plan: Candidate, own: Mapping[int, Mapping[int, float]]) -> Candidate:
    """The plan with the worth that its sites' own prices give."""
    parcels = tuple(
        replace(parcel, worth=sum(own[parcel.location_id].get(variant, 0.0) * qty for _, variant, qty in parcel.units))
        for parcel in plan.parcels
    )
    return replace(plan, parcels=parcels, total=plan.paid + sum(parcel.worth for parcel in parcels))


def _distinct(columns: Sequence[_Column]) -> list[_Column]:
    """Of plans that take the same the first: an incumbent before its like."""
    found: dict[tuple[int, frozenset[tuple[Shelf, int]]], _Column] = {}
    for column in columns:
        found.setdefault((column.order, frozenset(column.takes.items())), column)
    return list(found.values())


class _Silent(highspy.Highs):
    """A solver that says nothing: making one already prints who made it, before anybody can tell it not to."""

    def enableCallbacks(self) -> None:
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def _model(
    columns: Sequence[_Column], orders: Sequence[Open], stock: Mapping[Shelf, int], threshold: float, whole: bool
) -> tuple[highspy.Highs, list[Shelf]]:
    """One plan for each order; of each shelf no more than is there.  Shelves that cannot run short have no row."""
    most: dict[Shelf, dict[int, int]] = {}
    for column in columns:
        for shelf, qty in column.takes.items():
            asked = most.setdefault(shelf, {})
            asked[column.order] = max(asked.get(column.order, 0), qty)
    scarce = [shelf for shelf, asked in most.items() if sum(asked.values()) > stock.get(shelf, 0)]
    row = {shelf: len(orders) + index for index, shelf in enumerate(scarce)}
    starts, indices, values = [0], [], []
    for column in columns:
        indices.append(column.order)
        values.append(1.0)
        for shelf, qty in column.takes.items():
            if shelf in row:
                indices.append(row[shelf])
                values.append(float(qty))
        starts.append(len(indices))
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(columns), len(orders) + len(scarce)
    program.col_cost_ = np.array([
        column.cost + (0.0 if column.plan is orders[column.order].incumbent else threshold) for column in columns
    ])  # fmt: skip
    program.col_lower_, program.col_upper_ = np.zeros(len(columns)), np.ones(len(columns))
    program.row_lower_ = np.array([1.0] * len(orders) + [-highspy.kHighsInf] * len(scarce))
    program.row_upper_ = np.array([1.0] * len(orders) + [float(stock.get(shelf, 0)) for shelf in scarce])
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_, program.a_matrix_.index_ = np.array(starts), np.array(indices)
    program.a_matrix_.value_ = np.array(values)
    if whole:
        program.integrality_ = [highspy.HighsVarType.kInteger] * len(columns)
    solver = _Silent()  # type: ignore[no-untyped-call]
    solver.setOptionValue("threads", 1)
    solver.passModel(program)
    return solver, scarce


def _prices(
    columns: Sequence[_Column], count: int, stock: Mapping[Shelf, int], threshold: float, orders: Sequence[Open]
) -> dict[Shelf, float]:
    """What one more unit on each scarce shelf would save, in the relaxation."""
    solver, scarce = _model(columns, orders, stock, threshold, whole=False)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return {}
    duals = solver.getSolution().row_dual[count:]
    return {shelf: max(-dual, 0.0) for shelf, dual in zip(scarce, duals, strict=True)}


def _solve(
    columns: Sequence[_Column], orders: Sequence[Open], stock: Mapping[Shelf, int], threshold: float, wait_s: float
) -> tuple[list[_Column], bool]:
    """The chosen columns; none where the solver found nothing in time."""
    solver, _ = _model(columns, orders, stock, threshold, whole=True)
    solver.setOptionValue("time_limit", wait_s)
    solver.setOptionValue("mip_rel_gap", 1e-5)
    start = highspy.HighsSolution()
    start.col_value = [1.0 if column.plan is orders[column.order].incumbent else 0.0 for column in columns]
    solver.setSolution(start)
    solver.run()
    optimal = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    values = solver.getSolution().col_value
    return [column for column, value in zip(columns, values, strict=False) if value > 0.5], optimal


def _kept(chosen: Sequence[_Column], orders: Sequence[Open], stock: Mapping[Shelf, int], optimal: bool) -> Replanned:
    """What changes; nothing where the answer does not hold or costs more than what stands, whatever the solver said."""
    before = sum(order.incumbent.total if order.incumbent else UNPLANNED for order in orders)
    after = sum(column.cost for column in chosen)
    taken: dict[Shelf, int] = {}
    for column in chosen:
        for shelf, qty in column.takes.items():
            taken[shelf] = taken.get(shelf, 0) + qty
    fair = sorted(column.order for column in chosen) == list(range(len(orders)))
    fair = fair and all(qty <= stock.get(shelf, 0) for shelf, qty in taken.items())
    if not fair or after > before - TIGHT:
        return Replanned({}, 0.0, optimal)
    changed = {
        orders[column.order].key: column.plan
        for column in chosen
        if column.plan is not None and column.plan is not orders[column.order].incumbent
    }
    saved = sum(kept.total - column.cost for column in chosen if (kept := orders[column.order].incumbent) is not None)
    return Replanned(changed, saved, optimal)
