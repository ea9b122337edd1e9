"""Published faults of IFEval's prompts, by key and text.

The list is `fixtures/ifeval_known_defects.json`: for each key the hash of the prompt's text, never the text, and which
fault it has. Owns the sentence of each fault. A sentence is stored in English with the prompt, and is a msgid: pages
translate it when they show it. Knows no database.
"""

import json
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext_noop

FIXTURE = "ifeval_known_defects.json"


class Fault(NamedTuple):
    """A kind of fault; `contradictory` where IFEval++ counts two of the prompt's constraints as contradicting."""

    sentence: str
    contradictory: bool


FAULTS = {
    "comma_in_repeated_request": Fault(
        gettext_noop(
            "Two constraints contradict each other: the answer has to begin with the request, word for word, and the "
            "request has a comma, which the answer must not use. IFEval++ dropped the one on commas."
        ),
        contradictory=True,
    ),
    "no_comma_in_repeated_request": Fault(
        gettext_noop(
            "IFEval++ counts two constraints as contradictory and dropped the one on commas: the answer has to begin "
            "with the request, word for word, and to use no comma. This request has no comma, so both can be obeyed."
        ),
        contradictory=True,
    ),
    "forbidden_words_in_repeated_request": Fault(
        gettext_noop(
            "Two constraints contradict each other: the answer has to begin with the request, word for word, and the "
            "request has the words that the answer must not use. IFEval++ dropped one of the two."
        ),
        contradictory=True,
    ),
    "language_of_repeated_request": Fault(
        gettext_noop(
            "Two constraints contradict each other: the answer has to begin with the request, word for word, which is "
            "in English, and to be in another language alone. IFEval++ dropped the one on the language."
        ),
        contradictory=True,
    ),
    "lowercase_and_postscript": Fault(
        gettext_noop(
            "Two constraints contradict each other as the prompt states them: no capital letter, and a postscript that "
            "begins with capital letters. IFEval++ dropped one of the two. The checker of the postscript ignores case."
        ),
        contradictory=True,
    ),
    "english_not_stated": Fault(
        gettext_noop(
            "The checker of capital or lower-case letters requires an answer in English, which the prompt does not ask "
            "for. IFEval++ added it to the prompt."
        ),
        contradictory=False,
    ),
    "changed": Fault(
        gettext_noop(
            "IFEval++ changed the words of this prompt or the arguments of its constraints; compare what the prompt "
            "asks for with what the checkers require."
        ),
        contradictory=False,
    ),
}


def known_defects_of(key: str, text: str) -> list[dict[str, Any]]:
    """Return the published faults of a prompt with this key and text, in the form of `Prompt.known_defects`.

    A key of Multi-IF, such as `1019:16:en`, begins with the key of the IFEval prompt that its first turn is.
    """
    source, prompts = _published()
    entry = prompts.get(key.split(":")[0])
    if entry is None or entry["text_sha256"] != text_hash(text):
        return []
    fault = FAULTS[entry["fault"]]
    return [{"source": source, "sentence": fault.sentence, "contradictory": fault.contradictory}]


def text_hash(text: str) -> str:
    """Return the SHA-256 of the text without white space around it."""
    return sha256(text.strip().encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _published() -> tuple[str, dict[str, dict[str, str]]]:
    published = json.loads((settings.BASE_DIR / "fixtures" / FIXTURE).read_text(encoding="utf-8"))
    return published["source"], published["prompts"]
