"""Process of `manage.py replay`: loads the model, runs the calls again, prints the report.

Run as `python -m workers.replay_command GENERATION [--json]`. Ends with 0 where every text is identical, with 1 where
one differs, and with 2 where nothing could be compared.
"""

import json
import os
import sys
from collections.abc import Sequence

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
django.setup()

from annotator.runs.errors import RunError  # noqa: E402
from annotator.runs.selectors import generation_numbered, generation_stored  # noqa: E402
from workers.engine import EngineError, load_backend  # noqa: E402
from workers.replay import replay  # noqa: E402
from workers.replay_report import replay_json, replay_lines  # noqa: E402

IDENTICAL, DIFFERENT, NOT_COMPARED = 0, 1, 2


def main(arguments: Sequence[str]) -> int:
    place, as_json = arguments[0], "--json" in arguments[1:]
    try:
        stored = generation_stored(generation_numbered(place))
        model = stored.generation.run.language_model
        backend = load_backend(model.backend, model.name, model.revision, model.options, model.serving)
        try:
            result = replay(stored, backend)
        finally:
            backend.close()
    except (RunError, EngineError) as error:
        sys.stderr.write(f"{error}\n")
        return NOT_COMPARED
    lines = [json.dumps(replay_json(stored, result))] if as_json else replay_lines(stored, result)
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return IDENTICAL if result.identical else DIFFERENT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
