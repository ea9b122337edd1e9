"""Search over the cases of a study, page by page, in bounded time for any filter. Reads only.

No filter has an index of its own: cases are searched in the order of their ids, a window at a time, until the page is
full or the time is spent; the next page continues from there. So a page costs the same for a rare word and a frequent
label, alone or together, in Chinese or English, and nothing has to be kept up to date beside the rows themselves
(`make bench-cases` has the figures).
"""

import string
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Count, Exists, Func, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.sql.compiler import SQLCompiler

from annotator.studies.models import Adjudication, Annotation, Assignment, Case, Flag, Study, counted_cases
from annotator.studies.selectors.blinded_annotations import open_disputes
from annotator.studies.selectors.compared_cases import compared, of_matched_length, really_reasoned, second_reasoned
from annotator.studies.selectors.gold import with_gold_label
from annotator.studies.selectors.judged_cases import decided_by_judge, decided_by_judge_with_gold

WINDOW = 500  # cases
BUDGET_S = 0.025
_NAMES_FROM = 200  # cases


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Filters of a search. A case must match every field that is not empty.

    `label`, `pattern` (a slug) and `annotator` (a user's id) must match one annotation, the newest of its annotator. A
    slug names the same pattern in every version of the codebook, though each version has a row of its own for it.
    Annotations of members who were left out are searched only by their `annotator`.
    `gold_pattern` is a slug of the case's gold. A prompt states a constraint of one of `kinds`. `effect` is one of
    EFFECTS, on a constraint of `kinds` if there are any. `obeyed_by`, one of OBEYED_BY, says which answer obeys every
    constraint in `scope`, by default the study's. The second reasoning has `shortest_reasoning` to
    `longest_reasoning` characters. `concern` is one of CONCERNS. `text` occurs in the prompt or in an answer.
    The prompt has the field `metadata`, and `metadata_value` occurs in it.
    """

    outcome: str = ""
    label: str = ""
    pattern: str = ""
    gold_pattern: str = ""
    kinds: tuple[str, ...] = ()
    effect: str = ""
    obeyed_by: str = ""
    scope: str = ""
    shortest_reasoning: int | None = None
    longest_reasoning: int | None = None
    annotator: int | None = None
    concern: str = ""
    text: str = ""
    metadata: str = ""
    metadata_value: str = ""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Cases by id, and the id after which the next page starts (None at the end).

    `looked` is the percentage of the study's cases searched so far, if the time was spent before the page was full.
    """

    cases: Sequence[Case]
    after: int | None
    looked: int = 100


def case_search(
    study: Study, query: CaseQuery, *, after: int = 0, limit: int = 50, window: int = WINDOW, budget_s: float = BUDGET_S
) -> SearchPage:
    """Return the next `limit` matches after id `after`, or fewer if the time is spent. Reads at least one window."""
    deadline = time.monotonic() + budget_s
    ids = Case.objects.filter(study=study).order_by("pk").values_list("pk", flat=True)
    matching = _matching(study, query).select_related("prompt", "practice").order_by("pk")
    cases: list[Case] = []
    while len(cases) < limit:
        window_end = ids.filter(pk__gt=after)[window - 1 : window].first()
        in_window = (
            matching.filter(pk__gt=after) if window_end is None else matching.filter(pk__gt=after, pk__lte=window_end)
        )
        cases += in_window[: limit + 1 - len(cases)]
        if len(cases) > limit:
            break
        if window_end is None:
            return SearchPage(cases, None)
        after = window_end
        if time.monotonic() > deadline:
            return SearchPage(cases, after, _share(ids, after))
    return SearchPage(cases[:limit], cases[limit - 1].pk)


def _share(ids: QuerySet[Case, int], after: int) -> int:
    """Roughly the percentage of ids up to `after`, at most 99."""
    first, last = ids.first() or 0, ids.last() or 0
    return min(99, 100 * (after - first) // max(1, last - first))


def _matching(study: Study, query: CaseQuery) -> QuerySet[Case]:
    cases = Case.objects.filter(study=study)
    if query.outcome:
        cases = cases.filter(outcome=query.outcome)
    cases = compared(cases, study, query)
    lookups = _lookups(query)
    if query.annotator:
        cases = cases.filter(Exists(_newest(counted=False).filter(**lookups)))
    elif lookups:
        cases = cases.filter(Exists(_newest().filter(**lookups)), submissions__gte=1)
    if query.gold_pattern:
        cases = with_gold_label(cases).exclude(gold=None).exclude(gold="").filter(_gold_has(query.gold_pattern))
    if query.concern:
        cases = _CONCERNS[query.concern](cases)
    if query.metadata:
        cases = _with_metadata(cases, query.metadata, query.metadata_value)
    if query.text:
        in_any_text = Q()
        for field in ("prompt__text", "first__answer", "second__answer"):
            for text in _in_any_case(query.text):
                in_any_text |= Q(**{f"{field}__icontains": text})
        cases = cases.filter(in_any_text)
    return cases


class _FieldText(Func):
    """The text of a JSON object's field, by the object and the field's name; null where there is no such field.

    `KeyTextTransform` takes a name of digits for a place in a list, and SQLite's JSON paths hold no quotation mark.
    """

    function = "jsonb_extract_path_text"

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        template = (
            "(SELECT CASE WHEN type IN ('true', 'false') THEN type ELSE CAST(value AS TEXT) END"
            " FROM json_each(%(expressions)s)"
        )
        return self.as_sql(compiler, connection, template=template, arg_joiner=") WHERE key = ", **context)


def _with_metadata(cases: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
    """Keep the cases whose prompt has the field `name`, with `value` in it where one is wanted, in any case."""
    field: QuerySet[Any] = cases.annotate(
        metadata=_FieldText("prompt__metadata", Value(name), output_field=TextField())
    )
    found = Q(metadata__isnull=False)
    if value:
        found = Q()
        for text in _in_any_case(value):
            found |= Q(metadata__icontains=text)
    return field.filter(found)


def metadata_names(study: Study) -> Sequence[str]:
    """Return the names of the metadata of the study's prompts, of the first ones for a long study."""
    prompts = Case.objects.filter(study=study).exclude(prompt__metadata={}).order_by("pk")
    rows = prompts.values_list("prompt__metadata", flat=True)[:_NAMES_FROM]
    return sorted({name for metadata in rows for name in metadata})


def _in_any_case(text: str) -> Sequence[str]:
    """The spellings to search for: SQLite ignores case in ASCII alone, so other text has its usual spellings listed.

    They are lower case, upper case, title case and capitalized: "éCLAIR" does not match "éclair".
    """
    if connection.vendor != "sqlite" or text.isascii():
        return (text,)
    spellings = (text, text.lower(), text.upper(), text.title(), text.capitalize())
    return tuple({spelling.translate(_ASCII_FOLDED): spelling for spelling in spellings}.values())


_ASCII_FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def _lookups(query: CaseQuery) -> dict[str, Any]:
    lookups = {
        "label": query.label,
        "patterns__slug": query.pattern,
        "assignment__annotator": query.annotator,
    }
    return {lookup: value for lookup, value in lookups.items() if value}


def _gold_has(pattern: str) -> Exists:
    """Whether the newest adjudication of the outer case has the pattern."""
    later = Adjudication.objects.filter(case=OuterRef("case"), revision__gt=OuterRef("revision")).order_by()
    newest = Adjudication.objects.filter(~Exists(later), counted_cases("case__"), case=OuterRef("pk"))
    return Exists(newest.filter(patterns__slug=pattern).order_by())


def _newest(*, counted: bool = True) -> QuerySet[Annotation]:
    """The newest annotation of each annotator of the outer case; none of a hidden check, as in the results.

    Without `counted` also those of members who are left out, and those of practice.
    """
    submitted = Assignment.Status.SUBMITTED
    rows = Annotation.objects.filter(
        assignment__case=OuterRef("pk"), assignment__status=submitted, assignment__case__known_label=""
    )
    if counted:
        rows = rows.counted().filter(assignment__case__practice__isnull=True)
    return rows.newest().order_by()


def _differing(cases: QuerySet[Case]) -> QuerySet[Case]:
    labels = _newest().values("assignment__case").annotate(n=Count("label", distinct=True)).values("n")
    differing: QuerySet[Any] = cases.filter(submissions__gte=2).annotate(labels=Subquery(labels))
    return differing.filter(labels__gt=1)


def _flagged(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.filter(Exists(Flag.objects.open().filter(assignment__case=OuterRef("pk"))))


def _disputed(cases: QuerySet[Case]) -> QuerySet[Case]:
    disputes = open_disputes().filter(annotation__assignment__case=OuterRef("pk"))
    return cases.filter(Exists(disputes), submissions__gte=1)


def _practised(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.filter(practice__isnull=False)


def _checking(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.exclude(known_label="")


def _on_defective_prompts(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.exclude(prompt__known_defects=[])


def _on_sound_prompts(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.filter(prompt__known_defects=[])


_CONCERNS = {
    "disagreement": _differing,
    "flagged": _flagged,
    "disputed": _disputed,
    "practice": _practised,
    "check": _checking,
    "defective": _on_defective_prompts,
    "sound": _on_sound_prompts,
    "reasoned": second_reasoned,
    "treated": really_reasoned,
    "matched": of_matched_length,
    "judged": decided_by_judge,
    "judged_with_gold": decided_by_judge_with_gold,
}
CONCERNS = tuple(_CONCERNS)
