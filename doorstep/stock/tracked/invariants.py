"""What must hold of lots and serial numbers."""

from __future__ import annotations

from doorstep.base.invariants import Invariant

INVARIANTS = [
    Invariant(
        "stock.lots_equal_ledger",
        "What lies of a lot in a place is the sum of its movements there.",
        """SELECT COALESCE(l.organisation_id, m.organisation_id) AS organisation_id, COALESCE(l.lot_id, m.lot_id) AS lot_id,
                  COALESCE(l.location_id, m.location_id) AS location_id, l.on_hand, m.on_hand AS ledger_on_hand, l.set_aside,
                  m.set_aside AS ledger_set_aside
             FROM stock_lotlevel l FULL JOIN (
                  SELECT organisation_id, lot_id, location_id, sum(on_hand) AS on_hand, sum(set_aside) AS set_aside
                    FROM stock_lotmovement GROUP BY 1, 2, 3) m USING (organisation_id, lot_id, location_id)
            WHERE COALESCE(l.on_hand, 0) <> COALESCE(m.on_hand, 0) OR COALESCE(l.set_aside, 0) <> COALESCE(m.set_aside, 0)""",
    ),
    Invariant(
        "stock.lots_within_level",
        "The lots of a variant hold no more than lies in their place, nor the serial numbers of it.",
        """SELECT n.organisation_id, n.variant_id, n.location_id, n.kind, n.on_hand, s.on_hand AS level_on_hand, n.set_aside
             FROM (SELECT l.organisation_id, l.variant_id, l.location_id, t.kind, sum(l.on_hand) AS on_hand,
                          sum(l.set_aside) AS set_aside
                     FROM stock_lotlevel l JOIN stock_lot t ON t.organisation_id = l.organisation_id AND t.id = l.lot_id
                    GROUP BY 1, 2, 3, 4) n
             LEFT JOIN stock_level s USING (organisation_id, variant_id, location_id)
            WHERE n.on_hand > COALESCE(s.on_hand, 0) OR n.set_aside > COALESCE(s.damaged + s.quality_control, 0)""",
    ),
    Invariant(
        "stock.serial_in_one_place",
        "A serial number stands for one unit, and lies in one place at most.",
        """SELECT t.organisation_id, t.id AS lot_id, t.code, sum(l.on_hand) AS on_hand
             FROM stock_lot t JOIN stock_lotlevel l ON l.organisation_id = t.organisation_id AND l.lot_id = t.id
            WHERE t.kind = 'serial' GROUP BY 1, 2, 3 HAVING sum(l.on_hand) > 1""",
    ),
    Invariant(
        "stock.lots_of_their_variant",
        "What lies of a lot, and the lot of a serial number, is of the same variant.",
        """SELECT t.organisation_id, t.id AS lot_id, t.variant_id, l.variant_id AS lies_as
             FROM stock_lot t JOIN stock_lotlevel l ON l.organisation_id = t.organisation_id AND l.lot_id = t.id
            WHERE l.variant_id <> t.variant_id
           UNION ALL
           SELECT t.organisation_id, t.id, t.variant_id, p.variant_id
             FROM stock_lot t JOIN stock_lot p ON p.organisation_id = t.organisation_id AND p.id = t.parent_id
            WHERE p.variant_id <> t.variant_id""",
    ),
]
