"""Who chats waits for an answer now: chats have a first response of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0002_message_classed")]

    operations = [migrations.AddField("servicehours", "first_chat_min", models.IntegerField(db_default=1))]
