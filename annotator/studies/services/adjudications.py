"""Decisions of adjudicators. Each needs a reason and appends a revision; nothing is overwritten."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from annotator.studies.errors import AdjudicationRefused, NothingToDecide, StaleRevision, StudyChanged
from annotator.studies.models import Adjudication, Annotation, Case, DecisionDraft, Pattern, Study
from annotator.studies.selectors.adjudication_sheet import decided_meanwhile
from annotator.studies.selectors.blinded_annotations import (
    annotations_fingerprint,
    case_texts,
    newest_adjudication,
    newest_annotations,
    read_span,
    united_evidence,
)
from annotator.studies.selectors.codebook_versions import patterns_of
from annotator.studies.services.adjudicator_presence import presence_end
from annotator.studies.services.archiving import refuse_archived
from annotator.studies.services.drafts import SubmittedDraft, submitted_row_delete
from annotator.studies.services.gold import MAX_OTHER_TEXT, Decision, decision_append
from annotator.studies.services.slots import lock_case
from annotator.text_cleaning import replace_unstorable

MAX_REASON = 5_000
MAX_SPANS = 500


@transaction.atomic
def adjudication_decide(
    *,
    case: Case,
    author: User,
    base_revision: int,
    label: str,
    patterns: Sequence[str],
    other_text: str,
    spans: Sequence[Mapping[str, Any]],
    reason: str,
    seen: str = "",
    codebook: int | None = None,
    draft: SubmittedDraft | None = None,
) -> Adjudication:
    """Append the gold label of a complete case, also in a closed study. `case` has its study and texts joined.

    `base_revision` is the adjudication that the author saw, 0 for none. `seen` is the `annotations_fingerprint` of the
    annotations that they saw; "" skips that check. `codebook` is the version that they chose `patterns` from, None to
    skip that check. `draft` is the draft that their page knew, None to skip that check. `patterns` are slugs of the
    study's codebook. `spans` have the shape of an annotation's; their quotes are read from the texts. The same decision
    sent twice, as after a lost response, is one adjudication. The author's draft and presence are deleted.

    Raises StaleRevision if another adjudication was stored or an annotation revised since, StaleDraft if another tab of
    the author saved a draft since, StudyChanged if the codebook is another one by now, NothingToDecide if the case is
    incomplete or for practice, and AdjudicationRefused for an invalid field.
    """
    locked = lock_case(case.pk)
    newest = newest_adjudication(case)
    known = {pattern.slug: pattern for pattern in patterns_of(case.study.codebook_id)}
    decision = Decision(
        label=label,
        patterns=_chosen_patterns(patterns, known),
        other_text=replace_unstorable(other_text.strip()),
        spans=_checked_spans(spans, known, case_texts(case)),
        reason=replace_unstorable(reason.strip()),
    )
    presence_end(case=case, adjudicator=author)
    if newest is not None and newest.author_id == author.pk and decision.matches_row(newest):
        if base_revision == newest.revision:  # else it is a repeated request, and the draft may be newer than it
            _delete_draft(case, author, draft)
        return newest
    _check_decidable(locked, case.study, base_revision, newest)
    _check_seen(case, seen)
    _check_codebook(case, codebook)
    _check_fields(decision)
    _delete_draft(case, author, draft)
    return decision_append(case=locked, newest=newest, decision=decision, author=author)


def _delete_draft(case: Case, author: User, draft: SubmittedDraft | None) -> None:
    submitted_row_delete(DecisionDraft.objects.filter(case=case, adjudicator=author), draft, case.pk)


def _check_decidable(case: Case, study: Study, base_revision: int, newest: Adjudication | None) -> None:
    refuse_archived(study)
    if case.is_practice:
        raise NothingToDecide(
            _("Case %(case)d is for practice: its lead has said already what is expected.") % {"case": case.pk}
        )
    if not case.complete or case.is_check:  # no page tells an adjudicator which cases are checks
        raise NothingToDecide(
            _("Case %(case)d is not fully judged yet; decide it when %(n)d people have submitted.")
            % {"case": case.pk, "n": study.overlap}
        )
    revision = newest.revision if newest else 0
    if base_revision != revision:
        raise StaleRevision(decided_meanwhile(case.pk, revision))


def _check_seen(case: Case, seen: str) -> None:
    if seen and seen != annotations_fingerprint(newest_annotations(case.pk)):
        raise StaleRevision(
            _(
                "Case %(case)d: an annotator revised their annotation meanwhile; read what they say now, "
                "and submit again if your decision stands."
            )
            % {"case": case.pk}
        )


def _check_codebook(case: Case, codebook: int | None) -> None:
    if codebook is not None and codebook != case.study.codebook_id:
        raise StudyChanged(
            _(
                "Case %(case)d: the codebook was changed after you opened this page; read it as it is now, and submit "
                "again if your decision stands."
            )
            % {"case": case.pk}
        )


def _chosen_patterns(slugs: Sequence[str], known: Mapping[str, Pattern]) -> tuple[Pattern, ...]:
    for slug in slugs:
        if slug not in known:
            raise AdjudicationRefused(
                _("Pattern %(slug)r is not in the codebook; known patterns: %(known)s.")
                % {"slug": slug, "known": ", ".join(known)}
            )
    return tuple(pattern for slug, pattern in known.items() if slug in slugs)


def _checked_spans(
    spans: Sequence[Mapping[str, Any]], known: Mapping[str, Pattern], texts: Mapping[str, str]
) -> list[dict[str, Any]]:
    if len(spans) > MAX_SPANS:
        raise AdjudicationRefused(
            _("The decision has %(n)d evidence spans; at most %(most)d fit.") % {"n": len(spans), "most": MAX_SPANS}
        )
    if not all(span is not None and span.inside for span in (read_span(span, texts) for span in spans)):
        raise AdjudicationRefused(_("An evidence span lies outside its text; load the page again and choose it anew."))
    united = united_evidence({"": spans}, texts)
    for span in united:
        if span.pattern and span.pattern not in known:
            raise AdjudicationRefused(
                _("An evidence span has pattern %(slug)r, which is not in the codebook; known patterns: %(known)s.")
                % {"slug": span.pattern, "known": ", ".join(known)}
            )
    return [span.as_span() for span in united]


def _check_fields(decision: Decision) -> None:
    if decision.label not in Annotation.Label.values:
        raise AdjudicationRefused(
            _("Label %(label)r is unknown; choose one of %(known)s.")
            % {"label": decision.label, "known": ", ".join(Annotation.Label.values)}
        )
    if not decision.reason:
        raise AdjudicationRefused(_("A decision needs a reason; say in a few words why."))
    for pattern in decision.patterns:
        if pattern.needs_text and not decision.other_text:
            raise AdjudicationRefused(
                _("Pattern %(name)r needs words; say in the field beside it what there is to see.")
                % {"name": pattern.name}
            )
    for name, text, most in (
        (_("The text beside the pattern"), decision.other_text, MAX_OTHER_TEXT),
        (_("The reason"), decision.reason, MAX_REASON),
    ):
        if len(text) > most:
            raise AdjudicationRefused(
                _("%(field)s has %(n)d characters; at most %(most)d fit, shorten it.")
                % {"field": name, "n": len(text), "most": most}
            )
