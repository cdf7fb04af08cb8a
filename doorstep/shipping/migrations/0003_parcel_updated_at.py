"""Parcels say when they last changed."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("shipping", "0002_carrier_webhooks")]

    operations = [migrations.AddField("parcel", "updated_at", models.DateTimeField(db_default=Now()))]
