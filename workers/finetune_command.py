"""Process of `manage.py train_router --features finetuned`: trains, reports, stores the router.

Run as `python -m workers.finetune_command JOB`, a JSON object. Ends with 0, or with 1 and a sentence.
"""

import json
import os
import sys
from collections.abc import Sequence
from typing import cast

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
django.setup()

from django.conf import settings as project  # noqa: E402

from annotator.routing.deciders import Decider  # noqa: E402
from annotator.routing.decisions import trained_lines  # noqa: E402
from annotator.routing.errors import RoutingError  # noqa: E402
from annotator.routing.finetuned import FinetuneSettings  # noqa: E402
from annotator.routing.selectors import studies_called  # noqa: E402
from annotator.routing.services import router_train  # noqa: E402
from workers.engine import EngineError  # noqa: E402
from workers.finetuning import Finetuner, TunedRouter, device_for_finetuning, save_router  # noqa: E402


def main(arguments: Sequence[str]) -> int:
    job = json.loads(arguments[0])
    settings = FinetuneSettings(**job["settings"])
    try:
        router = router_train(
            name=job["name"],
            studies=studies_called(job["studies"]),
            settings=settings,
            trainer=Finetuner(settings, device_for_finetuning(job["device"])),
            keep=_keep,
            labels=job["labels"],
            splits=job["splits"],
        )
    except (RoutingError, EngineError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.writelines(f"{line}\n" for line in trained_lines(router))
    return 0


def _keep(router: Decider) -> Decider:
    return save_router(cast(TunedRouter, router), project.VAR_DIR)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
