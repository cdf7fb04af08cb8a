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
            WHERE p.state IN ('picked', 'in_progress') AND (p.state = 'picked') = EXISTS (SELECT 1 FROM fulfilment_picktask t
                  WHERE t.organisation_id = p.organisation_id AND t.pick_list_id = p.id AND NOT t.removed AND t.picked < t.qty)""",
    ),
    Invariant(
        "fulfilment.tasks_equal_lines",
        "A task fetches exactly what its fulfilment line asks for, from the place that fulfils it.",
        """SELECT t.organisation_id, t.id, t.qty, l.qty AS line_qty, p.location_id, f.location_id AS part_in_location
             FROM fulfilment_picktask t
             JOIN orders_fulfilmentorderline l ON l.id = t.fulfilment_line_id
             JOIN orders_fulfilmentorder f ON f.id = t.fulfilment_order_id
             JOIN fulfilment_picklist p ON p.id = t.pick_list_id
            WHERE NOT t.removed AND (t.qty <> l.qty OR t.variant_id <> l.variant_id
                  OR l.fulfilment_order_id <> t.fulfilment_order_id OR p.location_id IS DISTINCT FROM f.location_id
                  OR t.organisation_id <> l.organisation_id OR t.organisation_id <> p.organisation_id)""",
    ),
    Invariant(
        "fulfilment.waves_at_their_place",
        "The lists of a wave lie where the wave was released.",
        """SELECT p.organisation_id, p.id, p.location_id, w.location_id AS wave_in FROM fulfilment_picklist p
             JOIN fulfilment_wave w ON w.id = p.wave_id
            WHERE p.location_id <> w.location_id OR p.organisation_id <> w.organisation_id""",
    ),
    Invariant(
        "fulfilment.totes_apart",
        "No two orders on one list share a tote.",
        """SELECT t.organisation_id, t.pick_list_id AS id, t.tote, count(DISTINCT t.fulfilment_order_id) AS orders
             FROM fulfilment_picktask t WHERE NOT t.removed AND t.tote > 0
            GROUP BY 1, 2, 3 HAVING count(DISTINCT t.fulfilment_order_id) > 1""",
    ),
    Invariant(
        "fulfilment.scans_on_their_list",
        "A scan that counts was made on the list of its task.",
        """SELECT s.organisation_id, s.id, s.pick_list_id, t.pick_list_id AS task_on FROM fulfilment_scan s
             LEFT JOIN fulfilment_picktask t ON t.organisation_id = s.organisation_id AND t.id = s.task_id
            WHERE s.accepted AND t.pick_list_id IS DISTINCT FROM s.pick_list_id""",
    ),
    Invariant(
        "fulfilment.put_back_of_cancelled",
        "What was picked and taken off its list is put back only where its fulfilment order was cancelled.",
        """SELECT t.organisation_id, t.id, t.picked, f.state FROM fulfilment_picktask t
             JOIN orders_fulfilmentorder f ON f.organisation_id = t.organisation_id AND f.id = t.fulfilment_order_id
            WHERE t.removed AND t.picked > 0 AND f.state <> 'cancelled'""",
    ),
    Invariant(
        "fulfilment.print_jobs_settled",
        "A print job says when it was settled exactly when it was.",
        """SELECT organisation_id, id, state, settled_at FROM fulfilment_printjob
            WHERE (state IN ('printed', 'failed', 'unknown')) <> (settled_at IS NOT NULL)""",
    ),
]
