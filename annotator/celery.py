"""The Celery application: configuration only.

Tasks live in `workers`; the web process sends them by name.
"""

import os

from celery import Celery

from annotator.private_files import keep_files_private

keep_files_private()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")

app = Celery("cotrast")
app.config_from_object("annotator.celery_settings")
