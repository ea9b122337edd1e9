"""Import and export of a run's judge replies, all or nothing; each mark must agree with its reply."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from annotator.constraints.complexbench.marking import Marking, mark_alone, mark_reply, mark_segments
from annotator.datasets.jsonl import LineError, is_blank
from annotator.datasets.models import Constraint
from annotator.runs.errors import JudgeReplyImportError
from annotator.runs.judge_reply_lines import JudgeReplyLine, read_line, text_hash
from annotator.runs.judge_roles import refuse_without_instances, role_of
from annotator.runs.models import Generation, JudgeReply, Run
from annotator.runs.services.judge_replies import set_mark, verdicts_decide
from annotator.runs.services.result_counts import result_counts_delete

_ROWS_AT_ONCE = 500
_PROBLEMS_SHOWN = 10
_HALF = 0.5

Identity = tuple[int, int, str, str, str]


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """Numbers of judge replies: newly stored, and stored before."""

    stored: int
    known: int


def judge_replies_export(run: Run) -> Iterator[JudgeReplyLine]:
    """Yield every finished judge reply of the run, by prompt, question, scope and judge."""
    refuse_without_instances(run)
    done = JudgeReply.objects.filter(generation__run=run, status=JudgeReply.Status.DONE)
    order = ("generation__position", "constraint__position", "scope", "judge_name", "prompt_version")
    for reply in done.select_related("generation__prompt", "constraint").order_by(*order).iterator(_ROWS_AT_ONCE):
        yield JudgeReplyLine(
            main_id=int(reply.generation.prompt.key),
            point_id=reply.constraint.position,
            scope=reply.scope,
            mark=reply.mark,
            judge=reply.judge_name,
            prompt_version=reply.prompt_version,
            language=reply.language,
            role=reply.role,
            raw=reply.raw or None,
            segments=reply.segments,
            truncated=reply.truncated,
            probability=reply.probability,
            text_hash=text_hash(reply.text),
        )


@transaction.atomic
def judge_replies_import(*, run: Run, lines: Iterable[bytes | str]) -> ImportCounts:
    """Store the judge replies of `lines` and the verdicts they decide, or raise JudgeReplyImportError and store none.

    A judge reply that is stored already is skipped; one that still waits for its judge is finished by the line.
    """
    refuse_without_instances(run)
    Run.objects.select_for_update().get(pk=run.pk)  # two imports at the same time run one after the other
    batch = _Import.of(run)
    problems = []
    for number, line in enumerate(lines, 1):
        try:
            if not is_blank(line):
                batch.add(number, read_line(line))
        except LineError as error:
            problems.append(f"line {number}: {error}")
    _refuse(problems, empty=not batch.line_of)
    JudgeReply.objects.bulk_create(batch.new, batch_size=_ROWS_AT_ONCE)
    state = ["status", "claim", "lease_until", "error", "finished_at"]
    JudgeReply.objects.bulk_update(batch.awaited, [*JudgeReply.CONTENT, *state], batch_size=_ROWS_AT_ONCE)
    stored = batch.new + batch.awaited
    verdicts_decide(stored)
    result_counts_delete(run_id=run.pk)
    return ImportCounts(stored=len(stored), known=len(batch.line_of) - len(stored))


@dataclass
class _Import:
    """One import: the rows of its run that lines are checked against, and the replies to store."""

    generations: dict[str, Generation]
    questions: dict[tuple[str, int], Constraint]
    known: dict[Identity, JudgeReply]
    line_of: dict[Identity, int] = field(default_factory=dict)
    new: list[JudgeReply] = field(default_factory=list)
    awaited: list[JudgeReply] = field(default_factory=list)

    @classmethod
    def of(cls, run: Run) -> "_Import":
        done = run.generations.filter(status=Generation.Status.DONE).select_related("prompt")
        questions = Constraint.objects.filter(prompt__dataset=run.dataset_id).select_related("prompt")
        return cls(
            generations={generation.prompt.key: generation for generation in done},
            questions={(constraint.prompt.key, constraint.position): constraint for constraint in questions},
            known={_identity(reply): reply for reply in JudgeReply.objects.filter(generation__run=run)},
        )

    def add(self, number: int, line: JudgeReplyLine) -> None:
        """Add the reply of one line; raises LineError where it does not fit the run."""
        reply = self._reply(line)
        identity = _identity(reply)
        if identity in self.line_of:
            raise LineError(f"line {self.line_of[identity]} holds this question's judge reply by {line.judge} already")
        known = self.known.get(identity)
        if known is None:
            self.new.append(reply)
        elif known.status != JudgeReply.Status.DONE:
            self.awaited.append(_as_done(known, reply))
        elif _content(known) != _content(reply):
            raise LineError(
                f"{line.judge} has judged this question before, as {known.mark}, and a judge reply is never "
                "overwritten; give the judge or its prompt_version another name"
            )
        self.line_of[identity] = number

    def _reply(self, line: JudgeReplyLine) -> JudgeReply:
        question = self.questions.get((str(line.main_id), line.point_id))
        if question is None:
            raise LineError(f"the run's dataset has no question {line.point_id} of main_id {line.main_id}")
        generation = self.generations.get(str(line.main_id))
        if generation is None:
            raise LineError(f"the run has no finished generation for main_id {line.main_id}")
        _refuse_other_question(line, question)
        reply = JudgeReply(
            generation=generation,
            constraint=question,
            scope=line.scope,
            judge_name=line.judge,
            prompt_version=line.prompt_version,
            language=line.language,
            role=line.role,
            raw=line.raw or "",
            truncated=line.truncated,
            probability=line.probability,
        )
        if line.text_hash not in (None, text_hash(reply.text)):
            raise LineError(f"it judges another text than this run's {line.scope} for main_id {line.main_id}")
        set_mark(reply, _marking(line, question.kwargs.get("rule"), reply.text))
        return _as_done(reply, reply)


def _refuse_other_question(line: JudgeReplyLine, question: Constraint) -> None:
    if line.role != role_of(question):
        has = "has a rule" if role_of(question) == JudgeReply.Role.EXTRACTOR else "has no rule"
        raise LineError(f"the question {has}, so its 'role' is {role_of(question)}, not {line.role}")
    if line.language != question.kwargs["language"]:
        questions = question.kwargs["language"]
        raise LineError(
            f"the dataset asks in {questions}, not in {line.language}; import the dataset in {line.language}"
        )


def _marking(line: JudgeReplyLine, rule: str | None, text: str) -> Marking:
    """Return the marking by `raw` or `segments`, which must agree with the line's mark, else by that mark alone."""
    if rule is None and (line.segments is not None or line.mark == JudgeReply.Mark.UNKNOWN_VERB):
        raise LineError("the question has no rule, so there are no 'segments' and no 'unknown_verb'")
    _refuse_probability(line, rule)
    if line.raw:
        marking = mark_reply(rule, line.raw, text, truncated=line.truncated, probability=line.probability)
        if line.segments is not None and line.segments != list(marking.segments or ()):
            raise LineError("'segments' are not those that the reply in 'raw' names; correct them or leave one out")
    elif line.segments is not None and rule is not None:
        marking = mark_segments(rule, line.segments, text)
    else:
        return mark_alone(line.mark)
    if marking.mark != line.mark:
        source = "'raw'" if line.raw else "'segments'"
        raise LineError(f"{source} comes to {marking.mark}, not {line.mark}; correct the mark or leave {source} out")
    return marking


