"""What was picked of a cancelled order is put back, and who did it is kept."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("fulfilment", "0002_short")]

    operations = [
        migrations.AddField("picktask", "put_back_at", models.DateTimeField(null=True)),
        migrations.AddField("picktask", "put_back_by", models.CharField(max_length=120, default="", db_default="")),
        migrations.AddConstraint(
            "picktask",
            models.CheckConstraint(
                condition=models.Q(put_back_at__isnull=True) | models.Q(removed=True, picked__gt=0),
                name="pick_task_back_once_gone",
            ),
        ),
    ]
