"""Seconds that a lead waits for agreement and dashboard, uncached.

    python benchmarks/agreement.py [--cases 10000] [--annotators 50] [--overlap 2]

Works on a new SQLite file that is removed afterwards, or on the (empty) database of DATABASE_URL.
"""

import argparse
import os
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annotator.studies.models import Assignment, Study

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

KINDS = 25  # as many as IFEval has
PATHS = (
    "agreement/",
    "agreement/numbers/",
    "agreement/numbers/",  # from the cache
    "agreement/kinds/",
    "agreement/pairs/",
    "agreement/pairs/?start=1200",
    "agreement/pairs/?pattern=pattern-1",
    "dashboard/",
    "dashboard/numbers/",
    "dashboard/numbers/",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--annotators", type=int, default=50)
    parser.add_argument("--overlap", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "VAR_DIR": folder,
            "SECRET_KEY": uuid.uuid4().hex * 2,
            "DEBUG": "1",
            "DJANGO_SETTINGS_MODULE": "annotator.settings",
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        measure(options.cases, options.annotators, options.overlap)


def measure(cases: int, annotators: int, overlap: int) -> None:
    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.utils import setup_test_environment

    setup_test_environment()
    timed("rows", lambda: judged_study(cases, annotators, overlap))
    client = Client()
    client.force_login(User.objects.create_user("lead", is_staff=True))
    timed("analysis imported", import_heavy)
    timed("charts imported", import_altair)
    for path in PATHS:
        timed(path, lambda path=path: client.get(f"/studies/bench/{path}"))


def import_heavy() -> None:
    from annotator.analysis import coefficients  # noqa: F401


def import_altair() -> None:
    import altair  # noqa: F401


def timed(name: str, work: Callable[[], object]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    answer = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{wall:7.2f} s wall {cpu:7.2f} s cpu  {name}  {getattr(answer, 'status_code', '')}", flush=True)


def judged_study(cases: int, annotators: int, overlap: int) -> None:
    """Create a study whose cases are annotated by `overlap` annotators, who agree more often than by chance."""
    from annotator.studies.models import Case
    from benchmarks.study_rows import make_study

    rng = random.Random(0)
    study = make_study(slug="bench", cases=cases, overlap=overlap, blind=True)
    spread_kinds()
    judge(rng, study, assign(rng, study, annotators, overlap))
    Case.objects.filter(study=study).update(complete=True)


def spread_kinds() -> None:
    """Give the constraints as many kinds as IFEval has, in turn."""
    from django.db.models import F

    from annotator.datasets.models import Constraint

    for number in range(KINDS):
        of_this_kind = Constraint.objects.annotate(number=F("pk") % KINDS).filter(number=number)
        of_this_kind.update(kind=f"kind:{number}")


def assign(rng: random.Random, study: "Study", annotators: int, overlap: int) -> "list[Assignment]":
    """Create the annotators and, for each case, submitted assignments of `overlap` of them."""
    from django.contrib.auth.models import User
    from django.utils import timezone

    from annotator.studies.models import Assignment
    from annotator.studies.services import member_add

    people = [User.objects.create_user(f"annotator{n}") for n in range(annotators)]
    for person in people:
        member_add(study=study, user=person, role="annotator")
    now = timezone.now()
    chosen = [
        Assignment(
            case=case,
            annotator=person,
            status=Assignment.Status.SUBMITTED,
            lease_until=now,
            second_is_left=rng.random() < 0.5,
            blind_choice=rng.choice(Assignment.Side.values),
            revealed_at=now,
        )
        for case in study.cases.all()
        for person in rng.sample(people, overlap)
    ]
    return Assignment.objects.bulk_create(chosen, batch_size=1000)


def judge(rng: random.Random, study: "Study", assignments: "list[Assignment]") -> None:
    """Annotate each assignment, with up to two patterns and two spans, over the last two weeks."""
    from django.utils import timezone

    from annotator.studies.models import Annotation

    annotations = Annotation.objects.bulk_create(
        [
            Annotation(
                assignment=assignment,
                revision=1,
                submission_key=uuid.uuid4(),
                codebook=study.codebook,
                label=rng.choice([*Annotation.Label.values, *["helped"] * (assignment.case_id % 5)]),
                spans=[
                    {"text": "second.answer", "start": start, "end": start + 20, "pattern": "pattern-1", "quote": ""}
                    for start in rng.sample(range(100), rng.randrange(3))
                ],
                seconds=rng.randrange(5, 120),
            )
            for assignment in assignments
        ],
        batch_size=1000,
    )
    through, patterns = Annotation.patterns.through, list(study.codebook.patterns.all())
    through.objects.bulk_create(
        [
            through(annotation=annotation, pattern=pattern)
            for annotation in annotations
            for pattern in rng.sample(patterns, rng.randrange(3))
        ],
        batch_size=1000,
    )
    for number, annotation in enumerate(annotations):
        annotation.submitted_at = timezone.now() - timedelta(minutes=number % 20_000)
    Annotation.objects.bulk_update(annotations, ["submitted_at"], batch_size=500)


if __name__ == "__main__":
    main()
