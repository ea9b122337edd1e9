"""Celery's settings. The queue is only a hint (the rows are the truth), so nothing here keeps results."""

from django.conf import settings

broker_url = settings.BROKER_URL
broker_connection_retry_on_startup = True
# A dead broker is said within seconds to the person who clicked, not retried for minutes behind the page.
broker_transport_options = {
    "socket_connect_timeout": 3,
    "socket_timeout": 10,
    "visibility_timeout": 3600,
    "max_retries": 1,  # of connecting, when a message is sent; without it that takes six seconds to give up
    "interval_start": 0.1,
}
task_publish_retry = False
task_ignore_result = True
task_serializer = "json"
accept_content = ["json"]
# Acknowledged on receipt: a message only says "look at the rows". A task may run for hours without a broker taking
# the silence for death, and whatever a dead worker left is found by lease, not by redelivery.
task_acks_late = False
worker_prefetch_multiplier = 1
broker_heartbeat = 0
worker_hijack_root_logger = False
worker_send_task_events = False
