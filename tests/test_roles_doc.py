"""The table of rights in docs/members.md is that of `access.RIGHTS`."""

import re

from annotator.access import RIGHTS
from annotator.studies.models import Membership
from tests.paths import REPOSITORY

ROW = re.compile(r"\| `(\w+)`: [^|]+\|((?: (?:yes|–) \|)+)$", re.MULTILINE)


def test_the_table_of_rights_is_that_of_the_code() -> None:
    text = (REPOSITORY / "docs" / "members.md").read_text()
    roles = re.search(r"^\| right \|(.+)\|$", text, re.MULTILINE)
    assert roles is not None
    names = [name.strip() for name in roles[1].split("|")]
    assert names == [role.value for role in Membership.Role]
    told = {
        right: [cell.strip() == "yes" for cell in cells.strip(" |").split("|")] for right, cells in ROW.findall(text)
    }
    assert told == {right: [name in allowed for name in names] for right, allowed in RIGHTS.items()}
