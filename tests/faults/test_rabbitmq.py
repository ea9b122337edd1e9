"""A run over RabbitMQ: on the server of AMQP_URL, by default one on this machine."""

import os

import pytest
from kombu import Connection

from tests.faults.fleet import Fleet
from tests.processes import eventually

AMQP_URL = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")
PROMPTS = 60


def answers() -> bool:
    try:
        with Connection(AMQP_URL, connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1, timeout=2)
    except Exception:  # noqa: BLE001  # of whatever kind, there is no server to test with
        return False
    return True


def test_a_run_over_rabbitmq_has_each_generation_once(fleet: Fleet) -> None:
    if not answers():
        pytest.skip(f"no RabbitMQ answers at {AMQP_URL}")
    fleet.environment["BROKER_URL"] = AMQP_URL
    try:
        run = fleet.start_run(PROMPTS)
        workers = [fleet.worker(), fleet.worker()]
        assert eventually(lambda: fleet.run_status(run) == "done"), fleet.output()[-4000:]
        fleet.requires_each_generation_once(run, PROMPTS, repeated_calls=0)
        assert [worker.poll() for worker in workers] == [None, None]
        assert fleet.python("from annotator.runs.dispatch import broker_answers\nprint(broker_answers())") == "True\n"
    finally:
        fleet.stop()
        with Connection(AMQP_URL) as connection:
            connection.default_channel.queue_delete(f"generate.{fleet.model}")
