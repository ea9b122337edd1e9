"""Watching: a bar until the work is over, each notice once, and Ctrl-C leaves the work going."""

from collections.abc import Iterator

import pytest

from annotator.runs import watching
from annotator.runs.watching import Glimpse, watch


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    lines: list[str] = []
    monkeypatch.setattr(watching.tqdm, "write", lambda bar, text: lines.append(text))
    monkeypatch.setattr(watching.time, "sleep", lambda seconds: None)
    return lines


def looks(*glimpses: Glimpse) -> Iterator[Glimpse]:
    yield from glimpses


def test_a_notice_is_written_once_and_an_empty_one_never(written: list[str]) -> None:
    seen = looks(*(Glimpse(n, 3, "", ["No worker.", "", "Paused."][: 2 + n // 2], over=n == 3) for n in range(4)))
    watch(lambda: next(seen), title="run 1", unit="prompt", goes_on="the run goes on")
    assert written == ["No worker.", "Paused."]
    assert next(seen, None) is None


def test_what_is_over_is_looked_at_once(written: list[str]) -> None:
    seen = looks(Glimpse(3, 3, "", [], over=True))
    watch(lambda: next(seen), title="run 1", unit="prompt", goes_on="the run goes on")
    assert written == []


def test_an_interrupt_leaves_the_work_going_and_says_so(written: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(watching.time, "sleep", interrupt)
    watch(lambda: Glimpse(0, 3, "", [], over=False), title="run 1", unit="prompt", goes_on="the run goes on")
    assert written == ["Left watching; the run goes on. Watch again with the same command."]
