"""Words of constraints, copied from their prompts by a language model.

One question for each constraint, and one rule for its reply: words that stand in the prompt, once. What else a model
says is refused and counted, never guessed at.
"""

import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from annotator.constraints import Span, title
from annotator.datasets.models import Constraint
from annotator.datasets.spans import SpanError, span_of_words
from annotator.strategies import StrategySpec
from workers.engine import Backend, Completion, Message, Sampling, Thinking
from workers.strategies import Ask, Item, Job, Outcome, drive
from workers.strategies.splitting import outcome_of

NOTHING = "NONE"
_WORDS = (
    "Below is a message to an assistant, and one requirement that it makes. Copy the words of the message that state "
    "the requirement, exactly as they stand there, and write nothing else. If no words state it, write {nothing}.\n\n"
    "Message:\n{prompt}\n\nRequirement: {requirement}"
)
_QUOTES = re.compile(r"\A[\"'`“”‘’«»]+|[\"'`“”‘’«»]+\Z")
_SLACK_TOKENS = 16


@dataclass(frozen=True, slots=True)
class MarkedConstraint:
    """One constraint with the span that a model found; None with a `refusal` where its reply is no words of the prompt,
    and without one where the model says that no words state it.
    """

    constraint: Constraint
    span: Span | None
    refusal: str = ""


def mark_constraints(constraints: Iterable[Constraint], backend: Backend) -> Iterator[MarkedConstraint]:
    """Ask for the words of each constraint, with its prompt joined; yield in the order of the replies."""
    rows = {f"constraint {row.pk}": row for row in constraints}
    jobs = (_job(name, row, backend) for name, row in rows.items())
    for result in drive(backend, jobs):
        row = rows[result.job_id]
        if result.outcome is None:
            yield MarkedConstraint(row, None, result.error)
        else:
            yield _marked(row, result.outcome.answer)


def _job(name: str, row: Constraint, backend: Backend) -> Job:
    text = row.prompt.text
    tokens = backend.count_tokens(text) + _SLACK_TOKENS
    message = _WORDS.format(nothing=NOTHING, prompt=text, requirement=title(row.kind, row.kwargs))
    return Job(name, Item(message), _CopyWords(), Sampling(max_new_tokens=tokens))


def _marked(row: Constraint, reply: str) -> MarkedConstraint:
    words = reply.strip()
    if words.strip(" .") == NOTHING:
        return MarkedConstraint(row, None)
    bare = _QUOTES.sub("", words).strip()
    refusal = "The model wrote nothing."
    for candidate in dict.fromkeys((words, bare)):
        try:
            span = span_of_words(row.prompt.text, candidate)
        except SpanError as error:
            refusal = str(error)
        else:
            if span:
                return MarkedConstraint(row, span)
    return MarkedConstraint(row, None, refusal)


class _CopyWords:
    """A strategy of one call, whose whole completion is the reply; the model's own thinking is off."""

    spec: ClassVar = StrategySpec(name="copy_words", version="1", reasons=False, split="none")

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        completion = yield Ask((Message("user", item.prompt),), thinking=Thinking(enabled=False))
        return outcome_of(completion, self.spec.split)
