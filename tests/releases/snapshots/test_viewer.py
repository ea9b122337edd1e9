"""The viewer of a snapshot: opened from disk in a real browser, with hostile texts of models and people."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from annotator.releases.snapshots.building import Options, build_snapshot
from annotator.runs.models import Generation
from annotator.studies.models import Annotation, Study
from tests.web.browser.chromium import CHROMIUM, QUIET
from tests.web.payloads import PAYLOADS

pytestmark = pytest.mark.slow


@pytest.mark.django_db(transaction=True)
def test_it_opens_without_a_server_and_runs_nothing_of_a_text(study: Study, tmp_path: Path) -> None:
    hostile = "\n".join([*PAYLOADS, "</script><script>document.title='ran'</script>", "<!--<script>"])
    Generation.objects.update(answer=hostile, reasoning=hostile)
    Annotation.objects.update(note=hostile)
    Study.objects.update(title="<script>document.title='ran'</script>")
    build_snapshot(Study.objects.get(), tmp_path / "snapshot", Options(formats=("jsonl",)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page()
        problems: list[str] = []
        requests: list[str] = []
        page.on("dialog", lambda dialog: (problems.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: requests.append(request.url))
        page.goto((tmp_path / "snapshot" / "index.html").as_uri())
        rows = page.locator("details")
        assert rows.count() == 4
        for number in range(4):
            rows.nth(number).locator("summary").click()
        assert page.locator("details[open] pre").count() > 8
        assert hostile in page.locator("details[open] pre.reasoning").first.inner_text()
        assert page.title() == "<script>document.title='ran'</script>"
        assert problems == []
        assert [url for url in requests if not url.startswith("file:")] == []
        page.get_by_label("Words in prompt or answers").fill("tea")
        assert page.get_by_role("status").inner_text() == "1 of 1 cases"
