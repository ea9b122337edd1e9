"""Django's `makemessages`, so that two people who run it on the same sentences get the same file.

`make messages` calls it with the options of this project, and compiles what it wrote.
"""

import re
from pathlib import Path

from django.core.management.commands import makemessages

_DATE = re.compile(r'^"POT-Creation-Date: .*\n', re.MULTILINE)


class Command(makemessages.Command):
    help = "Collect the sentences to translate. Use `make messages`, which knows the options."

    # How checkers say things (annotator.constraints.messages), beside Django's own names for it.
    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=msg:1", "--keyword=Unit:1,2"]
    # A guess at a translation is worse than none: it would be shown to nobody, and looks like a translation.
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def write_po_file(self, potfile: str, locale: str) -> None:
        super().write_po_file(potfile, locale)
        for path in Path(potfile).parent.glob(f"{locale}/LC_MESSAGES/{self.domain}.po"):
            path.write_text(_DATE.sub("", path.read_text(encoding="utf-8")), encoding="utf-8")
