# The two runs of a study before prompts were added to it.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("runs", "0006_failed_runs"),
        ("studies", "0005_archived_studies"),
    ]

    operations = [
        migrations.AddField(
            model_name="study",
            name="extended",
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name="EarlierRuns",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("replaced_at", models.DateTimeField(auto_now_add=True)),
                (
                    "first_run",
                    models.ForeignKey(
                        on_delete=models.deletion.PROTECT, related_name="earlier_as_first", to="runs.run"
                    ),
                ),
                (
                    "second_run",
                    models.ForeignKey(
                        on_delete=models.deletion.PROTECT, related_name="earlier_as_second", to="runs.run"
                    ),
                ),
                (
                    "study",
                    models.ForeignKey(
                        on_delete=models.deletion.CASCADE, related_name="earlier_runs", to="studies.study"
                    ),
                ),
            ],
            options={"ordering": ["id"]},
        ),
    ]
