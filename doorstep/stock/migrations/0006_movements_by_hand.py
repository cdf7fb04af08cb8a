from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # what is built and looked through while others write

    dependencies = [("stock", "0005_safety_and_counts")]

    operations = [
        AddIndexConcurrently(
            model_name="movement",
            index=models.Index(
                condition=models.Q(("kind__in", ["sale", "allocation", "reservation"]), _negated=True),
                fields=["organisation_id", "-id"],
                name="movement_by_hand",
            ),
        ),
        AddConstraintNotValid(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(("kept_everywhere__gte", 0)),
                name="stock_item_kept_everywhere_not_negative",
            ),
        ),
        ValidateConstraint(model_name="item", name="stock_item_kept_everywhere_not_negative"),
        AddConstraintNotValid(
            model_name="level",
            constraint=models.CheckConstraint(
                condition=models.Q(("kept__gte", 0), ("safety_stock__gte", 0)),
                name="stock_level_kept_not_negative",
            ),
        ),
        ValidateConstraint(model_name="level", name="stock_level_kept_not_negative"),
    ]
