"""Arrivals from files get a source of their own, some thousands at a time, so that nobody waits for a long lock."""

from django.db import migrations

BATCH = 5000
TOPICS = ["orders/import", "moving_in.file"]  # the words by which they were told apart until now


def _move(schema_editor, before, after):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 1), coalesce(max(id), 0) FROM base_arrival")
        low, high = cursor.fetchone()
        for at in range(low, high + 1, BATCH):
            cursor.execute(
                """UPDATE base_arrival SET source = %s
                    WHERE id BETWEEN %s AND %s AND source = %s AND topic = ANY(%s)""",
                [after, at, at + BATCH - 1, before, TOPICS],
            )


def forwards(apps, schema_editor):  # noqa: ARG001
    _move(schema_editor, "channel", "file")


def backwards(apps, schema_editor):  # noqa: ARG001
    _move(schema_editor, "file", "channel")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("base", "0003_arrival_source")]

    operations = [migrations.RunPython(forwards, backwards)]
