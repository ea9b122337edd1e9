"""Screen labels of stored values, and names of a study's texts and effects."""

from typing import Any
from unicodedata import bidirectional

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from annotator.constraints import Message
from annotator.strategies import STRATEGIES
from annotator.studies.models import Study
from annotator.web.label_words import WORDS

_RIGHT_TO_LEFT = frozenset(("R", "AL", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI"))


def localized(text: str) -> str:
    """A checker's message in the reader's language; English if the catalogue lacks it."""
    if not isinstance(text, Message):
        return gettext(text) if text else ""
    values = {name: _isolated(value) for name, value in text.values.items()}
    singular = text.template
    template = ngettext(singular, text.plural, int(text.values["n"])) if text.plural else gettext(singular)
    sentence = template % values if values else template
    return sentence[:1].upper() + sentence[1:] if text[:1].isupper() else sentence


def _isolated(value: Any) -> Any:
    """A value inside a sentence; right-to-left text gets Unicode isolates, so that it cannot reorder the sentence."""
    if isinstance(value, Message):
        return localized(value)
    right_to_left = isinstance(value, str) and any(bidirectional(letter) in _RIGHT_TO_LEFT for letter in value)
    return f"\u2068{value}\u2069" if right_to_left else value


def label_for(family: str, value: str) -> str:
    """The label of `value`, or the value itself without one: a new status is shown, never hidden."""
    return str(WORDS[family].get(value, value))


def split_sentence(status: str, role: str) -> str:
    """Return a sentence on a split status, by role; markers are named where the strategy asks for them."""
    strategy = STRATEGIES.get(role.partition(" ")[0])
    at_markers = strategy is not None and strategy.split == "markers" and status in WORDS["split_at_markers"]
    return label_for("split_at_markers" if at_markers else "split", status)


def role_name(role: str) -> str:
    """The name of one of a study's two runs: its strategy in the reader's language, then what distinguishes it."""
    strategy, space, detail = role.partition(" ")
    return label_for("strategy", strategy) + space + detail


def text_name(text: str, study: Study) -> str:
    """The name of a text that spans point into: the prompt, or the reasoning or answer of one of the runs."""
    position, _dot, part = text.partition(".")
    roles = {"first": study.first_role, "second": study.second_role}
    if position not in roles or part not in _PARTS:
        return label_for("text", text)
    return _PARTS[part] % {"role": role_name(roles[position])}


def effect_name(effect: str, study: Study) -> str:
    """The label of a constraint that the second run's answer gained or lost."""
    return _EFFECTS[effect] % {"role": role_name(study.second_role)}


_PARTS = {"reasoning": _("reasoning of %(role)s"), "answer": _("answer of %(role)s")}
_EFFECTS = {"gained": _("%(role)s gained it"), "lost": _("%(role)s lost it")}
