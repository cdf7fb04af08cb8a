from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index that is built while others write

    dependencies = [("stock", "0002_level_recount_since")]

    operations = [
        AddIndexConcurrently(
            model_name="level",
            index=models.Index(
                fields=["organisation_id", "variant"],
                name="stock_level_to_recount",
                condition=models.Q(("recount_since__isnull", False)),
            ),
        ),
    ]
