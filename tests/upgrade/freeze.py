"""Freezing of today's rows for the upgrade test: `python -m tests.upgrade.freeze tests/fixtures/NAME.json.gz`.

The database is a new SQLite file with a study in which every feature was used. Run it for each release, with the code
of that release, and name the file after it: older files stay.
"""

import os
import secrets
import sys
import tempfile
from pathlib import Path


def main(path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"VAR_DIR": folder, "SECRET_KEY": secrets.token_hex(32), "LOG_LEVEL": "ERROR"}
        os.environ.pop("DATABASE_URL", None)
        os.environ["DJANGO_SETTINGS_MODULE"] = "annotator.settings"
        import django

        django.setup()
        from django.core.management import call_command

        from tests.releases.snapshots.full_study import make_full_study, make_people
        from tests.routing.rows import make_router
        from tests.safety.hostile_study import make_further_rows
        from tests.traced_studies import trace_planted
        from tests.upgrade.figures import figures_of
        from tests.upgrade.frozen_rows import freeze

        call_command("migrate", verbosity=0)
        people = make_people()
        study = make_full_study(people)
        trace_planted(study)
        make_router("pilot")
        make_further_rows(study, people)
        rows = freeze(path, figures_of(study))
    print(f"{rows} rows in {path}, {path.stat().st_size} bytes")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
