from django.db import migrations, models

# Who is held for stock waits in its turn, for every line: which of them were short was kept in words only.
WAIT = """
INSERT INTO stock_backorder (organisation_id, group_id, reference_id, variant_id, qty, kind, state, priority, since, slipped,
                             passed)
SELECT l.organisation_id, l.fulfilment_order_id, l.order_line_id, l.variant_id, l.qty, 'short', 'open', 0, o.placed_at, FALSE,
       FALSE
  FROM orders_hold h
  JOIN orders_fulfilmentorder f ON f.organisation_id = h.organisation_id AND f.id = h.fulfilment_order_id
  JOIN orders_order o ON o.organisation_id = f.organisation_id AND o.id = f.order_id
  JOIN orders_fulfilmentorderline l ON l.organisation_id = f.organisation_id AND l.fulfilment_order_id = f.id
 WHERE h.reason = 'inventory_out_of_stock' AND h.released_at IS NULL AND f.state = 'on_hold'
"""
COUNT = """
UPDATE stock_item i SET waiting = b.qty
  FROM (SELECT organisation_id, variant_id, sum(qty) AS qty FROM stock_backorder WHERE state = 'open' GROUP BY 1, 2) b
 WHERE i.organisation_id = b.organisation_id AND i.variant_id = b.variant_id
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_unchecked_references"), ("stock", "0008_promises")]

    operations = [
        migrations.AddField(model_name="order", name="priority", field=models.SmallIntegerField(db_default=0, default=0)),
        migrations.RunSQL(WAIT, "DELETE FROM stock_backorder"),
        migrations.RunSQL(COUNT, "UPDATE stock_item SET waiting = 0, to_serve = FALSE"),
    ]
