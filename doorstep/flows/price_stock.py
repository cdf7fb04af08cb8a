"""What units are worth later, from what the brand's own customers ordered: reckoned aside, so that decisions only read it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import timedelta
from itertools import groupby

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx
from doorstep.catalog import queries as catalog
from doorstep.catalog import weighing
from doorstep.flows import tariffs
from doorstep.locations import dispatching
from doorstep.locations import queries as locations
from doorstep.locations.rules import distance_km
from doorstep.locations.values import LocationRow
from doorstep.orders import history
from doorstep.orders.history import Bought
from doorstep.routing import prices
from doorstep.routing import queries as routing
from doorstep.routing.engine import balance
from doorstep.routing.engine.prices import Ahead, Lane, Pricer, Sampling, Seen, Shelf
from doorstep.routing.ruling import parsing
from doorstep.routing.ruling.kinds import Kind, Strength
from doorstep.stock import queries as stock

HISTORY_DAYS = 90
HORIZON_DAYS = 30  # until when units have to last where nothing is announced
MOST_ORDERS = 4_000  # of the past, for one batch of variants
AT_ONCE = 100  # variants whose prices are kept together
MOST_VARIANTS = 2_000  # in one run
MOST_S = 20.0  # a run ends after the batch that passes this, and the next goes on
SPREAD_FROM = 300  # newest orders
REGION = 2  # characters of a postal code that make a region
SEED = 20_261

Group = tuple[str, str]  # country, beginning of the postal code


def refresh(ctx: Ctx, *, clock: Callable[[], float] = time.monotonic, most_s: float = MOST_S) -> int:
    """Reckons anew what units are worth of variants whose stock moved or whose prices are old.  Returns: how many variants.

    Each batch is kept for itself; a run is bounded, and the next one goes on where it ended.
    """
    began, done = clock(), 0
    due = prices.due(ctx, limit=MOST_VARIANTS)
    for n in range(0, len(due), AT_ONCE):
        some = due[n : n + AT_ONCE]
        price(ctx, variant_ids=some)
        done += len(some)
        if clock() - began > most_s:
            break
    return done


def price(ctx: Ctx, *, variant_ids: Sequence[int]) -> None:
    """Reckons what units of these variants are worth at each place and keeps it.

    Of those that nobody bought yet a unit is the dearer the fewer lie there (`engine.balance`): on made instances that came closer
    to the bound, with 4.3 % above it, than to expect as much to be sold as lies there, as others of its kind, with 5.3 %.
    """
    places = [at for at in locations.list_locations(ctx) if at.active and at.fulfils_online]
    lying = _lying(ctx, variant_ids, {at.id for at in places})
    since = ctx.now - timedelta(days=HISTORY_DAYS)
    bought = history.bought_since(ctx, variant_ids=variant_ids, since=since, limit=MOST_ORDERS)
    known = weighing.weighed(ctx, variant_ids=sorted({row.variant_id for row in bought} | set(variant_ids)))
    weights = {id: one.weight_g for id, one in known.items()}
    pricer = Pricer(
        [at.id for at in places], _lanes(ctx, places, [(row.country, row.postal_code) for row in bought]), split=_split(ctx),
        kin={id: one.category for id, one in known.items()}, how=Sampling(seed=SEED),
    )  # fmt: skip
    others = _others(ctx, variant_ids, {row.variant_id for row in bought}, {at.id for at in places})
    seen = _learn(pricer, bought, weights)
    units = {variant: sum(held.values()) for variant, held in lying.items()}
    scattered = {variant for variant in variant_ids if len(lying[variant]) > 1}
    priced = {variant for variant in scattered if seen.get(variant)}
    first = min((row.placed_at for row in bought), default=ctx.now)
    span = max((ctx.now - first) / timedelta(days=1), 1.0)
    shelves = {variant: Shelf(weights.get(variant, 0), free) for variant, free in {**others, **lying}.items()}
    for days, some in _by_horizon(ctx, sorted(priced)):
        pricer.refresh(shelves, some, Ahead(float(days), span))
    new = _balanced(ctx, places, {variant: lying[variant] for variant in scattered - priced}, weights)
    worths = _bounded(ctx, {**pricer.worth, **new}, lying, scattered)
    prices.keep(ctx, worths=worths, units=units, seen=seen, version=prices.next_version(ctx))


def _balanced(
    ctx: Ctx, places: Sequence[LocationRow], lying: Mapping[int, Mapping[int, int]], weights: Mapping[int, int]
) -> dict[int, dict[int, float]]:
    """What units are worth of variants that nobody bought, by how few lie there and by what it costs on an average to send a
    parcel from the worst place instead of the best, to where orders went.  Nothing before the first order."""
    to = history.gone_to(ctx, since=ctx.now - timedelta(days=HISTORY_DAYS), limit=SPREAD_FROM) if lying else []
    if not to:
        return {}
    lanes = _lanes(ctx, places, to)
    ways = [lanes(_group(*one)) for one in to]
    found = {}
    for variant, held in lying.items():
        grams = weights.get(variant, 0)
        spread = balance.spread_of([lane.fixed + lane.tariff(grams) for lane in way] for way in ways)
        found[variant] = balance.prices(held, spread)
    return found


def _lying(ctx: Ctx, variant_ids: Sequence[int], places: set[int]) -> dict[int, dict[int, int]]:
    """Free units by variant and place."""
    found: dict[int, dict[int, int]] = {variant: {} for variant in variant_ids}
    for level in stock.levels_of(ctx, variant_ids=sorted(found)):
        if level.free > 0 and level.location_id in places:
            found[level.variant_id][level.location_id] = level.free
    return found


def _others(ctx: Ctx, mine: Sequence[int], bought: set[int], places: set[int]) -> dict[int, dict[int, int]]:
    """Where the things lie that were bought together with these."""
    rest = sorted(bought - set(mine))
    return _lying(ctx, rest, places) if rest else {}


def _learn(pricer: Pricer, bought: Sequence[Bought], weights: Mapping[int, int]) -> dict[int, int]:
    """Shows the orders of the past.  Returns: in how many each variant was."""
    seen: dict[int, int] = defaultdict(int)
    for _, rows in groupby(bought, key=lambda row: row.order_id):
        lines = list(rows)
        units: dict[int, int] = defaultdict(int)
        for row in lines:
            units[row.variant_id] += row.qty
        told = tuple((v, qty, weights.get(v, 0)) for v, qty in sorted(units.items()))
        pricer.see(Seen(_group(lines[0].country, lines[0].postal_code), told))
        for variant in units:
            seen[variant] += 1
    return seen


def _group(country: str, postal_code: str) -> Group:
    return country, "".join(postal_code.split())[:REGION].upper()


def _lanes(ctx: Ctx, places: Sequence[LocationRow], to: Sequence[tuple[str, str]]) -> Callable[[Hashable], Sequence[Lane]]:
    """What parcels cost from every place to the regions that were ordered from; one address stands for its region."""
    stands: dict[Group, str] = {}
    for country, postal_code in to:
        stands.setdefault(_group(country, postal_code), postal_code)
    groups = sorted(stands)
    targets = locations.find_many(places=[(group[0], stands[group]) for group in groups])
    dispatches, currency = dispatching.dispatches(ctx), accounts.organisation(ctx).default_currency
    pairs, lanes = [], []
    for group, target in zip(groups, targets, strict=True):
        for at in places:
            if at.can_serve(group[0]):
                far = distance_km(at.coordinates[:2], target[:2]) if at.coordinates and target else None
                pairs.append((group, at.id))
                lanes.append(tariffs.Lane(at, group[0], stands[group], far))
    found: dict[Hashable, list[Lane]] = {group: [] for group in groups}
    for (group, at_id), priced in zip(pairs, tariffs.tariffs_for(ctx, lanes=lanes, currency=currency), strict=True):
        found[group].append(Lane(at_id, priced.tariff, float(dispatches[at_id].handling_minor)))
    return lambda group: found[group]


def _split(ctx: Ctx) -> float:
    """What the rules hold against each parcel after the first."""
    rules = parsing.parse(routing.rules_in_force(ctx).rules).in_use
    return float(sum(r.price_minor for r in rules if r.kind is Kind.FEWEST_PARCELS and r.strength is Strength.PRICED))


def _by_horizon(ctx: Ctx, variant_ids: Sequence[int]) -> list[tuple[int, list[int]]]:
    """Variants by the days until more of them comes; where nothing is announced, a month."""
    today = ctx.now.date()
    first: dict[int, int] = {}
    for row in stock.incoming_of(ctx, variant_ids=list(variant_ids)):
        if row.due_on is not None:
            days = min(max((row.due_on - today).days, 1), HORIZON_DAYS)
            first[row.variant_id] = min(first.get(row.variant_id, HORIZON_DAYS), days)
    found: dict[int, list[int]] = defaultdict(list)
    for variant in variant_ids:
        found[first.get(variant, HORIZON_DAYS)].append(variant)
    return sorted(found.items())


def _bounded(
    ctx: Ctx, worth: Mapping[int, Mapping[int, float]], lying: Mapping[int, Mapping[int, int]], priced: set[int]
) -> dict[int, dict[int, float]]:
    """No unit is worth more than it is sold for: where one place alone can send it somewhere, that is what its sale would lose.

    Every place where a variant lies has its number, so that it is known that it was looked at.
    """
    known = catalog.variants_by_id(ctx, ids=sorted(lying))
    return {
        variant: {
            at: min(max(worth.get(variant, {}).get(at, 0.0), 0.0), float(known[variant].price_minor)) if variant in priced else 0.0
            for at in held
        }
        for variant, held in lying.items()
        if held
    }
