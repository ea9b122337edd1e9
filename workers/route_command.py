"""Process of `manage.py route_prompts` for a fine-tuned router: decides on the prompts of a file.

Run as `python -m workers.route_command JOB`, a JSON object. Ends with 0, or with 1 and a sentence.
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
django.setup()

from django.conf import settings  # noqa: E402

from annotator.routing.decisions import decision_lines, read_prompts  # noqa: E402
from annotator.routing.errors import RoutingError  # noqa: E402
from annotator.routing.finetuned import FinetunedRouter  # noqa: E402
from annotator.routing.selectors import router_called  # noqa: E402
from workers.engine import EngineError  # noqa: E402
from workers.engine.local.backend import choose_device  # noqa: E402
from workers.finetuning import load_router  # noqa: E402


def main(arguments: Sequence[str]) -> int:
    job = json.loads(arguments[0])
    try:
        row = router_called(job["name"])
        frozen = FinetunedRouter.from_json(row.artifact)
        router = load_router(frozen, settings.VAR_DIR, choose_device(job["device"]))
        sys.stdout.writelines(decision_lines(row, router, read_prompts(Path(job["file"]))))
    except (RoutingError, EngineError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
