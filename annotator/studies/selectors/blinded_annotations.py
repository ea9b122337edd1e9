"""The newest annotation of each annotator of a case, under a letter instead of a name.

Letters are assigned anew for every case, by a hash of the case's and the assignment's id: "A" is one person here and
another there, but always the same on one case, so that a decision's reason can refer to it. Reads only; does not know
screens.
"""

import hashlib
import string
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from annotator.canonical import fingerprint
from annotator.studies.errors import StaleRevision
from annotator.studies.models import Adjudication, Annotation, Assignment, Case, Dispute

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MarkedSpan:
    """A span of evidence, once for all `letters` that marked it with the same pattern (a slug, or "").

    `text` is a key of `case_texts`; offsets are [start, end). Where `inside` is false they do not lie in the text, and
    only `quote` can be shown.
    """

    text: str
    start: int
    end: int
    pattern: str
    quote: str
    inside: bool
    letters: tuple[str, ...] = ()

    def as_span(self) -> Json:
        """Return the JSON object that annotations and adjudications store."""
        return {name: getattr(self, name) for name in ("text", "start", "end", "pattern", "quote")}


def case_texts(case: Case) -> dict[str, str]:
    """Return name -> text of every text that spans refer to, in reading order."""
    return {
        "prompt": case.prompt.text,
        "first.reasoning": case.first.reasoning,
        "first.answer": case.first.answer,
        "second.reasoning": case.second.reasoning,
        "second.answer": case.second.answer,
    }


def letters_of(case_id: int, assignment_ids: Iterable[int]) -> dict[int, str]:
    """Return assignment id -> the letter of its annotator on this case."""
    shuffled = sorted(assignment_ids, key=lambda pk: hashlib.sha256(f"{case_id}:{pk}".encode()).digest())
    return {pk: _letter(place) for place, pk in enumerate(shuffled)}


def newest_annotations(case_id: int) -> dict[str, Annotation]:
    """Return letter -> newest annotation that counts, with its patterns, in the order of the letters.

    An annotator who is left out keeps their letter, so that the others keep theirs.
    """
    submitted = Assignment.objects.filter(case=case_id, status=Assignment.Status.SUBMITTED)
    rows = Annotation.objects.newest().filter(assignment__in=submitted).prefetch_related("patterns")
    by_assignment = {row.assignment_id: row for row in rows.select_related("assignment")}
    letters = letters_of(case_id, by_assignment)
    return {letter: by_assignment[pk] for pk, letter in letters.items() if not by_assignment[pk].assignment.left_out}


def annotation_under(case: Case, letter: str, *, seen: str, incomplete: bool) -> Annotation:
    """Return the annotation under this letter, with `case` joined. `seen` is the fingerprint that came with the letter.

    The annotations of a case that is not complete are read with `incomplete` alone. Raises StaleRevision where the
    annotations have changed since, so that the letter may mean somebody else.
    """
    annotations = newest_annotations(case.pk) if case.complete or incomplete else {}
    if letter not in annotations or seen != annotations_fingerprint(annotations):
        raise StaleRevision(
            _("Case %(case)d: the annotations changed meanwhile; read them again before you send one back.")
            % {"case": case.pk}
        )
    annotations[letter].assignment.case = case
    return annotations[letter]


def annotations_fingerprint(annotations: Mapping[str, Annotation]) -> str:
    """Hash the annotations without revealing them: the hash changes when one is revised or added."""
    return fingerprint("annotations-1", sorted(annotation.pk for annotation in annotations.values()))


def newest_adjudication(case: Case) -> Adjudication | None:
    """Return the newest decision with its patterns; one without a label has withdrawn automatic gold."""
    return Adjudication.objects.filter(case=case).prefetch_related("patterns").order_by("-revision").first()


def newest_adjudications(case_ids: Collection[int]) -> dict[int, Adjudication]:
    """Return case id -> its newest decision with its patterns, for the cases that have any."""
    later = Adjudication.objects.filter(case=OuterRef("case"), revision__gt=OuterRef("revision"))
    rows = Adjudication.objects.filter(~Exists(later.order_by()), case__in=case_ids).prefetch_related("patterns")
    return {row.case_id: row for row in rows.order_by()}


def open_disputes() -> QuerySet[Dispute]:
    """Disputes of newest annotations that count, on cases that no person has decided since.

    A revision without the dispute withdraws it; a decision settles it, since its author saw the dispute.
    """
    newest = Annotation.objects.counted().newest().filter(pk=OuterRef("annotation"))
    decided = Adjudication.objects.filter(
        case=OuterRef("annotation__assignment__case"),
        author__isnull=False,
        decided_at__gte=OuterRef("annotation__submitted_at"),
    )
    return Dispute.objects.filter(Exists(newest.order_by()), ~Exists(decided.order_by()))


def unanimous(annotations: Iterable[Annotation]) -> bool:
    """Whether all annotations have the same label and the same patterns.

    A pattern belongs to one version of a codebook, so patterns of two versions are never the same.
    """
    contents = {(row.label, frozenset(pattern.pk for pattern in row.patterns.all())) for row in annotations}
    return len(contents) == 1


def united_evidence(spans_by_letter: Mapping[str, Sequence[Any]], texts: Mapping[str, str]) -> tuple[MarkedSpan, ...]:
    """Merge equal spans of all letters, in reading order; spans outside their text come last.

    Stored spans are not trusted: one outside its text keeps only its quote, and without a quote it is left out.
    """
    letters: dict[MarkedSpan, list[str]] = {}
    for letter, items in spans_by_letter.items():
        for span in filter(None, (read_span(item, texts) for item in items)):
            letters.setdefault(span, []).append(letter)
    order = {name: place for place, name in enumerate(texts)}
    spans = sorted(
        letters, key=lambda span: (not span.inside, order.get(span.text, 0), span.start, span.end, span.pattern)
    )
    return tuple(
        MarkedSpan(**span.as_span(), inside=span.inside, letters=tuple(dict.fromkeys(letters[span]))) for span in spans
    )


def read_span(item: Any, texts: Mapping[str, str]) -> MarkedSpan | None:
    """Read a stored or sent span as far as it can be trusted; None if neither its offsets nor its quote can be."""
    if not isinstance(item, Mapping):
        return None
    text, pattern, quote = (value if isinstance(value, str) else "" for value in map(item.get, _TEXT_FIELDS))
    start, end = (value if type(value) is int else -1 for value in map(item.get, ("start", "end")))
    inside = text in texts and 0 <= start < end <= len(texts[text])
    if inside:
        quote = texts[text][start:end]
    return MarkedSpan(text, start, end, pattern, quote, inside) if quote else None


_TEXT_FIELDS = ("text", "pattern", "quote")


def _letter(place: int) -> str:
    """A to Z, then A2 to Z2, and so on."""
    round_, index = divmod(place, len(string.ascii_uppercase))
    return string.ascii_uppercase[index] + (str(round_ + 1) if round_ else "")
