"""`manage.py deliver_webhooks`: sends the messages of webhooks until it is stopped."""

import os
import signal
import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from annotator.webhooks.process import DeliveryLoop


class Command(BaseCommand):
    help = "Send the messages of webhooks until SIGTERM or Ctrl-C. Any number of these processes share the work."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="send what is due now, and end")

    def handle(self, *, once: bool, **_: Any) -> None:
        loop = DeliveryLoop(name=f"deliver_webhooks@{socket.gethostname()}:{os.getpid()}"[:128])
        if once:
            self.stdout.write(f"Attempts: {loop.run_once()}.")
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: loop.stop())
        loop.run()
