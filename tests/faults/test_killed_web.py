"""Web server killed and connections cut during submits: what was confirmed is there, and what was not is taken once."""

import pytest

from tests.faults.fleet import ON_POSTGRESQL, Fleet
from tests.faults.submitting import WebServer, requires_nothing_lost, submit_under_kills

SUBMITS = 200
PEOPLE = 6
_CUT = (
    "select count(pg_terminate_backend(pid)) from pg_stat_activity "
    "where datname = current_database() and pid <> pg_backend_pid()"
)


def test_a_killed_web_server_loses_no_confirmed_submission(fleet: Fleet) -> None:
    kills = [("process", WebServer.kill_a_process), ("server", WebServer.kill)] * 3
    sent = submit_under_kills(fleet, submits=SUBMITS, people=PEOPLE, kills=kills)
    assert sent.kills == {"process": 3, "server": 3}
    assert len(sent.confirmed) >= SUBMITS * 9 // 10
    requires_nothing_lost(fleet, sent)


@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite has no connections to cut: set DATABASE_URL")
def test_cut_connections_lose_no_confirmed_submission(fleet: Fleet) -> None:
    kills = [("connections", lambda _server: fleet.rows(_CUT)[0][0] > 0)] * 6
    sent = submit_under_kills(fleet, submits=SUBMITS, people=PEOPLE, kills=kills)
    assert sent.kills == {"connections": 6}
    requires_nothing_lost(fleet, sent)
