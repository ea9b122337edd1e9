"""Verification of responses against the constraints of their prompts, in this process or in several.

Pure: knows no database and no settings, so that a child process starts without Django.
"""

import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from annotator.constraints import Decision, check_all
from annotator.datasets.readers import PromptRecord
from annotator.datasets.responses.records import ResponseRecord
from annotator.datasets.responses.splitting import SplitRule

Scope = Literal["answer", "completion"]
Row = dict[str, Any]
Pair = tuple[PromptRecord, ResponseRecord]

CHUNK = 32  # pairs sent to a process at once
CHUNKS_PER_PROCESS = 4  # submitted at a time


@dataclass(frozen=True, slots=True)
class VerificationOptions:
    """Options of a verification."""

    scope: Scope = "answer"
    split: SplitRule | None = None  # how the answer is split off, as an import does; None takes the whole response
    evidence: bool = False  # whether rows include the evidence


def verify_responses(pairs: Iterable[Pair], options: VerificationOptions, *, jobs: int = 1) -> Iterator[Row]:
    """Yield a row for each pair, in order; with `jobs` above 1 the checkers run in that many processes."""
    if jobs == 1:
        for pair in pairs:
            yield _row(pair, options)
    else:
        yield from _verify_in_processes(iter(pairs), options, jobs)


def _row(pair: Pair, options: VerificationOptions) -> Row:
    record, response = pair
    text, row = response.text, _key_and_kinds(record)
    if options.scope == "completion":
        text = (options.split or SplitRule("none")).split(response).completion
    elif options.split is not None:
        parts = options.split.split(response)
        text, row = parts.answer, row | {"split_status": parts.status, "answer_span": list(parts.answer_span)}
    decisions = check_all(list(record.specs), text, prompt=record.text)
    row["strict"] = [decision.strict.obeyed for decision in decisions]
    row["loose"] = [decision.loose.obeyed for decision in decisions]
    if options.evidence:
        row["evidence"] = [_evidence(decision) for decision in decisions]
    return row


def _key_and_kinds(record: PromptRecord) -> Row:
    return {"key": record.key, "instruction_id_list": [spec.kind for spec in record.specs]}


def _evidence(decision: Decision) -> dict[str, Any]:
    return {"strict": decision.strict.as_json(), "loose": decision.loose.as_json()}


def _verify_in_processes(pairs: Iterator[Pair], options: VerificationOptions, jobs: int) -> Iterator[Row]:
    """Submit a limited number of chunks at a time, so that memory does not grow with the input."""
    submitted: deque[Future[list[Row]]] = deque()
    with ProcessPoolExecutor(jobs, initializer=_leave_interrupts_to_the_parent) as pool:
        try:
            while chunk := list(islice(pairs, CHUNK)):
                submitted.append(pool.submit(_rows, chunk, options))
                if len(submitted) >= jobs * CHUNKS_PER_PROCESS:
                    yield from submitted.popleft().result()
            while submitted:
                yield from submitted.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _rows(chunk: list[Pair], options: VerificationOptions) -> list[Row]:
    return [_row(pair, options) for pair in chunk]


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
