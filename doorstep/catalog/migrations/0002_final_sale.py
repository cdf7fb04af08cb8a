"""Products may be sold for good."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [migrations.AddField("product", "final_sale", models.BooleanField(db_default=False))]
