"""Every requirement is pinned exactly: a clean clone has the versions that were tested."""

import re

import pytest

from tests.paths import REPOSITORY


def lines(name: str) -> list[str]:
    return [line.split("#")[0].strip() for line in (REPOSITORY / name).read_text().splitlines()]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-data.txt"])
def test_every_requirement_is_pinned_exactly(name: str) -> None:
    pin = r"[A-Za-z0-9._-]+(\[[a-z]+\])?==[0-9][0-9A-Za-z.]*(; python_version < \"[0-9.]+\")?"
    assert all(re.fullmatch(pin, line) for line in lines(name) if line)
