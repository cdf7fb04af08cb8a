"""An arrival says whose id its connection id is: a channel's or a carrier's.

The index is made beside the running house and only then becomes the constraint, so that nobody waits for it.
"""

from django.db import migrations, models

FORWARDS = [
    """CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS arrival_once_per_source
           ON base_arrival (organisation_id, connection_id, external_id, source)""",
    "ALTER TABLE base_arrival ADD CONSTRAINT arrival_once_per_source UNIQUE USING INDEX arrival_once_per_source",
    "ALTER TABLE base_arrival DROP CONSTRAINT IF EXISTS arrival_once",
]
BACKWARDS = [
    "DELETE FROM base_arrival WHERE source <> 'channel'",
    """CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS arrival_once
           ON base_arrival (organisation_id, connection_id, external_id)""",
    "ALTER TABLE base_arrival ADD CONSTRAINT arrival_once UNIQUE USING INDEX arrival_once",
    "ALTER TABLE base_arrival DROP CONSTRAINT IF EXISTS arrival_once_per_source",
]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("base", "0002_search")]

    operations = [
        migrations.AddField("arrival", "source", models.CharField(max_length=12, db_default="channel")),
        migrations.RunSQL(
            FORWARDS,
            BACKWARDS,
            state_operations=[
                migrations.RemoveConstraint("arrival", "arrival_once"),
                migrations.AddConstraint(
                    "arrival",
                    models.UniqueConstraint(
                        fields=["organisation_id", "connection_id", "external_id", "source"],
                        name="arrival_once_per_source",
                    ),
                ),
            ],
        ),
    ]
