"""Concurrent requests: a bounded number of coroutines on a thread, in completion order.

The requests are pulled on the thread that iterates, as there is room. Closing the iterator cancels what is under way,
which closes its connections.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, TypeVar

from workers.engine.protocol import Completion, Request

T = TypeVar("T")
_STOP_S = 5.0
_LOOK_S = 0.5  # the interval between calls of `stopped`, and of `delay_s` while it delays, and of `requests`


class Concurrency:
    """An event loop on a thread, for one backend."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="requests", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run one coroutine and return its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def complete(
        self,
        requests: Iterable[Request],
        ask: Callable[[Request], Coroutine[Any, Any, Completion]],
        *,
        stopped: Callable[[], bool] = lambda: False,
        delay_s: Callable[[], float] = lambda: 0.0,
        cancel: bool = False,
    ) -> Iterator[Completion]:
        """Yield the completion of each request by `ask`, in completion order.

        No request is begun while `delay_s()`, the seconds that the server asked to be left alone, is above 0; the
        iteration ends there once `stopped()` is true. With `cancel`, what is under way is then cancelled as well
        instead of waited for.
        """
        pulled = iter(requests)
        due: Request | None = None
        under_way: set[Future[Completion]] = set()
        try:
            while True:
                while (
                    len(under_way) < self._most
                    and (due := due or next(pulled, None)) is not None
                    and (delay := delay_s()) <= 0
                ):
                    under_way.add(asyncio.run_coroutine_threadsafe(ask(due), self._loop))
                    due = None
                if not under_way:
                    if due is None or stopped():
                        return
                    time.sleep(min(delay, _LOOK_S))
                    continue
                may_pull = len(under_way) < self._most  # what becomes due meanwhile
                look_s = _LOOK_S if due or cancel or may_pull else None
                finished = wait(under_way, look_s, FIRST_COMPLETED).done
                if cancel and not finished and stopped():
                    return
                under_way -= finished
                for future in finished:
                    yield future.result()
        finally:
            for future in under_way:
                future.cancel()

    def close(self, closing: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Cancel what is under way, run `closing` and end the thread; a second call does nothing."""
        if self._loop.is_closed():
            return
        stopped = asyncio.run_coroutine_threadsafe(self._cancel_all(closing), self._loop)
        wait([stopped], timeout=_STOP_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STOP_S)
        if not self._thread.is_alive():
            self._loop.close()

    async def _cancel_all(self, closing: Callable[[], Coroutine[Any, Any, None]]) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await closing()
