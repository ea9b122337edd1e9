"""`make bench-route`: the time of a request to `/api/v1/route`, by the features of the router.

Each request has a prompt of IFEval that was not asked before, with its token, through every layer of the program but
the socket, on a new SQLite file. Prints processor time, which other programs on the machine do not add to, and the time
that passed. Training data is a part of that of `make bench-router`.
"""

import os
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

REQUESTS = 200


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
        os.environ |= {"VAR_DIR": folder, "SECRET_KEY": uuid.uuid4().hex * 2, "ALLOWED_HOSTS": "testserver"}
        os.environ.pop("DATABASE_URL", None)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        print("| features | processor ms, median | 95th percentile | passed ms, median | 95th percentile |")
        print("| --- | ---: | ---: | ---: | ---: |")
        for features in ("tfidf", "wordllama", "minilm"):
            print(row_of(features), flush=True)


def row_of(features: str) -> str:
    """Train and store a router, ask it, and return the times of its requests."""
    from annotator.routing.models import Router
    from annotator.routing.training import Settings, train_router
    from benchmarks.router import PAIRS, pairs_of_models

    first, second = PAIRS[0]
    prompts = [prompt for prompt in pairs_of_models() if prompt.model == f"{first} > {second}"]
    settings = Settings(features=features, inner_folds=2)  # type: ignore[arg-type]
    router = train_router(prompts, settings)
    Router.objects.create(
        name=features, version=1, features=features, labels="verdicts", artifact=router.to_json(),
        content_hash=router.hash, training={}, report=[], card="",
    )  # fmt: skip
    client = client_of_somebody()
    times = []
    for number, prompt in enumerate(prompts[:REQUESTS]):
        times.append(timed(client, f"{prompt.text} ({number})"))  # a text whose vector is not remembered
    processor, passed = (sorted(1000 * pair[place] for pair in times[1:]) for place in (0, 1))
    middle, late = len(processor) // 2, int(0.95 * len(processor))
    cells = [processor[middle], processor[late], passed[middle], passed[late]]
    return "| " + " | ".join([features, *(f"{cell:.1f}" for cell in cells)]) + " |"


def client_of_somebody() -> Any:
    from django.contrib.auth.models import User

    from tests.api.client import client_of

    return client_of(User.objects.create_user(uuid.uuid4().hex[:8], password=uuid.uuid4().hex))


def timed(client: Any, prompt: str) -> tuple[float, float]:
    processor, passed = time.process_time(), time.perf_counter()
    answer = client.post("/api/v1/route", {"prompt": prompt}, format="json")
    spent = time.process_time() - processor, time.perf_counter() - passed
    assert answer.status_code == 200, answer.content
    return spent


if __name__ == "__main__":
    main()
