"""The page of snapshots in a real browser: axe, a silent console, pictures; it changes by itself when one is done."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from annotator.releases import services
from annotator.releases.models import Snapshot
from tests.web.browser.gallery import make_gallery
from tests.web.browser.test_screens import LOOKS, looked_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("look", LOOKS)
def test_a_snapshot_is_asked_for_watched_and_downloaded(
    visit: Callable[..., Any],
    alice: User,
    bob: User,
    lena: User,
    look: str,
    tmp_path: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study = make_gallery(alice, bob, lena).study
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    monkeypatch.setattr(services, "builder_start", lambda: None)
    visitor = visit(lena, **LOOKS[look])
    page = visitor.opens(f"/studies/{study.slug}/snapshots/")
    looked_at(page, "snapshots-none", look)
    page.fill("#licence", "CC-BY-4.0")
    page.click("text=Build the snapshot")
    page.wait_for_selector("[data-poll]")
    claim = services._claimed()
    assert claim is not None
    Snapshot.objects.update(written=300, expected=1_000, started_at=timezone.now())
    page.wait_for_selector("#snapshots progress")
    looked_at(page, "snapshots-under-way", look)
    Snapshot.objects.update(lease_until="2020-01-01T00:00:00Z")
    services.snapshots_build()
    page.wait_for_selector("#snapshots details")
    page.click("#snapshots summary")
    looked_at(page, "snapshots", look)
    with page.expect_download() as download:
        page.click("text=cases.parquet")
    assert Path(download.value.path()).read_bytes().startswith(b"PAR1")
    assert visitor.complaints == []
