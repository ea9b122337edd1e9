# Runs that stand in no list and take no new work.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("runs", "0003_left_out_and_terms"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="archived_at",
            field=models.DateTimeField(null=True),
        ),
    ]
