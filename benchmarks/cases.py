"""`make bench-cases`: milliseconds per page of the case list of a large study, for every filter.

Half of the cases are judged by two annotators, who differ on every fifth; a hundred are flagged; one prompt in 10,000
has a rare word. A page is the whole request, from the session to the last byte of HTML. Set DATABASE_URL to measure
PostgreSQL (its database is emptied); the default is a new SQLite file.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import uuid
from datetime import timedelta
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))
RARE = "zeppelin"
RARE_CHINESE = "小镇很安静"
LIST = "/studies/bench/cases/"


def searches(pseudonym: str) -> dict[str, dict[str, str]]:
    """Return name -> query parameters: frequent, rare and absent matches of each filter, and all filters together."""
    return {
        "everything": {},
        "outcome": {"outcome": "hurt"},
        "kind": {"kind": "punctuation:no_comma"},
        "kind, absent": {"kind": "startend:quotation"},
        "label": {"label": "hurt"},
        "label, rare": {"label": "cant_tell"},
        "pattern": {"pattern": "pattern-3"},
        "pattern, rare": {"pattern": "pattern-6"},
        "annotator": {"annotator": pseudonym},
        "disagreement": {"concern": "disagreement"},
        "flagged": {"concern": "flagged"},
        "disputed, absent": {"concern": "disputed"},
        "text": {"text": "rolls beside"},
        "text, rare": {"text": RARE},
        "text, rare, Chinese": {"text": RARE_CHINESE},
        "text, absent, accented": {"text": "éclair à la crème"},
        "text, absent": {"text": "no text has these words"},
        "all together": {
            "outcome": "hurt", "kind": "punctuation:no_comma", "label": "hurt", "pattern": "pattern-3",
            "annotator": pseudonym, "concern": "disagreement", "text": "bicycle",
        },
    }  # fmt: skip


def prepare(cases: int) -> tuple[str, str]:
    """Empty the tables and create the study. Returns a session key of its lead and the pseudonym of an annotator."""
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.test import Client

    from annotator.studies.models import Membership
    from annotator.studies.services import member_add
    from benchmarks.study_rows import make_study

    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    study = make_study(slug="bench", cases=cases, overlap=2, blind=False, scopes=["answer"])
    lead, *people = (User.objects.create(username=name) for name in ("lead", "one", "two"))
    member_add(study=study, user=lead, role=Membership.Role.LEAD)
    members = [member_add(study=study, user=person, role=Membership.Role.ANNOTATOR) for person in people]
    with transaction.atomic():
        judge_half(study, people)
        hide_rare_words(study)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    client = Client()
    client.force_login(lead)
    return client.cookies["sessionid"].value, members[0].pseudonym


def judge_half(study, people) -> None:  # type: ignore[no-untyped-def]
    from django.utils import timezone

    from annotator.bulk_rows import rows_insert, rows_insert_numbered
    from annotator.studies.models import Annotation, Assignment, Case, Flag

    chosen = list(study.cases.order_by("queue_rank").values_list("pk", flat=True)[: study.cases.count() // 2])
    end = timezone.now() + timedelta(minutes=10)
    submitted = Assignment.Status.SUBMITTED.value
    assignments = rows_insert_numbered(
        Assignment,
        ("case_id", "annotator_id", "status", "lease_until", "second_is_left"),
        [(pk, person.pk, submitted, end, False) for pk in chosen for person in people],
    )
    annotations = rows_insert_numbered(
        Annotation,
        ("assignment_id", "revision", "submission_key", "codebook_id", "label"),
        [(pk, 1, uuid.uuid4(), study.codebook_id, label(n)) for n, pk in enumerate(assignments)],
    )
    patterns = list(study.codebook.patterns.order_by("position").values_list("pk", flat=True))
    rows_insert(
        Annotation.patterns.through,
        ("annotation_id", "pattern_id"),
        ((pk, patterns[5 if n % 5000 == 0 else n // 2 % 5]) for n, pk in enumerate(annotations)),
    )
    flagged = assignments[:: len(assignments) // 100]
    Flag.objects.bulk_create([Flag(assignment_id=assignment, reason="Why?") for assignment in flagged])
    for start in range(0, len(chosen), 5_000):
        Case.objects.filter(pk__in=chosen[start : start + 5_000]).update(submissions=2, complete=True)


def label(n: int) -> str:
    """The label of annotation `n`; annotations 2k and 2k + 1 are of one case."""
    if n // 2 % 5 == 0:
        return ("helped", "hurt")[n % 2]
    return "cant_tell" if n // 2 % 5000 == 1 else ("helped", "hurt", "no_difference")[n // 2 % 3]


def hide_rare_words(study) -> None:  # type: ignore[no-untyped-def]
    from django.db.models import Value
    from django.db.models.functions import Concat

    from annotator.runs.models import Generation

    rare = study.second_run.generations.filter(position__gte=9_000)
    ids = [pk for pk, position in rare.values_list("pk", "position") if position % 10_000 == 9_999]
    words = f" A {RARE}. {RARE_CHINESE}。"
    Generation.objects.filter(pk__in=ids).update(answer=Concat("answer", Value(words)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--pages", type=int, default=40, help="pages of each search; a short list starts again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
        os.environ["VAR_DIR"] = os.environ.get("BENCH_VAR_DIR", folder)
        os.environ["SECRET_KEY"] = uuid.uuid4().hex * 2
        os.environ["DEBUG"] = "1"
        session, pseudonym = prepare(options.cases)
        measure(session, pseudonym, options.pages)


def measure(session: str, pseudonym: str, pages: int) -> None:
    from django.conf import settings
    from django.test import Client

    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.cookies["sessionid"] = session
    client.get(LIST)
    engine = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
    print(f"{engine}: milliseconds a page\n{'':24}{'p50':>8}{'p95':>8}{'first page full or list ended after':>40}")
    figures = {}
    for name, parameters in searches(pseudonym).items():
        seconds, until_full = walk(client, parameters, pages)
        p50, p95 = statistics.median(seconds) * 1000, statistics.quantiles(seconds, n=20)[-1] * 1000
        figures[name] = {"p50_ms": round(p50, 1), "p95_ms": round(p95, 1), "first_full_s": round(until_full, 2)}
        print(f"{name:24}{p50:8.1f}{p95:8.1f}{until_full:38.2f} s")
    figures["last page"] = last_page(client, pages)
    print(json.dumps({"database": engine, "worst_p95_ms": max(f["p95_ms"] for f in figures.values()), **figures}))


def last_page(client, times: int) -> dict[str, float]:  # type: ignore[no-untyped-def]
    """Milliseconds of the last full page of the whole list, and its number: pages are found by key, not counted."""
    from annotator.studies.models import Case
    from annotator.web.lead.case_list import PAGE_SIZE

    ids = Case.objects.filter(study__slug="bench").order_by("-pk").values_list("pk", flat=True)
    after, number = ids[PAGE_SIZE], ids.count() // PAGE_SIZE
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        answer = client.get(f"{LIST}?after={after}")
        seconds.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.status_code
    p50, p95 = statistics.median(seconds) * 1000, statistics.quantiles(seconds, n=20)[-1] * 1000
    print(f"page {number:,}: p50 {p50:.1f}, p95 {p95:.1f}")
    return {"p50_ms": round(p50, 1), "p95_ms": round(p95, 1), "page": number}


def walk(client, parameters: dict[str, str], pages: int) -> tuple[list[float], float]:  # type: ignore[no-untyped-def]
    """Follow the list page after page, as its script does where a search took longer than a page may.

    Returns (seconds of each request, seconds until the first page was full or the list ended).
    """
    from urllib.parse import urlencode

    seconds: list[float] = []
    until_full = 0.0
    query = urlencode(parameters)
    incomplete = False
    while len(seconds) < pages or not until_full:
        began = time.perf_counter()
        answer = client.get(f"{LIST}?{query}", headers={"Cotrast-Fragment": "yes"} if incomplete else {})
        html = answer.content.decode()
        seconds.append(time.perf_counter() - began)
        if answer.status_code != 200:
            raise SystemExit(f"{query}: {answer.status_code}")
        incomplete = 'data-poll="' in html
        if not until_full and not incomplete:
            until_full = sum(seconds)
        _, more, rest = html.partition('rel="next" href="?')
        query = rest.partition('"')[0].replace("&amp;", "&") if more else urlencode(parameters)
    return seconds, until_full


if __name__ == "__main__":
    main()
