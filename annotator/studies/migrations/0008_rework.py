import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def date_skips(apps, _schema_editor):
    """A skip was the last change of its assignment until now."""
    skipped = apps.get_model('studies', 'Assignment').objects.filter(status='skipped')
    skipped.update(skipped_at=models.F('touched_at'))


class Migration(migrations.Migration):

    dependencies = [
        ('studies', '0007_hidden_checks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Rework',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('note', models.TextField(blank=True)),
                ('requested_at', models.DateTimeField(auto_now_add=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reworks_requested', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reworks', to='studies.case')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reworks', to='studies.membership')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('member', 'case'), name='rework_open_once')],
            },
        ),
        migrations.AddField(
            model_name='assignment',
            name='skipped_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(condition=models.Q(('status', 'skipped')), fields=['case'], name='assignment_skipped'),
        ),
        migrations.RunPython(date_skips, migrations.RunPython.noop),
    ]
