"""Store credit of an order counts beside its refunds."""

from django.db import migrations, models

COUNT = """
UPDATE payments_payment p SET credited_minor = c.minor
  FROM (SELECT organisation_id, order_id, sum(amount_minor) AS minor FROM payments_credit GROUP BY 1, 2) c
 WHERE c.organisation_id = p.organisation_id AND c.order_id = p.order_id
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_money_of_orders_here")]
    operations = [
        migrations.AddField("payment", "credited_minor", models.BigIntegerField(default=0, db_default=0)),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
