"""The newest annotation of each annotator of a case, under a letter instead of a name.

The letters are dealt out anew for every case, by a hash of its number: "A" is one person here and another one there,
and a case shows the same letters for ever, so that a reason may speak of them. Reads only; knows nothing of screens.
"""

import hashlib
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from annotator.canonical import fingerprint
from annotator.studies.models import Adjudication, Annotation, Assignment, Case, Dispute

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MarkedSpan:
    """A span that somebody marked, once for all `letters` who marked it with the same pattern (a slug, or "").

    `inside` is false where the stored offsets do not lie in the text: then `quote` is all that is known.
    """

    text: str
    start: int
    end: int
    pattern: str
    quote: str
    inside: bool
    letters: tuple[str, ...] = ()

    def as_span(self) -> Json:
        """The shape in which annotations and adjudications store it."""
        return {name: getattr(self, name) for name in ("text", "start", "end", "pattern", "quote")}


def case_texts(case: Case) -> dict[str, str]:
    """The texts that spans point into, in reading order."""
    return {
        "prompt": case.prompt.text,
        "first.reasoning": case.first.reasoning,
        "first.answer": case.first.answer,
        "second.reasoning": case.second.reasoning,
        "second.answer": case.second.answer,
    }


def letters_of(case_id: int, assignment_ids: Iterable[int]) -> dict[int, str]:
    """assignment id -> the letter that stands for its annotator on this case."""
    shuffled = sorted(assignment_ids, key=lambda pk: hashlib.sha256(f"{case_id}:{pk}".encode()).digest())
    return {pk: _letter(place) for place, pk in enumerate(shuffled)}


def newest_annotations(case_id: int) -> dict[str, Annotation]:
    """letter -> that annotator's newest annotation, with its patterns; in the order of the letters."""
    submitted = Assignment.objects.filter(case=case_id, status=Assignment.Status.SUBMITTED)
    rows = Annotation.objects.newest().filter(assignment__in=submitted).prefetch_related("patterns")
    found = {row.assignment_id: row for row in rows}
    return {letter: found[pk] for pk, letter in letters_of(case_id, found).items()}


def annotations_fingerprint(annotations: Mapping[str, Annotation]) -> str:
    """A hash of these annotations that reveals nothing of them; it changes as soon as somebody revises."""
    return fingerprint("annotations-1", sorted(each.pk for each in annotations.values()))


def newest_adjudication(case: Case) -> Adjudication | None:
    """The decision that stands, with its patterns; one without a label withdraws the gold that a rule gave."""
    return Adjudication.objects.filter(case=case).prefetch_related("patterns").order_by("-revision").first()


def open_disputes() -> QuerySet[Dispute]:
    """The disputes that stand: in a newest annotation, and of a case that no person has decided since.

    Who revised without disputing again has taken it back; who decided the case had the dispute before their eyes.
    """
    newest = Annotation.objects.newest().filter(pk=OuterRef("annotation"))
    decided = Adjudication.objects.filter(
        case=OuterRef("annotation__assignment__case"),
        author__isnull=False,
        decided_at__gte=OuterRef("annotation__submitted_at"),
    )
    return Dispute.objects.filter(Exists(newest.order_by()), ~Exists(decided.order_by()))


def unanimous(annotations: Iterable[Annotation]) -> bool:
    """Whether all say the same label and the same patterns.

    A pattern belongs to one version of a codebook: who judged by another version did not say the same.
    """
    contents = {(each.label, frozenset(pattern.pk for pattern in each.patterns.all())) for each in annotations}
    return len(contents) == 1


def united_evidence(marked: Mapping[str, Sequence[Any]], texts: Mapping[str, str]) -> tuple[MarkedSpan, ...]:
    """All spans that were `marked` (letter -> stored spans), each once, in reading order; those outside come last.

    What was stored is not trusted: a span outside its text keeps only its quote, one without a quote is left out.
    """
    letters: dict[MarkedSpan, list[str]] = {}
    for letter, items in marked.items():
        for span in filter(None, (read_span(item, texts) for item in items)):
            letters.setdefault(span, []).append(letter)
    order = {name: place for place, name in enumerate(texts)}
    spans = sorted(
        letters, key=lambda each: (not each.inside, order.get(each.text, 0), each.start, each.end, each.pattern)
    )
    return tuple(
        MarkedSpan(**span.as_span(), inside=span.inside, letters=tuple(dict.fromkeys(letters[span]))) for span in spans
    )


def read_span(item: Any, texts: Mapping[str, str]) -> MarkedSpan | None:
    """A stored or sent span as far as it can be trusted; None where it says nothing at all."""
    if not isinstance(item, Mapping):
        return None
    text, pattern, quote = (value if isinstance(value, str) else "" for value in map(item.get, _WORDS))
    start, end = (value if type(value) is int else -1 for value in map(item.get, ("start", "end")))
    inside = text in texts and 0 <= start < end <= len(texts[text])
    if inside:
        quote = texts[text][start:end]
    return MarkedSpan(text, start, end, pattern, quote, inside) if quote else None


_WORDS = ("text", "pattern", "quote")


def _letter(place: int) -> str:
    """A to Z, then A2 to Z2, and so on."""
    round_, index = divmod(place, len(string.ascii_uppercase))
    return string.ascii_uppercase[index] + (str(round_ + 1) if round_ else "")
