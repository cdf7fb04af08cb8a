"""When an order was placed stands beside its words, and these enter their index in small steps (docs/adr/0026)."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

STEP = 10_000


def forwards(apps: Any, schema_editor: Any) -> None:  # noqa: ARG001
    """Fills what is there, a step at a time; run again, it goes on."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(min(id), 0), COALESCE(max(id), 0) FROM orders_ordersearch")
        first, last = cursor.fetchone()
        for low in range(first, last + 1, STEP):
            cursor.execute(
                """UPDATE orders_ordersearch s SET placed_at = o.placed_at FROM orders_order o
                    WHERE s.id >= %s AND s.id < %s AND s.placed_at IS NULL AND o.id = s.order_id""",
                [low, low + STEP],
            )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0010_rare_filters")]

    operations = [
        migrations.RunSQL(
            "ALTER INDEX order_search_grams SET (gin_pending_list_limit = 512)",
            "ALTER INDEX order_search_grams RESET (gin_pending_list_limit)",
        ),
        migrations.AddField("ordersearch", "placed_at", models.DateTimeField(null=True)),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
