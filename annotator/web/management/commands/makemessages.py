"""Django's `makemessages`, made reproducible: the same sentences give the same file.

`make messages` calls it with the options of this repository, and compiles the result.
"""

import re
from pathlib import Path

from django.core.management.commands import makemessages

_DATE = re.compile(r'^"POT-Creation-Date: .*\n', re.MULTILINE)


class Command(makemessages.Command):
    help = "Collect the sentences to translate. Use `make messages`, which knows the options."

    # The functions that mark checkers' messages (annotator.constraints.messages), beside Django's own.
    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=msg:1", "--keyword=Unit:1,2"]
    # Fuzzy matches are never shown to readers, and look like translations to translators.
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def write_po_file(self, potfile: str, locale: str) -> None:
        super().write_po_file(potfile, locale)
        for path in Path(potfile).parent.glob(f"{locale}/LC_MESSAGES/{self.domain}.po"):
            path.write_text(_DATE.sub("", path.read_text(encoding="utf-8")), encoding="utf-8")
