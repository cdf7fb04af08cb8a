"""What must hold on the floor at every moment."""

from __future__ import annotations

from doorstep.base.invariants import Invariant

INVARIANTS = [
    Invariant(
        "fulfilment.picked_equals_scans",
        "What a task counts as picked is the number of its scans that count.",
        """SELECT t.organisation_id, t.id, t.picked, COALESCE(s.scans, 0) AS scans FROM fulfilment_picktask t LEFT JOIN (
                  SELECT organisation_id, task_id, count(*) AS scans FROM fulfilment_scan
                   WHERE accepted AND undone_at IS NULL GROUP BY 1, 2) s
               ON s.organisation_id = t.organisation_id AND s.task_id = t.id
            WHERE t.picked <> COALESCE(s.scans, 0)""",
    ),
    Invariant(
        "fulfilment.lines_equal_tasks",
        "A fulfilment line counts as many units picked as its task.",
        """SELECT t.organisation_id, t.id, t.picked, l.picked AS line_picked FROM fulfilment_picktask t
             JOIN orders_fulfilmentorderline l ON l.organisation_id = t.organisation_id AND l.id = t.fulfilment_line_id
            WHERE NOT t.removed AND t.picked <> l.picked""",
    ),
    Invariant(
        "fulfilment.list_state",
        "A pick list counts as picked exactly while nothing on it is left.",
        """SELECT p.organisation_id, p.id, p.state FROM fulfilment_picklist p
            WHERE p.state = 'picked' AND EXISTS (SELECT 1 FROM fulfilment_picktask t
                  WHERE t.organisation_id = p.organisation_id AND t.pick_list_id = p.id AND NOT t.removed AND t.picked < t.qty)""",
    ),
]
