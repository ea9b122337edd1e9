"""Verifies responses against the constraints of their prompts, in this process or in several.

Files in, rows out.

Pure: knows no database and no settings, so that a worker process starts without Django.
"""

import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from annotator.constraints import Decision, check_all, split_completion
from annotator.datasets.readers import PromptRecord

Scope = Literal["answer", "completion"]
Row = dict[str, Any]
Pair = tuple[PromptRecord, str]

CHUNK = 32  # pairs sent to a process at once
AHEAD = 4  # chunks waiting for each process


@dataclass(frozen=True, slots=True)
class Manner:
    """What is judged and what is written: the scope, how an answer is split off, and whether evidence goes along."""

    scope: Scope = "answer"
    split: str = "none"
    evidence: bool = False


def verified(pairs: Iterable[Pair], manner: Manner, *, jobs: int = 1) -> Iterator[Row]:
    """A row for each pair, in order; with `jobs` above 1 the checkers run in that many processes."""
    if jobs == 1:
        for pair in pairs:
            yield _row(pair, manner)
    else:
        yield from _verified_in_processes(iter(pairs), manner, jobs)


def _row(pair: Pair, manner: Manner) -> Row:
    record, response = pair
    text, row = response, _names(record)
    if manner.scope == "answer" and manner.split != "none":
        split = split_completion(response, manner.split)
        text, row = split.answer, row | {"split_status": split.status, "answer_span": list(split.answer_span)}
    decisions = check_all(list(record.specs), text, prompt=record.text)
    row["strict"] = [decision.strict.obeyed for decision in decisions]
    row["loose"] = [decision.loose.obeyed for decision in decisions]
    if manner.evidence:
        row["evidence"] = [_evidence(decision) for decision in decisions]
    return row


def _names(record: PromptRecord) -> Row:
    return {"key": record.key, "instruction_id_list": [spec.kind for spec in record.specs]}


def _evidence(decision: Decision) -> dict[str, Any]:
    return {"strict": decision.strict.as_json(), "loose": decision.loose.as_json()}


def _verified_in_processes(pairs: Iterator[Pair], manner: Manner, jobs: int) -> Iterator[Row]:
    """Keeps only so many chunks under way, so that memory does not grow with the input."""
    under_way: deque[Future[list[Row]]] = deque()
    with ProcessPoolExecutor(jobs, initializer=_leave_interrupts_to_the_parent) as pool:
        try:
            while chunk := list(islice(pairs, CHUNK)):
                under_way.append(pool.submit(_rows, chunk, manner))
                if len(under_way) >= jobs * AHEAD:
                    yield from under_way.popleft().result()
            while under_way:
                yield from under_way.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _rows(chunk: list[Pair], manner: Manner) -> list[Row]:
    return [_row(pair, manner) for pair in chunk]


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
