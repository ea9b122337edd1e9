# The prompts that a run leaves out for their known defects, and the terms of a model's texts.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("runs", "0002_strategies_and_sources"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="left_out",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="languagemodel",
            name="terms",
            field=models.JSONField(default=dict),
        ),
    ]
