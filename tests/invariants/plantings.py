"""A discrepancy of every kind: statements that break a promise, each with the invariant that must notice.

Constraints that would forbid a statement outright are the better guard; `guard` names those that are taken away first.
`{other}` is another organisation, `{strange}` a number that no row has.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Planting:
    """SQL that does damage."""

    invariant: str
    damage: str
    guard: tuple[str, ...] = ()


def of(invariant: str, damage: str, *guard: str) -> Planting:
    return Planting(invariant, damage, guard)


ELSEWHERE = "SET organisation_id = {other} WHERE id = (SELECT min(id) FROM"
PLANTINGS = [
    of("base.one_organisation", "UPDATE locations_bin SET organisation_id = {other}"),
    of("base.one_organisation", "UPDATE customers_identity SET organisation_id = {other}"),
    of("base.one_organisation", "UPDATE catalog_product SET organisation_id = {other}"),
    of("base.one_organisation", f"UPDATE stock_item {ELSEWHERE} stock_item)"),
    of("base.one_organisation", f"UPDATE stock_level {ELSEWHERE} stock_level)"),
    of("base.one_organisation", f"UPDATE stock_reservation {ELSEWHERE} stock_reservation)"),
    of("base.one_organisation", f"UPDATE stock_movement {ELSEWHERE} stock_movement)"),
    of("base.one_organisation", f"UPDATE customers_customer {ELSEWHERE} customers_customer)"),
    of("base.one_organisation", f"UPDATE orders_orderline {ELSEWHERE} orders_orderline)"),
    of("base.one_organisation", "UPDATE catalog_variant SET organisation_id = {other}"),
    of("base.one_organisation", f"UPDATE orders_fulfilmentorder {ELSEWHERE} orders_fulfilmentorder)"),
    of("base.one_organisation", "UPDATE locations_location SET organisation_id = {other}"),
    of("base.one_organisation", f"UPDATE orders_hold {ELSEWHERE} orders_hold)"),
    of("base.one_organisation", "UPDATE shipping_label SET organisation_id = {other}"),
    of("base.one_organisation", "UPDATE shipping_carrier SET organisation_id = {other}"),
    of("base.one_organisation", "UPDATE shipping_trackingevent SET organisation_id = {other}"),
    of("base.one_organisation", "UPDATE channels_notice SET organisation_id = {other}"),
    of("base.one_organisation", "UPDATE fulfilment_picktask SET organisation_id = {other}"),
    of("base.one_organisation", "UPDATE fulfilment_printjob SET organisation_id = {other}"),
    of("base.one_organisation", "UPDATE orders_ordersearch SET organisation_id = {other}"),
    of("base.one_organisation", "UPDATE orders_cancelledline SET organisation_id = {other}"),
    of("base.one_organisation", "UPDATE routing_decision SET organisation_id = {other}"),
    of("base.one_organisation", "UPDATE shipping_parcelline SET organisation_id = {other}"),
    of("accounts.staffed_has_owner", "UPDATE accounts_staff SET role = 'viewer'"),
    of("accounts.bulk_job_counts", "UPDATE accounts_bulkjob SET done = total + 1"),
    of("accounts.bulk_job_counts", "UPDATE accounts_bulkjob SET state = 'done', finished_at = NULL"),
    of("locations.on_the_globe", "UPDATE locations_location SET latitude = 91, longitude = 0"),
    of("locations.on_the_globe", "UPDATE locations_location SET latitude = 1, longitude = NULL"),
    of("customers.email_is_folded", "UPDATE customers_identity SET value = upper(value) WHERE kind = 'email'"),
    of("customers.email_names_somebody", "DELETE FROM customers_identity WHERE kind = 'email'"),
    of(
        "catalog.product_has_a_variant",
        "UPDATE catalog_variant SET product_id = (SELECT min(id) FROM catalog_product)",
    ),
    of("catalog.found_by_its_sku", "UPDATE catalog_product SET search = 'lost'"),
    of("messaging.tries_are_counted", "UPDATE messaging_message SET state = 'queued', sent_at = NULL, attempts = 11"),
    of("messaging.sent_has_a_time", "UPDATE messaging_message SET state = 'sent', sent_at = NULL"),
    of("messaging.message_id_once", "UPDATE messaging_message SET message_id = 'same'"),
    of("stock.pool_equals_ledger", "UPDATE stock_item SET on_hand = on_hand + 1"),
    of("stock.pool_equals_ledger", "DELETE FROM stock_movement WHERE id = (SELECT min(id) FROM stock_movement)"),
    of("stock.level_equals_ledger", "UPDATE stock_level SET on_hand = on_hand + 1"),
    of("stock.pool_equals_levels", "UPDATE stock_level SET on_hand = on_hand + 1"),
    of("stock.committed_equals_promises", "UPDATE stock_reservation SET state = 'released' WHERE state = 'open'"),
    of("stock.level_committed_equals_pins", "UPDATE stock_reservation SET qty = qty + 1 WHERE state = 'open'"),
    of("stock.never_oversold", "UPDATE stock_item SET committed = on_hand + 1", "stock_item_not_oversold"),
    of("stock.never_oversold", "UPDATE stock_item SET damaged = -1", "stock_item_damaged_not_negative"),
    of("stock.never_overpinned", "UPDATE stock_level SET committed = on_hand + 1", "stock_level_not_overpinned"),
    of("stock.reserved_equals_promises", "UPDATE stock_item SET reserved = 1"),
    of("orders.totals_add_up", "UPDATE orders_order SET total_minor = total_minor + 1"),
    of("orders.totals_add_up", "UPDATE orders_order SET subtotal_minor = subtotal_minor + 1, total_minor = total_minor + 1"),
    of("orders.searchable", "DELETE FROM orders_ordersearch WHERE order_id = (SELECT min(order_id) FROM orders_ordersearch)"),
    of("orders.searchable", "UPDATE orders_ordersearch SET grams = grams[2:]"),
    of("orders.searchable", "UPDATE orders_order SET search = search || ' elsewhere'"),
    of("orders.line_totals", "UPDATE orders_orderline SET total_minor = total_minor + 1"),
    of("orders.fulfilment_covers_lines", "UPDATE orders_fulfilmentorderline SET qty = qty + 1"),
    of("orders.on_hold_has_a_reason", "UPDATE orders_fulfilmentorder SET state = 'on_hold' WHERE state <> 'on_hold'"),
    of("orders.on_hold_has_a_reason", "UPDATE orders_hold SET released_at = now()"),
    of("orders.hold_flag", "UPDATE orders_order SET on_hold = NOT on_hold"),
    of("orders.cancellations_within_lines", "UPDATE orders_cancelledline SET qty = 1000"),
    of(
        "orders.parts_of_their_order",
        "UPDATE orders_orderline SET order_id = (SELECT max(id) FROM orders_order)",
        "order_line_once",
    ),
    of(
        "orders.parts_of_their_order",
        """INSERT INTO orders_fulfilmentorder (organisation_id, order_id, state, routed_why, created_at, updated_at)
           SELECT organisation_id, id, 'open', '{{}}', now(), now() FROM orders_order LIMIT 1""",
    ),
    of(
        "orders.parts_of_their_order",
        "UPDATE orders_fulfilmentorderline SET variant_id = (SELECT max(id) FROM catalog_variant)",
    ),
    of("orders.units_are_those_of_the_lines", "UPDATE orders_order SET units = units + 1"),
    of("orders.picked_within_parts", "UPDATE orders_fulfilmentorderline SET picked = qty + 1"),
    of("orders.state_follows_parts", "UPDATE orders_order SET state = 'cancelled' WHERE state = 'open'"),
    of("orders.state_follows_parts", "UPDATE orders_order SET state = 'open' WHERE state = 'cancelled'"),
    of("orders.state_follows_parts", "UPDATE orders_order SET state = 'closed' WHERE state = 'open'"),
    of("orders.state_follows_parts", "UPDATE orders_order SET fulfilment_state = 'fulfilled' WHERE state = 'open'"),
    of("orders.state_follows_parts", "UPDATE orders_order SET fulfilment_state = 'unfulfilled'"),
    of("orders.state_follows_parts", "UPDATE orders_order SET fulfilment_state = 'partially_fulfilled'"),
    of(
        "shipping.one_live_label",
        """INSERT INTO shipping_label (organisation_id, parcel_id, key, state, carrier_id, service, vendor_id, tracking_number,
               sort_code, cost_minor, cost_currency, problem, wanted_at, asked_times)
           SELECT organisation_id, parcel_id, 'second', 'wanted', carrier_id, '', '', '', '', 0, '', '', now(), 0
             FROM shipping_label LIMIT 1""",
        "label_one_live_per_parcel",
    ),
    of("shipping.left_with_a_label", "UPDATE shipping_parcel SET tracking_number = 'other' WHERE state = 'handed_over'"),
    of("shipping.left_with_a_label", "UPDATE shipping_label SET state = 'voided'"),
    of("shipping.closed_means_gone", "UPDATE orders_fulfilmentorder SET state = 'closed'"),
    of("shipping.parcel_holds_its_lines", "UPDATE shipping_parcelline SET qty = qty + 1"),
    of("shipping.parcel_of_its_part", "UPDATE shipping_parcel SET location_id = (SELECT min(id) FROM locations_location)"),
    of("shipping.parcel_of_its_part", "UPDATE shipping_parcel SET order_id = (SELECT max(id) FROM orders_order)"),
    of("shipping.parcel_of_its_part", "UPDATE shipping_parcelline SET variant_id = (SELECT max(id) FROM catalog_variant)"),
    of("shipping.what_happened_has_a_time", "UPDATE shipping_parcel SET handed_over_at = NULL"),
    of("shipping.what_happened_has_a_time", "UPDATE shipping_parcel SET delivered_at = NULL"),
    of("shipping.what_happened_has_a_time", "UPDATE shipping_label SET settled_at = NULL"),
    of("base.one_organisation", "UPDATE payments_account SET organisation_id = {other}"),
    of("base.one_organisation", "UPDATE payments_payment SET organisation_id = {other}"),
    of("base.one_organisation", "UPDATE payments_call SET organisation_id = {other}"),
    of("base.one_organisation", "UPDATE payments_entry SET organisation_id = {other}"),
    of("base.one_organisation", "UPDATE payments_credit SET organisation_id = {other}"),
    of("payments.every_order_has_its_money", "UPDATE payments_payment SET currency = 'XXX'"),
    of("payments.every_order_has_its_money", "UPDATE orders_order SET currency = 'XXX'"),
    of(
        "payments.counters_equal_ledger",
        """UPDATE payments_payment SET captured_minor = captured_minor - 1
            WHERE refunded_minor + refund_open_minor = 0 AND captured_minor > 0""",
    ),
    of(
        "payments.counters_equal_ledger",
        "UPDATE payments_payment SET refunded_minor = refunded_minor - 1 WHERE refunded_minor > 0",
    ),
    of(
        "payments.counters_equal_ledger",
        "UPDATE payments_payment SET authorised_minor = authorised_minor + 1 WHERE account_id > 0",
    ),
    of("payments.counters_equal_ledger", "DELETE FROM payments_entry WHERE kind = 'refund'"),
    of("payments.never_above", "UPDATE payments_payment SET refunded_minor = captured_minor + 1", "payment_never_above"),
    of("payments.never_above", "UPDATE payments_payment SET captured_minor = authorised_minor + 1", "payment_never_above"),
    of("payments.open_refunds_are_counted", "UPDATE payments_payment SET refund_open_minor = 0 WHERE refund_open_minor > 0"),
    of("payments.open_refunds_are_counted", "UPDATE payments_call SET state = 'failed' WHERE state = 'pending'"),
    of("payments.call_key_once", "UPDATE payments_call SET key = 'same'", "call_key_once"),
    of("payments.done_is_in_the_ledger_once", "UPDATE payments_call SET state = 'wanted' WHERE state = 'succeeded'"),
    of("payments.done_is_in_the_ledger_once", "UPDATE payments_call SET state = 'succeeded' WHERE state = 'pending'"),
    of("payments.done_is_in_the_ledger_once", "UPDATE payments_call SET amount_minor = amount_minor + 1"),
    of("payments.done_by_somebody", "UPDATE payments_call SET vendor_id = ''"),
    of("payments.done_by_somebody", "UPDATE payments_call SET settled_at = NULL"),
    of("payments.credit_is_in_the_ledger", "UPDATE payments_credit SET amount_minor = amount_minor + 1"),
    of("payments.credit_is_in_the_ledger", "DELETE FROM payments_entry WHERE kind = 'credit'"),
    of(
        "payments.order_says_where_its_money_is",
        "UPDATE orders_order SET payment_state = 'pending' WHERE payment_state = 'paid'",
    ),
    of("payments.order_says_where_its_money_is", "UPDATE payments_payment SET state = 'authorised'"),
    of("fulfilment.picked_equals_scans", "UPDATE fulfilment_picktask SET picked = CASE picked WHEN 0 THEN qty ELSE 0 END"),
    of("fulfilment.lines_equal_tasks", "UPDATE orders_fulfilmentorderline SET picked = CASE picked WHEN 0 THEN qty ELSE 0 END"),
    of("fulfilment.list_state", "UPDATE fulfilment_picklist SET state = 'picked'"),
    of("fulfilment.list_state", "UPDATE fulfilment_picklist SET state = 'in_progress' WHERE state = 'picked'"),
    of("fulfilment.tasks_equal_lines", "UPDATE fulfilment_picktask SET qty = qty + 1"),
    of("fulfilment.tasks_equal_lines", "UPDATE fulfilment_picklist SET location_id = (SELECT min(id) FROM locations_location)"),
    of("fulfilment.scans_on_their_list", "UPDATE fulfilment_scan SET task_id = NULL"),
    of("fulfilment.put_back_of_cancelled", "UPDATE fulfilment_picktask SET removed = TRUE WHERE picked > 0"),
    of("fulfilment.print_jobs_settled", "UPDATE fulfilment_printjob SET state = 'printed'"),
    of(
        "channels.told_once",
        """INSERT INTO channels_notice (organisation_id, connection_id, key, verb, subject, timeline, arguments, state, problem,
               wanted_at) SELECT organisation_id, connection_id, 'again', verb, subject, timeline, arguments, state, problem,
               wanted_at FROM channels_notice""",
    ),
    of("channels.settled_notices_have_a_time", "UPDATE channels_notice SET state = 'told'"),
    of(
        "channels.withdrawn_orders_are_not_here",
        """INSERT INTO channels_withdrawn (organisation_id, connection_id, external_id, at)
           SELECT organisation_id, connection_id, external_id, now() FROM orders_order WHERE connection_id <> 0""",
    ),
    of("channels.orders_of_their_connection", "UPDATE orders_order SET connection_id = {strange} WHERE connection_id <> 0"),
    of("channels.orders_of_their_connection", "UPDATE channels_connection SET organisation_id = {other}"),
    of("base.one_organisation", "UPDATE returns_line SET organisation_id = {other}"),
    of("returns.within_what_arrived", "UPDATE returns_line SET qty = 1000"),
    of("returns.within_what_arrived", "UPDATE shipping_parcel SET delivered_at = NULL"),
    of("returns.lines_of_their_order", "UPDATE returns_line SET variant_id = (SELECT min(id) FROM catalog_variant)"),
    of("returns.lines_of_their_order", "UPDATE returns_return SET order_id = (SELECT min(id) FROM orders_order)"),
    of("returns.one_decision_of_the_policy", "DELETE FROM returns_linedecision"),
    of("returns.one_decision_of_the_policy", "UPDATE returns_linedecision SET trace = '{{}}'"),
    of("returns.decision_follows_lines", "UPDATE returns_line SET decision = 'declined'"),
    of("returns.decision_follows_lines", "UPDATE returns_return SET decision = 'expired'"),
    of("returns.decision_follows_lines", "UPDATE returns_return SET decision = 'needs_review'"),
    of("returns.counted_once", "UPDATE returns_receipt SET qty = qty + 1"),
    of("returns.counted_once", "UPDATE returns_line SET inspected = 0, missing = 0"),
    of("returns.counted_once", "UPDATE returns_inspection SET disposition = 'recycle' WHERE disposition = 'missing'"),
    of("returns.stock_equals_inspections", "UPDATE returns_inspection SET disposition = 'restocked'"),
    of("returns.stock_equals_inspections", "UPDATE stock_movement SET on_hand = on_hand + 1 WHERE kind = 'return'"),
    of("returns.stock_equals_inspections", "UPDATE returns_inspection SET location_id = (SELECT min(id) FROM locations_location)"),
    of("returns.goods_follow_counts", "UPDATE returns_return SET goods = 'in_transit'"),
    of("returns.goods_follow_counts", "UPDATE returns_line SET inspected = 0, missing = 0"),
    of(
        "returns.in_their_own_parcel",
        "UPDATE shipping_parcel SET direction = 'out' WHERE direction = 'back'",
        "parcel_direction_known",
    ),
    of("returns.in_their_own_parcel", "UPDATE returns_return SET order_id = (SELECT min(id) FROM orders_order)"),
    of("flows.live_orders_have_stock_or_a_hold", "UPDATE stock_reservation SET state = 'released'"),
    of("flows.cancelled_orders_hold_no_stock", "UPDATE orders_order SET state = 'cancelled'"),
    of("flows.pins_match_assignments", "UPDATE stock_reservation SET location_id = NULL"),
    of("flows.pins_have_a_part", "UPDATE stock_reservation SET location_id = (SELECT min(id) FROM locations_location)"),
    of("flows.promises_are_for_their_line", "UPDATE stock_reservation SET reference_id = {strange} + id"),
    of(
        "flows.promises_are_for_their_line",
        "UPDATE stock_reservation SET variant_id = (SELECT max(id) FROM catalog_variant)",
    ),
    of("flows.what_left_left_the_stock", "UPDATE stock_reservation SET state = 'open' WHERE state = 'fulfilled'"),
    of("flows.what_left_left_the_stock", "UPDATE stock_reservation SET state = 'fulfilled' WHERE state = 'open'"),
    of("flows.what_left_was_picked", "UPDATE orders_fulfilmentorderline SET picked = 0"),
    of("flows.routed_with_a_reason", "DELETE FROM routing_decision"),
    of("flows.routed_with_a_reason", "UPDATE orders_fulfilmentorder SET routed_why = '{{}}'"),
    of("flows.every_order_was_told", "DELETE FROM base_event WHERE type = 'order.placed'"),
    of("flows.arrivals_settled", "UPDATE base_arrival SET outcome = 'received'"),
    of("flows.arrivals_settled", "UPDATE base_arrival SET processed_at = NULL"),
    of("flows.arrivals_and_their_orders", "UPDATE orders_order SET arrival_id = {strange}"),
    of(
        "flows.arrivals_and_their_orders",
        "UPDATE base_arrival SET detail = jsonb_set(detail, '{{order_id}}', '{strange}') WHERE outcome = 'processed'",
    ),
]
