"""What must hold in stock at every moment."""

from __future__ import annotations

from doorstep.base.invariants import Invariant
from doorstep.stock.inbound.invariants import INVARIANTS as OF_INBOUND
from doorstep.stock.tracked.invariants import INVARIANTS as OF_LOTS

COUNTERS = ("on_hand", "committed", "reserved", "damaged", "quality_control", "safety_stock")
_pool_sums = ", ".join(f"COALESCE(sum(m.{c}) FILTER (WHERE m.in_pool), 0) AS {c}" for c in COUNTERS)
_pool_differs = " OR ".join(f"COALESCE(i.{c}, 0) <> COALESCE(m.{c}, 0)" for c in COUNTERS)
_shown = ", ".join(f"i.{c} AS counter_{c}, m.{c} AS ledger_{c}" for c in COUNTERS)
LEVEL_COUNTERS = ("on_hand", "committed", "damaged", "quality_control", "kept")
_level_sums = ", ".join(f"sum(m.{'safety_stock' if c == 'kept' else c}) AS {c}" for c in LEVEL_COUNTERS)
_level_differs = " OR ".join(f"COALESCE(l.{c}, 0) <> COALESCE(m.{c}, 0)" for c in LEVEL_COUNTERS)
_level_shown = ", ".join(f"l.{c} AS counter_{c}, m.{c} AS ledger_{c}" for c in LEVEL_COUNTERS)

