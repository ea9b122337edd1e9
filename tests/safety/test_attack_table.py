"""The table of attack classes is true: every class has its row, every file that it names exists and has tests."""

import re

from tests.paths import REPOSITORY
from tests.permission_matrix import PERMISSIONS

CLASSES = 23
PAGE = (REPOSITORY / "docs" / "safety.md").read_text()
ROWS = {int(number): rest for number, rest in re.findall(r"^\| (\d+) \| (.*)$", PAGE, re.M)}


def test_every_class_has_a_row_with_tests() -> None:
    assert list(ROWS) == list(range(1, CLASSES + 1))
    for number, row in ROWS.items():
        files = re.findall(r"`(tests/[\w/]+\.py)`", row)
        assert files, number
        for file in files:
            assert re.search(r"^def test_", (REPOSITORY / file).read_text(), re.M), file


def test_every_test_of_attacks_stands_in_the_table() -> None:
    named = set(re.findall(r"`(tests/safety/\w+\.py)`", PAGE))
    ours = {path.relative_to(REPOSITORY).as_posix() for path in (REPOSITORY / "tests" / "safety").glob("test_*.py")}
    assert ours <= named


def test_every_deletion_names_one_object_in_its_address() -> None:
    deletions = [route for verb, route in PERMISSIONS if verb == "POST" and "delete" in route]
    assert len(deletions) >= 6
    assert all("<" in route.rpartition("delete/")[0] for route in deletions)
    assert not [verb for verb, _route in PERMISSIONS if verb == "DELETE"]


def test_the_policy_on_reports_is_where_people_look_for_it() -> None:
    text = (REPOSITORY / "SECURITY.md").read_text()
    for target in re.findall(r"\]\(([^)h#][^)#]*)", text + PAGE):
        assert (REPOSITORY / target).exists() or (REPOSITORY / "docs" / target).exists(), target
    for heading in ("Report a fault", "Supported versions", "What is trusted"):
        assert f"## {heading}" in text
