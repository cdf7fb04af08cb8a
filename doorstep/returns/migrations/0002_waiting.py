from django.db import migrations, models

from doorstep.returns.values import Decision, Goods


class Migration(migrations.Migration):
    dependencies = [("returns", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="return",
            index=models.Index(
                fields=["organisation_id", "-id"],
                name="return_to_come",
                condition=models.Q(
                    decision=Decision.APPROVED, goods__in=[Goods.NONE, Goods.LABEL_ISSUED, Goods.IN_TRANSIT]
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="return",
            index=models.Index(
                fields=["organisation_id", "-id"],
                name="return_to_review",
                condition=models.Q(decision__in=[Decision.REQUESTED, Decision.NEEDS_REVIEW]),
            ),
        ),
        migrations.AddIndex(
            model_name="return",
            index=models.Index(
                fields=["organisation_id", "-id"],
                name="return_to_inspect",
                condition=models.Q(decision=Decision.APPROVED, goods__in=[Goods.PARTIALLY_RECEIVED, Goods.RECEIVED]),
            ),
        ),
    ]
