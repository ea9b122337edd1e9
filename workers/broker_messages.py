"""Messages that no worker can read: dropped with a line in the log, where kombu would end the worker.

Anybody who reaches the broker can put anything into a queue. A message is only a hint that rows wait (see
`annotator.runs.dispatch`), so none that is dropped loses a row. `read_any_message` makes Celery use this transport for
Redis and Valkey; kombu has no setting for it. Knows no task.
"""

import logging
from collections.abc import Callable
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis, virtual

logger = logging.getLogger(__name__)


class Message(virtual.Message):  # type: ignore[misc]  # kombu has no types
    """A message whose acknowledgement may follow its rejection: Celery plans the former before it reads the message."""

    def ack(self, multiple: bool = False) -> None:
        if not self.acknowledged:
            super().ack(multiple=multiple)


class Channel(redis.Channel):  # type: ignore[misc]  # kombu has no types
    """A channel that goes on after a message that it, or Celery, cannot read."""

    Message = Message

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)
        except (*self.connection_errors, Empty):
            raise
        except Exception as error:  # noqa: BLE001  # of any library; the message is off the queue already
            _log(error)
            raise Empty from None

    def basic_consume(
        self, queue: str, no_ack: bool, callback: Callable[[Any], Any], consumer_tag: str, **options: Any
    ) -> Any:
        def read(message: Any) -> Any:
            try:
                return callback(message)
            except self.connection_errors:
                raise
            except Exception as error:  # noqa: BLE001  # whatever Celery stumbles over
                _log(error)
                if not message.acknowledged:
                    message.reject()  # else it would be delivered again, and count against what is fetched ahead
                return None

        return super().basic_consume(queue, no_ack, read, consumer_tag, **options)


class Transport(redis.Transport):  # type: ignore[misc]  # kombu has no types
    Channel = Channel


def read_any_message() -> None:
    """Make connections of this process to Redis or Valkey use this transport; call it before the first one."""
    for name in ("redis", "rediss"):
        TRANSPORT_ALIASES[name] = f"{__name__}:Transport"


def _log(error: Exception) -> None:
    logger.warning("a message that cannot be read was dropped from the queue (%s: %s)", type(error).__name__, error)
