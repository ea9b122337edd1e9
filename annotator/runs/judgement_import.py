"""Imports and exports the judgements of a run: all or nothing, and a mark is believed only where its reply agrees."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from annotator.constraints.complexbench.marking import Marking, mark_alone, mark_reply, mark_segments
from annotator.corpus.lines import LineError, is_blank
from annotator.corpus.models import Constraint
from annotator.runs.errors import JudgementImportError
from annotator.runs.judgement_lines import JudgementLine, read_line, text_hash
from annotator.runs.judgements import marked, verdicts_decide
from annotator.runs.models import Generation, Judgement, Run
from annotator.runs.questions import refuse_unjudgeable, role_of

_ROWS_AT_ONCE = 500
_PROBLEMS_SHOWN = 10

Identity = tuple[int, int, str, str, str]


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """How many judgements were stored, and how many were there already."""

    stored: int
    known: int


def judgements_export(run: Run) -> Iterator[JudgementLine]:
    """Every judgement of the run that is done, by prompt, question, scope and judge."""
    refuse_unjudgeable(run)
    done = Judgement.objects.filter(generation__run=run, status=Judgement.Status.DONE)
    order = ("generation__position", "constraint__position", "scope", "judge_name", "prompt_version")
    for judgement in done.select_related("generation__prompt", "constraint").order_by(*order).iterator(_ROWS_AT_ONCE):
        yield JudgementLine(
            main_id=int(judgement.generation.prompt.key),
            point_id=judgement.constraint.position,
            scope=judgement.scope,
            mark=judgement.mark,
            judge=judgement.judge_name,
            prompt_version=judgement.prompt_version,
            language=judgement.language,
            role=judgement.role,
            raw=judgement.raw or None,
            segments=judgement.segments,
            truncated=judgement.truncated,
            text_hash=text_hash(judgement.text),
        )


@transaction.atomic
def judgements_import(*, run: Run, lines: Iterable[bytes | str]) -> ImportCounts:
    """Store the judgements of `lines` with the verdicts they decide, or raise `JudgementImportError`.

    A judgement that is known already is passed over; one that still waits for its judge is finished by the line.
    """
    refuse_unjudgeable(run)
    Run.objects.select_for_update().get(pk=run.pk)  # two imports at once go one after the other
    desk = _Desk.of(run)
    problems = []
    for number, line in enumerate(lines, 1):
        try:
            if not is_blank(line):
                desk.take(number, read_line(line))
        except LineError as error:
            problems.append(f"line {number}: {error}")
    _refuse(problems, found=bool(desk.line_of))
    Judgement.objects.bulk_create(desk.new, batch_size=_ROWS_AT_ONCE)
    made = ["raw", "truncated", "mark", "segments", "evidence"]
    life = ["status", "claim", "lease_until", "error", "finished_at"]
    Judgement.objects.bulk_update(desk.awaited, [*made, *life], batch_size=_ROWS_AT_ONCE)
    stored = desk.new + desk.awaited
    verdicts_decide(stored)
    return ImportCounts(stored=len(stored), known=len(desk.line_of) - len(stored))


@dataclass
class _Desk:
    """The run that lines are held against, and what they come to."""

    generations: dict[str, Generation]
    questions: dict[tuple[str, int], Constraint]
    known: dict[Identity, Judgement]
    line_of: dict[Identity, int] = field(default_factory=dict)
    new: list[Judgement] = field(default_factory=list)
    awaited: list[Judgement] = field(default_factory=list)

    @classmethod
    def of(cls, run: Run) -> "_Desk":
        done = run.generations.filter(status=Generation.Status.DONE).select_related("prompt")
        asked = Constraint.objects.filter(prompt__dataset=run.dataset_id).select_related("prompt")
        return cls(
            generations={generation.prompt.key: generation for generation in done},
            questions={(constraint.prompt.key, constraint.position): constraint for constraint in asked},
            known={_identity(one): one for one in Judgement.objects.filter(generation__run=run)},
        )

    def take(self, number: int, line: JudgementLine) -> None:
        """Hold one line against the run; what does not fit raises `LineError`."""
        judgement = self._judgement(line)
        identity = _identity(judgement)
        if identity in self.line_of:
            raise LineError(f"line {self.line_of[identity]} holds this question's judgement by {line.judge} already")
        known = self.known.get(identity)
        if known is None:
            self.new.append(judgement)
        elif known.status != Judgement.Status.DONE:
            self.awaited.append(_as_done(known, judgement))
        elif _content(known) != _content(judgement):
            raise LineError(
                f"{line.judge} has judged this question before, as {known.mark}, and a judgement is never overwritten; "
                "give the judge or its prompt_version another name"
            )
        self.line_of[identity] = number

    def _judgement(self, line: JudgementLine) -> Judgement:
        question = self.questions.get((str(line.main_id), line.point_id))
        if question is None:
            raise LineError(f"the run's dataset has no question {line.point_id} of main_id {line.main_id}")
        generation = self.generations.get(str(line.main_id))
        if generation is None:
            raise LineError(f"the run has no finished generation for main_id {line.main_id}")
        _refuse_other_asking(line, question)
        judgement = Judgement(
            generation=generation,
            constraint=question,
            scope=line.scope,
            judge_name=line.judge,
            prompt_version=line.prompt_version,
            language=line.language,
            role=line.role,
            raw=line.raw or "",
            truncated=line.truncated,
        )
        if line.text_hash not in (None, text_hash(judgement.text)):
            raise LineError(f"it judges another text than this run's {line.scope} for main_id {line.main_id}")
        marked(judgement, _marking(line, question.kwargs.get("rule"), judgement.text))
        return _as_done(judgement, judgement)


def _refuse_other_asking(line: JudgementLine, question: Constraint) -> None:
    if line.role != role_of(question):
        has = "has a rule" if role_of(question) == Judgement.Role.EXTRACTOR else "has no rule"
        raise LineError(f"the question {has}, so its 'role' is {role_of(question)}, not {line.role}")
    if line.language != question.kwargs["language"]:
        asked = question.kwargs["language"]
        raise LineError(f"the dataset asks in {asked}, not in {line.language}; import the dataset in {line.language}")


def _marking(line: JudgementLine, rule: str | None, text: str) -> Marking:
    """The mark that the reply or the segments come to, which has to be the line's; alone, it is taken as it is."""
    if rule is None and (line.segments is not None or line.mark == Judgement.Mark.UNKNOWN_VERB):
        raise LineError("the question has no rule, so there are no 'segments' and no 'unknown_verb'")
    if line.raw:
        marking = mark_reply(rule, line.raw, text, truncated=line.truncated)
        if line.segments is not None and line.segments != list(marking.segments or ()):
            raise LineError("'segments' are not those that the reply in 'raw' names; correct them or leave one out")
    elif line.segments is not None and rule is not None:
        marking = mark_segments(rule, line.segments, text)
    else:
        return mark_alone(line.mark)
    if marking.mark != line.mark:
        given = "'raw'" if line.raw else "'segments'"
        raise LineError(f"{given} comes to {marking.mark}, not {line.mark}; correct the mark or leave {given} out")
    return marking


def _as_done(row: Judgement, judgement: Judgement) -> Judgement:
    """`row`, finished with what `judgement` holds."""
    for name in ("raw", "truncated", "mark", "segments", "evidence"):
        setattr(row, name, getattr(judgement, name))
    row.status, row.claim, row.lease_until, row.error = Judgement.Status.DONE, None, None, ""
    row.finished_at = timezone.now()
    return row


def _identity(one: Judgement) -> Identity:
    return one.generation_id, one.constraint_id, one.scope, one.judge_name, one.prompt_version


def _content(one: Judgement) -> tuple[object, ...]:
    return one.mark, one.raw, one.segments, one.truncated


def _refuse(problems: list[str], *, found: bool) -> None:
    if problems:
        lines = "1 line was" if len(problems) == 1 else f"{len(problems):,} lines were"
        more = len(problems) - _PROBLEMS_SHOWN
        shown = [*problems[:_PROBLEMS_SHOWN], *([f"... and {more:,} more"] if more > 0 else [])]
        raise JudgementImportError("\n".join([f"nothing was imported, because {lines} refused.", *shown]))
    if not found:
        raise JudgementImportError("nothing was imported, because there is no judgement in it.")
