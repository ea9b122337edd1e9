# "failed" for runs that ended without a single answer; until now they were "done".

from django.db import migrations, models


def mark_failed(apps, schema_editor):
    Run = apps.get_model("runs", "Run")
    generations = apps.get_model("runs", "Generation").objects.filter(run=models.OuterRef("pk"))
    answered = models.Exists(generations.filter(status="done"))
    failed = models.Exists(generations.filter(status="failed"))
    Run.objects.filter(~answered, failed, status="done").update(status="failed")


def mark_done(apps, schema_editor):
    apps.get_model("runs", "Run").objects.filter(status="failed").update(status="done")



class Migration(migrations.Migration):

    dependencies = [
        ("runs", "0005_runs_of_other_leads"),
    ]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="status",
            field=models.CharField(
                choices=[
                    ("running", "Running"),
                    ("done", "Done"),
                    ("cancelled", "Cancelled"),
                    ("failed", "Failed"),
                ],
                default="running",
                max_length=16,
            ),
        ),
        migrations.RunPython(mark_failed, mark_done),
    ]
