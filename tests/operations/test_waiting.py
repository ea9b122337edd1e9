"""Waiting for workers: nothing where nothing is left, and lines with the time left now and then."""

from annotator.operations.waiting import wait_until_done


class Clock:
    """A clock that only sleeping moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def waited(rate: float, total: int, before: int = 0) -> list[str]:
    """The lines of a wait in which `rate` pieces are finished a second, after those `before`."""
    clock, lines = Clock(), []
    wait_until_done(
        "answers",
        lambda: (min(total, before + int(clock.now * rate)), total),
        lines.append,
        sleep=clock.sleep,
        clock=clock,
    )
    return lines


def test_nothing_is_waited_for_where_nothing_is_left() -> None:
    assert waited(1.0, 0) == []
    assert waited(1.0, 7, before=7) == []


def test_a_short_wait_is_silent() -> None:
    assert waited(1.0, 10) == []


def test_a_long_wait_says_how_far_it_is_and_what_is_left() -> None:
    lines = waited(0.5, 100)
    assert lines[0] == "answers: 8 of 100, about 3 min left"
    assert lines[-1] == "answers: 96 of 100, about 1 min left"


def test_what_was_finished_before_says_nothing_about_the_rate() -> None:
    assert waited(0.1, 100, before=90)[0] == "answers: 91 of 100, about 2 min left"
