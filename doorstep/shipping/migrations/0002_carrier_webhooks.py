"""A carrier has an address for its webhooks, knows how they are doing, and may be the first choice."""

from django.db import migrations, models
from django.db.models.expressions import RawSQL


def _moment(name: str) -> migrations.AddField:
    return migrations.AddField("carrier", name, models.DateTimeField(null=True))


class Migration(migrations.Migration):
    dependencies = [("shipping", "0001_initial")]

    operations = [
        migrations.AddField(
            "carrier",
            "slug",
            models.CharField(max_length=40, db_default=RawSQL("replace(gen_random_uuid()::text, '-', '')", ())),
        ),
        migrations.AddConstraint("carrier", models.UniqueConstraint(fields=["slug"], name="carrier_slug_once")),
        _moment("preferred_at"),
        _moment("subscription_wanted_at"),
        _moment("subscribed_at"),
        _moment("heard_at"),
        _moment("rejected_at"),
        migrations.AddField("carrier", "problem", models.TextField(db_default="")),
        _moment("problem_at"),
    ]
