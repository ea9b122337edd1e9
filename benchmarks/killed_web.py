"""`make bench-submits`: 1,000 submits while the web server is killed by SIGKILL over and over.

The database is a new SQLite file. The last line is one JSON object: `lost` counts confirmed submissions that are not
stored, `stored_twice` those that are stored more than once, `sent_twice` those that a browser had to send again because
the first answer never came.
"""

import argparse
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submits", type=int, default=1_000)
    parser.add_argument("--annotators", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of one kill of each kind")
    options = parser.parse_args()
    from tests.faults.conftest import migrate
    from tests.faults.fleet import Fleet
    from tests.faults.submitting import WebServer, figures, submit_under_kills

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kinds = [("process", WebServer.kill_a_process), ("server", WebServer.kill)]
        url, engine = f"sqlite:///{folder}/cotrast.sqlite3", "sqlite"
        migrate(folder, url)
        fleet = Fleet(folder, url)
        stack.callback(fleet.stop)
        fleet.start_broker()
        began = time.monotonic()
        kills = kinds * options.rounds
        sent = submit_under_kills(fleet, submits=options.submits, people=options.annotators, kills=kills)
        found = {"database": engine, **figures(fleet, sent), "seconds": round(time.monotonic() - began, 1)}
    for sentence in set(sent.errors):
        print(sentence)
    print(json.dumps(found))
    if found["lost"] or found["stored_twice"] or found["errors"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
