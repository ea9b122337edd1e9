"""Content hashes in the names of static files, those in module imports included."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.operations.serving import require_static_files
from annotator.web.assets import static_files


def test_what_a_module_imports_is_named_by_content_too(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "annotator.web.assets.static_files.HashedStaticFiles"},
    }
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["rest_framework"])
    modules = [path for path in (tmp_path / "cotrast").glob("*.js") if re.search(r"\.[0-9a-f]{12}\.js$", path.name)]
    assert modules
    for module in modules:
        for imported in re.findall(r'(?:from |import\()"\./([^"]+)"', module.read_text()):
            assert re.fullmatch(r"\w+\.[0-9a-f]{12}\.js", imported)
            assert (tmp_path / "cotrast" / imported).is_file()


def test_a_server_refuses_collected_files_of_another_version(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "annotator.web.assets.static_files.HashedStaticFiles"},
    }
    with pytest.raises(CommandError, match="run `make setup`"):
        require_static_files()
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["rest_framework"])
    require_static_files()
    monkeypatch.setattr(static_files, "_sources", lambda: [("cotrast/new.css", Path(__file__))])
    with pytest.raises(CommandError, match=r"\.venv/bin/python manage\.py collectstatic --noinput"):
        require_static_files()
