"""Gold of cases: the newest adjudication and the role of its author, who is not named. Reads only.

A case has no gold if its newest adjudication has no label, which withdraws automatic gold, or if it is for practice.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from annotator.studies.models import LEADING, Adjudication, Case, Membership, counted_cases

BY_RULE = "rule"
DECIDERS = (BY_RULE, Membership.Role.ADJUDICATOR.value, Membership.Role.LEAD.value)
_COLUMNS = ("pk", "label", "other_text", "spans", "reason", "revision", "decided_at")


@dataclass(frozen=True, slots=True)
class Gold:
    """The gold of one case. `patterns` are slugs in the codebook's order; `by` is one of DECIDERS."""

    label: str
    patterns: tuple[str, ...]
    other_text: str
    spans: list[dict[str, Any]]
    by: str
    reason: str
    revision: int
    decided_at: datetime


def gold_of(case_ids: Collection[int]) -> Mapping[int, Gold]:
    """Return case id -> gold, for the cases that have gold. Two queries for any number of cases."""
    later = Adjudication.objects.filter(case=OuterRef("case"), revision__gt=OuterRef("revision")).order_by()
    newest = Adjudication.objects.filter(~Exists(later), counted_cases("case__"), case__in=case_ids)
    role = Membership.objects.filter(study=OuterRef("case__study"), user=OuterRef("author")).values("role")
    rows = list(
        newest.exclude(label="")
        .annotate(role=Subquery(role))
        .values_list("case_id", "author_id", "author__is_staff", "role", *_COLUMNS)
    )
    patterns = _patterns([pk for _, _, _, _, pk, *_ in rows])
    return {
        case_id: Gold(label, patterns[pk], other_text, spans, _by(author, staff, role), reason, revision, decided_at)
        for case_id, author, staff, role, pk, label, other_text, spans, reason, revision, decided_at in rows
    }


def with_gold_label(cases: QuerySet[Case]) -> QuerySet[Any]:
    """Annotate cases with their `gold` label, None or "" for no gold."""
    newest = Adjudication.objects.filter(counted_cases("case__"), case=OuterRef("pk")).order_by("-revision")
    return cases.annotate(gold=Subquery(newest.values("label")[:1]))


def _by(author: int | None, staff: bool | None, role: str | None) -> str:
    """Only leads and adjudicators decide, so an author who is neither now counts as an adjudicator."""
    if author is None:
        return BY_RULE
    leads = role in LEADING or (staff and role != Membership.Role.ADJUDICATOR)
    return Membership.Role.LEAD.value if leads else Membership.Role.ADJUDICATOR.value


def _patterns(adjudication_ids: Collection[int]) -> Mapping[int, tuple[str, ...]]:
    slugs: dict[int, tuple[str, ...]] = defaultdict(tuple)
    rows = Adjudication.patterns.through.objects.filter(adjudication__in=adjudication_ids)
    for pk, slug in rows.order_by("pattern__position").values_list("adjudication_id", "pattern__slug"):
        slugs[pk] += (slug,)
    return slugs