INVARIANTS = [
    Invariant(
        "stock.pool_equals_ledger",
        "Every counter of the pool is the sum of its movements.",
        f"""SELECT COALESCE(i.organisation_id, m.organisation_id) AS organisation_id,
                   COALESCE(i.variant_id, m.variant_id) AS variant_id, {_shown}
              FROM stock_item i FULL JOIN (
                   SELECT organisation_id, variant_id, {_pool_sums} FROM stock_movement m GROUP BY 1, 2) m
                USING (organisation_id, variant_id)
             WHERE {_pool_differs}""",
    ),
    Invariant(
        "stock.level_equals_ledger",
        "Every counter of a level is the sum of the movements in its place.",
        f"""SELECT COALESCE(l.organisation_id, m.organisation_id) AS organisation_id,
                   COALESCE(l.variant_id, m.variant_id) AS variant_id,
                   COALESCE(l.location_id, m.location_id) AS location_id, {_level_shown}
              FROM stock_level l FULL JOIN (
                   SELECT organisation_id, variant_id, location_id, {_level_sums} FROM stock_movement m
                    WHERE location_id IS NOT NULL GROUP BY 1, 2, 3) m USING (organisation_id, variant_id, location_id)
             WHERE {_level_differs}""",
    ),
    Invariant(
        "stock.pool_equals_levels",
        "The pool holds as many units as its levels together.",
        """SELECT i.organisation_id, i.variant_id, i.on_hand, l.on_hand AS in_levels, i.damaged, l.damaged AS damaged_in_levels
             FROM stock_item i LEFT JOIN (
                  SELECT organisation_id, variant_id, sum(on_hand) AS on_hand, sum(damaged) AS damaged,
                         sum(quality_control) AS quality_control FROM stock_level GROUP BY 1, 2) l
               USING (organisation_id, variant_id)
            WHERE i.on_hand <> COALESCE(l.on_hand, 0) OR i.damaged <> COALESCE(l.damaged, 0)
               OR i.quality_control <> COALESCE(l.quality_control, 0)""",
    ),
    Invariant(
        "stock.places_keep_what_they_can",
        "A place keeps back as many units as it wishes to, and no more than lie there unharmed.",
        """SELECT organisation_id, variant_id, location_id, on_hand, damaged, quality_control, safety_stock, kept FROM stock_level
            WHERE kept <> LEAST(safety_stock, GREATEST(on_hand - damaged - quality_control, 0))""",
    ),
    Invariant(
        "stock.safety_stock_is_what_is_kept",
        "The safety stock of the pool is the wish for everywhere and what each place keeps back.",
        """SELECT i.organisation_id, i.variant_id, i.safety_stock, i.kept_everywhere, l.kept
             FROM stock_item i LEFT JOIN (
                  SELECT organisation_id, variant_id, sum(kept) AS kept FROM stock_level GROUP BY 1, 2) l
               USING (organisation_id, variant_id)
            WHERE i.safety_stock <> i.kept_everywhere + COALESCE(l.kept, 0)""",
    ),
    Invariant(
        "stock.counts_are_booked_once",
        "What the lines of a count sheet booked is the sum of the movements that name it.",
        """SELECT s.organisation_id, s.id AS sheet_id, l.variant_id, l.booked, m.on_hand AS in_ledger
             FROM stock_countsheet s
             JOIN stock_countline l ON l.organisation_id = s.organisation_id AND l.sheet_id = s.id
             LEFT JOIN (SELECT organisation_id, variant_id, location_id, reference, sum(on_hand) AS on_hand FROM stock_movement
                         WHERE kind = 'count' AND starts_with(reference, 'count_sheet:') GROUP BY 1, 2, 3, 4) m
               ON m.organisation_id = s.organisation_id AND m.variant_id = l.variant_id AND m.location_id = s.location_id
              AND m.reference = 'count_sheet:' || s.id
            WHERE l.booked <> COALESCE(m.on_hand, 0)""",
    ),
    Invariant(
        "stock.sheets_that_are_over_wait_for_nothing",
        "No line of a count sheet that is over is still to be counted or decided.",
        """SELECT s.organisation_id, s.id AS sheet_id, l.id AS line_id, l.state FROM stock_countsheet s
             JOIN stock_countline l ON l.organisation_id = s.organisation_id AND l.sheet_id = s.id
            WHERE s.state IN ('closed', 'cancelled') AND l.state IN ('to_count', 'waiting')""",
    ),
    Invariant(
        "stock.committed_equals_promises",
        "What the pool has committed is the sum of its open promises.",
        """SELECT COALESCE(i.organisation_id, r.organisation_id) AS organisation_id,
                  COALESCE(i.variant_id, r.variant_id) AS variant_id, i.committed, r.promised
             FROM stock_item i FULL JOIN (
                  SELECT organisation_id, variant_id, sum(qty) AS promised FROM stock_reservation
                   WHERE state = 'open' AND reference_kind = 'order_line' GROUP BY 1, 2) r
               USING (organisation_id, variant_id)
            WHERE COALESCE(i.committed, 0) <> COALESCE(r.promised, 0)""",
    ),
    Invariant(
        "stock.level_committed_equals_pins",
        "What a level has committed is the sum of the promises pinned to it.",
        """SELECT COALESCE(l.organisation_id, r.organisation_id) AS organisation_id,
                  COALESCE(l.variant_id, r.variant_id) AS variant_id,
                  COALESCE(l.location_id, r.location_id) AS location_id, l.committed, r.pinned
             FROM stock_level l FULL JOIN (
                  SELECT organisation_id, variant_id, location_id, sum(qty) AS pinned FROM stock_reservation
                   WHERE state = 'open' AND location_id IS NOT NULL GROUP BY 1, 2, 3) r
               USING (organisation_id, variant_id, location_id)
            WHERE COALESCE(l.committed, 0) <> COALESCE(r.pinned, 0)""",
    ),
    Invariant(
        "stock.never_oversold",
        "No variant has promised more units than it has.",
        """SELECT organisation_id, variant_id, on_hand, committed, reserved, damaged, quality_control FROM stock_item
            WHERE on_hand < committed + reserved + damaged + quality_control
               OR LEAST(on_hand, committed, reserved, damaged, quality_control) < 0""",
    ),
    Invariant(
        "stock.never_overpinned",
        "No place has promised more units than lie there.",
        """SELECT organisation_id, variant_id, location_id, on_hand, committed, damaged, quality_control FROM stock_level
            WHERE on_hand < committed + damaged + quality_control OR LEAST(on_hand, committed, damaged, quality_control) < 0""",
    ),
    Invariant(
        "stock.reserved_equals_promises",
        "What the pool has reserved is what open carts hold.",
        """SELECT COALESCE(i.organisation_id, c.organisation_id) AS organisation_id,
                  COALESCE(i.variant_id, c.variant_id) AS variant_id, i.reserved, c.held
             FROM stock_item i FULL JOIN (
                  SELECT organisation_id, variant_id, sum(qty) AS held FROM stock_cartline WHERE state = 'open' GROUP BY 1, 2) c
               USING (organisation_id, variant_id)
            WHERE COALESCE(i.reserved, 0) <> COALESCE(c.held, 0)""",
    ),
    Invariant(
        "stock.ordered_carts_hold_nothing",
        "A cart that became an order holds no unit beside it.",
        """SELECT c.organisation_id, c.id, c.token, l.variant_id, l.qty FROM stock_cart c JOIN stock_cartline l
               ON l.organisation_id = c.organisation_id AND l.cart_id = c.id
            WHERE c.ordered_at IS NOT NULL AND l.state = 'open'""",
    ),
    Invariant(
        "stock.waiting_equals_backorders",
        "So many units wait as open backorders ask for, and only where somebody waits is anybody to be served.",
        """SELECT COALESCE(i.organisation_id, b.organisation_id) AS organisation_id,
                  COALESCE(i.variant_id, b.variant_id) AS variant_id, i.waiting, b.qty, i.to_serve
             FROM stock_item i FULL JOIN (
                  SELECT organisation_id, variant_id, sum(qty) AS qty FROM stock_backorder WHERE state = 'open' GROUP BY 1, 2) b
               USING (organisation_id, variant_id)
            WHERE COALESCE(i.waiting, 0) <> COALESCE(b.qty, 0) OR (i.to_serve AND i.waiting = 0)""",
    ),
    Invariant(
        "stock.bundles_lie_nowhere",
        "A bundle has no unit of its own, in the pool or in any place.",
        """SELECT v.organisation_id, v.id AS variant_id, v.sku FROM catalog_variant v
            WHERE v.bundle AND (
                  EXISTS (SELECT FROM stock_item i WHERE i.organisation_id = v.organisation_id AND i.variant_id = v.id
                             AND (i.on_hand, i.committed, i.reserved, i.damaged, i.quality_control, i.safety_stock)
                                 <> (0, 0, 0, 0, 0, 0))
               OR EXISTS (SELECT FROM stock_level l WHERE l.organisation_id = v.organisation_id AND l.variant_id = v.id
                             AND (l.on_hand, l.committed, l.damaged, l.quality_control) <> (0, 0, 0, 0)))""",
    ),
    *OF_INBOUND,
    *OF_LOTS,
]
