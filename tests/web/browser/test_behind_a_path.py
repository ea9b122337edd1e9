"""Everything below a path of a proxy: pages, scripts, static files, redirects, cookies and REST."""

import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from playwright.sync_api import expect

from annotator.accounts.services import token_issue
from annotator.studies.models import Annotation
from tests.cast import World
from tests.paths import REPOSITORY
from tests.processes import database_url, eventually, free_port

pytestmark = pytest.mark.django_db(transaction=True)

PREFIX = "/cotrast"
PATIENCE_MS = 60_000
OF_THE_CONNECTION = ("connection", "transfer-encoding", "keep-alive")


@pytest.fixture
def server(world: World, tmp_path: Path) -> Iterator[int]:
    """The real web server on the database of this test, under the prefix; its port."""
    port = free_port()
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "SCRIPT_NAME": PREFIX,
        "SECRET_KEY": settings.SECRET_KEY,
        "VAR_DIR": str(tmp_path),
    }
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(collect, cwd=REPOSITORY, env=environment, check=True)
    start = [sys.executable, "manage.py", "start_web", "--port", str(port)]
    process = subprocess.Popen(start, cwd=REPOSITORY, env=environment)
    try:
        assert eventually(lambda: answers(port), 60)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(port: int) -> bool:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        client.request("GET", "/login/")
        return client.getresponse().status == 200
    except OSError:
        return False
    finally:
        client.close()


@pytest.fixture(params=["stripped", "kept"])
def proxy(request: pytest.FixtureRequest, server: int) -> Iterator[str]:
    """The address of a proxy that serves the prefix alone, and strips it from what it passes on or keeps it."""

    class Passing(BaseHTTPRequestHandler):
        def pass_on(self) -> None:
            if not self.path.startswith(f"{PREFIX}/"):
                self.send_error(404)
                return
            path = self.path.removeprefix(PREFIX) if request.param == "stripped" else self.path
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            client = http.client.HTTPConnection("127.0.0.1", server, timeout=30)
            client.request(self.command, path, body, dict(self.headers.items()))
            answer = client.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in (*OF_THE_CONNECTION, "content-length", "date"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content if self.command != "HEAD" else b"")
            client.close()

        do_GET = do_HEAD = do_POST = pass_on  # noqa: N815 - the names of http.server

        def log_message(self, *args: Any) -> None:
            pass

    passing = ThreadingHTTPServer(("127.0.0.1", 0), Passing)
    thread = threading.Thread(target=passing.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{passing.server_port}"
    passing.shutdown()
    passing.server_close()
    thread.join()


def test_somebody_labels_below_a_path_and_all_links_stay_below_it(
    world: World, proxy: str, visit: Callable[..., Any], client_for: Callable[[User], str], alice: User, lena: User
) -> None:
    visitor = visit()
    page = visitor.page
    page.set_default_timeout(PATIENCE_MS)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))

    page.goto(f"{proxy}{PREFIX}/")
    assert page.url == f"{proxy}{PREFIX}/login/?next={PREFIX}/"
    session = {"name": "sessionid", "value": client_for(alice), "domain": "127.0.0.1", "path": f"{PREFIX}/"}
    visitor.context.add_cookies([session])
    page.goto(f"{proxy}{PREFIX}/")
    page.get_by_role("button", name="Start labelling").click()
    expect(page).to_have_title("Case 1 · Does reasoning help? · Cotrast", timeout=PATIENCE_MS)
    page.wait_for_load_state()  # keys work once the modules have run
    visitor.presses("ArrowLeft", "Enter")
    page.wait_for_selector("form.whole")
    page.wait_for_load_state()
    visitor.presses("h", "3")
    visitor.waits_for_saved()
    page.get_by_role("button", name="Submit and next").click()
    expect(page).to_have_title("Case 2 · Does reasoning help? · Cotrast", timeout=PATIENCE_MS)

    assert Annotation.objects.get().label == "helped"
    assert [url for url in requested if not url.startswith(f"{proxy}{PREFIX}/")] == []
    assert {cookie["path"] for cookie in visitor.context.cookies()} == {f"{PREFIX}/"}
    assert not visitor.complaints

    client = http.client.HTTPConnection(proxy.removeprefix("http://"), timeout=30)
    client.request(
        "GET", f"{PREFIX}/api/v1/runs/?limit=1", headers={"Authorization": f"Token {token_issue(user=lena).text}"}
    )
    answer = client.getresponse()
    listed = json.loads(answer.read())
    assert answer.status == 200
    assert listed["next"].startswith(f"{proxy}{PREFIX}/api/v1/runs/?")