def _refuse_probability(line: JudgeReplyLine, rule: str | None) -> None:
    """Refuse a probability of yes that contradicts the line's mark, or that no judge can have."""
    if line.probability is None:
        return
    if rule is not None or line.mark not in (JudgeReply.Mark.OBEYED, JudgeReply.Mark.VIOLATED):
        raise LineError("'probability' belongs to a judge's yes or no; leave it out, or set it to null")
    if (line.probability > _HALF) if line.mark == JudgeReply.Mark.VIOLATED else (line.probability < _HALF):
        raise LineError(f"'probability' is that of yes, so {line.probability:.6g} contradicts {line.mark}; correct one")


def _as_done(row: JudgeReply, reply: JudgeReply) -> JudgeReply:
    """Return `row` as done, with the content of `reply`; unsaved."""
    for name in JudgeReply.CONTENT:
        setattr(row, name, getattr(reply, name))
    row.status, row.claim, row.lease_until, row.error = JudgeReply.Status.DONE, None, None, ""
    row.finished_at = timezone.now()
    return row


def _identity(reply: JudgeReply) -> Identity:
    return reply.generation_id, reply.constraint_id, reply.scope, reply.judge_name, reply.prompt_version


def _content(reply: JudgeReply) -> tuple[object, ...]:
    return reply.mark, reply.raw, reply.segments, reply.truncated, reply.probability


def _refuse(problems: list[str], *, empty: bool) -> None:
    if problems:
        lines = "1 line was" if len(problems) == 1 else f"{len(problems):,} lines were"
        more = len(problems) - _PROBLEMS_SHOWN
        shown = [*problems[:_PROBLEMS_SHOWN], *([f"... and {more:,} more"] if more > 0 else [])]
        raise JudgeReplyImportError("\n".join([f"nothing was imported, because {lines} refused.", *shown]))
    if empty:
        raise JudgeReplyImportError("nothing was imported, because there is no judge reply in it.")
