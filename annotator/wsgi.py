"""WSGI entry point of the web process."""

import os

from django.core.wsgi import get_wsgi_application

from annotator.private_files import keep_files_private

keep_files_private()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
application = get_wsgi_application()
