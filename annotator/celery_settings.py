"""Celery settings.

The rows in the database are the truth and messages only hints, so no result is stored.
"""

from django.conf import settings

broker_url = settings.BROKER_URL
broker_connection_retry_on_startup = True
broker_connection_max_retries = None  # a worker outlasts its broker, however long that is away
# The person who clicks learns of a dead broker within seconds, instead of waiting minutes for retries.
broker_transport_options = {
    "socket_connect_timeout": 3,
    "socket_timeout": 10,
    "visibility_timeout": 3600,
    "max_retries": 1,  # of connecting to send a message; without this limit the attempt lasts six seconds
    "interval_start": 0.1,
}
task_publish_retry = False
task_ignore_result = True
task_serializer = "json"
accept_content = ["json"]
# Acknowledged on receipt: a message only says "look at the rows". A task may run for hours without the
# broker redelivering it, and the rows of a dead worker are found again by their lease.
task_acks_late = False
worker_prefetch_multiplier = 1
broker_heartbeat = 0
worker_hijack_root_logger = False
worker_send_task_events = False
