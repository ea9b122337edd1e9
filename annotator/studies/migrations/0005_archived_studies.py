# Studies that stand in no list and take no decisions.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("studies", "0004_members_leave"),
    ]

    operations = [
        migrations.AddField(
            model_name="study",
            name="archived_at",
            field=models.DateTimeField(null=True, blank=True),
        ),
    ]
