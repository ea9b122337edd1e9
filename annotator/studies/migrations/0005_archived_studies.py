# Studies that stand in no list and take no decisions.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
<<<<<<<< HEAD:annotator/studies/migrations/0005_archived_studies.py
        ("studies", "0004_members_leave"),
========
        ("studies", "0003_unblinded_members"),
>>>>>>>> objects:annotator/studies/migrations/0004_archived_studies.py
    ]

    operations = [
        migrations.AddField(
            model_name="study",
            name="archived_at",
            field=models.DateTimeField(null=True, blank=True),
        ),
    ]
