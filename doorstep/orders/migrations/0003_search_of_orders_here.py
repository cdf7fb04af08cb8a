"""Orders that were here before `OrderSearch` enter it, some thousands at a time, so that nobody waits for a long lock."""

from django.db import migrations

BATCH = 5000


def forwards(apps, schema_editor):  # noqa: ARG001
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 1), coalesce(max(id), 0) FROM orders_order")
        low, high = cursor.fetchone()
        for at in range(low, high + 1, BATCH):
            between = [at, at + BATCH - 1]
            cursor.execute(
                """UPDATE orders_order SET search = base_searchable(search)
                    WHERE id BETWEEN %s AND %s AND search <> base_searchable(search)""",
                between,
            )
            cursor.execute(
                """INSERT INTO orders_ordersearch (organisation_id, order_id, grams)
                   SELECT organisation_id, id, base_grams(search) FROM orders_order WHERE id BETWEEN %s AND %s
                   ON CONFLICT (organisation_id, order_id) DO NOTHING""",
                between,
            )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0002_search"), ("base", "0002_search")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
