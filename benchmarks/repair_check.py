"""`make bench-repair-check`: milliseconds of the repair editor's live check, for answers of 500 to 5,000 words.

The whole request, from the session to the last byte of HTML, without a network: verdicts on eight constraints, of which
the answer violates five, evidence (a comma every twelve words), suggestions, mentions in the reasoning, and in its view
the difference to the original.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

LENGTHS = (500, 2_000, 5_000)  # words of the answer
VIEWS = ("text", "diff")
CONSTRAINTS: list[tuple[str, dict[str, Any]]] = [
    ("punctuation:no_comma", {}),
    ("length_constraints:number_words", {"relation": "at least", "num_words": 100}),
    ("keywords:forbidden_words", {"forbidden_words": ["river", "lantern"]}),
    ("keywords:existence", {"keywords": ["zeppelin"]}),
    ("startend:end_checker", {"end_phrase": "Ride home folded."}),
    ("change_case:english_lowercase", {}),
    ("length_constraints:number_sentences", {"relation": "at least", "num_sentences": 5}),
    ("detectable_format:number_bullet_lists", {"num_bullets": 3}),
]
WORDS = [
    "river",
    "lantern",
    "quiet",
    "the",
    "a",
    "small",
    "garden",
    "and",
    "carries",
    "nobody",
    "bridge",
    "counts",
    "light",
]


def prose(words: int, rng: random.Random) -> str:
    """Sentences of twelve words, six to a paragraph, with a comma in each."""
    text = []
    for number in range(0, words, 12):
        sentence = [rng.choice(WORDS) for _ in range(12)]
        sentence[5] += ","
        text.append(" ".join(sentence).capitalize() + (".\n\n" if number % 72 == 60 else ". "))
    return "".join(text)


def prepare() -> Any:
    """The candidate of a prompt with all CONSTRAINTS, and a client that is logged in as its curator."""
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client
    from django.test.utils import setup_test_environment

    from annotator.datasets.models import Constraint
    from annotator.exemplars.services.candidates import candidate_create
    from annotator.runs.models import Verdict
    from annotator.studies.services import member_add
    from benchmarks.study_rows import make_study

    setup_test_environment()
    call_command("migrate", verbosity=0)
    study = make_study(slug="bench", cases=1, overlap=1, blind=False)
    dan = User.objects.create(username="dan")
    member_add(study=study, user=dan, role="curator")
    case = study.cases.select_related("study", "prompt", "first", "second").get()
    Verdict.objects.all().delete()
    case.prompt.constraints.all().delete()
    Constraint.objects.bulk_create(
        Constraint(prompt=case.prompt, position=position, kind=kind, kwargs=kwargs)
        for position, (kind, kwargs) in enumerate(CONSTRAINTS)
    )
    client = Client()
    client.force_login(dan)
    return candidate_create(case=case, user=dan), client


def milliseconds(client: Any, candidate: Any, words: int, view: str, rounds: int) -> list[tuple[float, float]]:
    """Milliseconds on the clock and of the processor, for each round."""
    rng = random.Random(words)
    original = prose(words, rng)
    type(candidate.generation).objects.filter(pk=candidate.generation_id).update(answer=original, reasoning="")
    taken = []
    for number in range(rounds + 1):
        fields = {"answer": original.replace("quiet", f"quiet{number}", 40), "reasoning": prose(100, rng), "view": view}
        start, busy = time.perf_counter(), time.process_time()
        answer = client.post(
            f"/studies/bench/repairs/{candidate.pk}/check/", fields, headers={"Cotrast-Fragment": "yes"}
        )
        taken.append((1000 * (time.perf_counter() - start), 1000 * (time.process_time() - busy)))
        assert answer.status_code == 200
    return taken[1:]  # the first one loads what later ones find in memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
        candidate, client = prepare()
        print("| words | view | median ms | 95 % ms | CPU ms |\n| ---: | --- | ---: | ---: | ---: |")
        for words in LENGTHS:
            for view in VIEWS:
                taken = milliseconds(client, candidate, words, view, rounds)
                clock, busy = (sorted(column) for column in zip(*taken, strict=True))
                slow = clock[round(0.95 * (len(clock) - 1))]
                median, cpu = statistics.median(clock), statistics.median(busy)
                print(f"| {words:,} | {view} | {median:.0f} | {slow:.0f} | {cpu:.0f} |")


if __name__ == "__main__":
    main()
