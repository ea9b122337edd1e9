"""What the screens call the values that are stored: one list for each family of values, all translatable."""

from collections.abc import Mapping
from typing import Any
from unicodedata import bidirectional

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from annotator.constraints import Said

_WORDS: Mapping[str, Mapping[str, str | Promise]] = {
    "label": {
        "helped": _("helped"),
        "hurt": _("hurt"),
        "no_difference": _("no difference"),
        "cant_tell": _("can’t tell"),
    },
    "outcome": {"helped": _("helped"), "hurt": _("hurt"), "tie": _("tie")},
    "concern": {
        "disagreement": _("judged differently"),
        "flagged": _("flagged"),
        "disputed": _("disputed: a checker is wrong"),
        "practice": _("practice"),
    },
    "side": {"left": _("left"), "same": _("the same"), "right": _("right")},
    "role": {"lead": _("lead"), "annotator": _("annotator"), "adjudicator": _("adjudicator")},
    "confidence": {"low": _("low"), "medium": _("medium"), "high": _("high")},
    "text": {
        "prompt": _("prompt"),
        "first.reasoning": _("reasoning of the first"),
        "first.answer": _("answer without reasoning"),
        "second.reasoning": _("reasoning"),
        "second.answer": _("answer after reasoning"),
    },
    "sidename": {"left": _("Left"), "right": _("Right")},
    "reasons": {"reasoning": _("reasoning"), "no reasoning": _("no reasoning")},
    "verdict": {"obeyed": _("obeyed"), "violated": _("violated"), "unverifiable": _("not checkable")},
    "effect": {
        "gained": _("reasoning gained it"),
        "lost": _("reasoning lost it"),
    },
    "split": {
        "missing_marker": _("No ANSWER: marker was found, so where the reasoning ends is not known."),
        "repeated_marker": _("The marker THINK: or ANSWER: stands more than once, so the cut may be off."),
        "truncated": _("The model ran out of tokens before it finished."),
        "empty": _("There is no text after the marker ANSWER:, so the answer is empty."),
    },
    "parted": {
        "clean": _("clean"),
        "missing_marker": _("no marker"),
        "repeated_marker": _("repeated marker"),
        "truncated": _("cut off"),
        "empty": _("no answer"),
    },
    "finish": {
        "stop": _("the model stopped by itself"),
        "length": _("the tokens ran out"),
        "refusal": _("the model refused"),
        "error": _("an error"),
    },
    "strategy": {"base": _("base"), "cot": _("cot")},
    "run": {"running": _("running"), "done": _("done"), "cancelled": _("cancelled")},
    "generation": {"queued": _("waiting"), "claimed": _("under way"), "done": _("done"), "failed": _("failed")},
    "assignment": {"held": pgettext_lazy("assignment", "open"), "submitted": _("submitted"), "skipped": _("skipped")},
    "study": {"open": pgettext_lazy("study", "open"), "closed": _("closed")},
    "scope": {"answer": _("answer"), "completion": _("whole completion"), "reasoning": _("reasoning")},
    "message": {"system": _("System message"), "user": _("User message"), "assistant": _("Assistant message")},
}

_TURNING = frozenset(("R", "AL", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI"))


def spoken(text: str) -> str:
    """What a checker says, in the language of the reader. What is in no catalogue stays English."""
    if not isinstance(text, Said):
        return gettext(text) if text else ""
    values = {name: _inserted(value) for name, value in text.values.items()}
    one = text.template
    template = ngettext(one, text.plural, int(text.values["n"])) if text.plural else gettext(one)
    words = template % values if values else template
    return words[:1].upper() + words[1:] if text[:1].isupper() else words


def _inserted(value: Any) -> Any:
    """A value for the middle of a sentence: words that run from right to left must not turn the sentence around."""
    if isinstance(value, Said):
        return spoken(value)
    turns = isinstance(value, str) and any(bidirectional(letter) in _TURNING for letter in value)
    return f"\u2068{value}\u2069" if turns else value


def worded(family: str, value: str) -> str:
    """The words for `value`, or the value itself where there are none: a new status is shown, never hidden."""
    return str(_WORDS[family].get(value, value))
