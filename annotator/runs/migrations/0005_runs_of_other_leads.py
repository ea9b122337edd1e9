# A run of their own for a lead who may not open the run that is exactly the same.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("runs", "0004_archived_runs"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="copy_for",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.RemoveConstraint(model_name="run", name="run_once"),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.UniqueConstraint(
                fields=("fingerprint", "language_model", "dataset", "copy_for"), name="run_once"
            ),
        ),
    ]
