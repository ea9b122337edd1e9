"""Checks of ComplexBench's rules on one text, each returning a `Verdict` with its evidence.

Know neither rules nor segments: words, numbers and texts are arguments, and spans are offsets into the checked text.
"Folded" means converted to Chinese punctuation (`text_forms.fold`), in which the official code compares. A check
folds its other arguments, unless its docstring says otherwise; whether `text` is folded is the verb's decision.
"""

import json
import re
import string
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from annotator.constraints.complexbench.rule_arguments import Item
from annotator.constraints.complexbench.text_forms import fold
from annotator.constraints.excerpts import shortened, word_start
from annotator.constraints.messages import Unit, amount, joined, listed, msg, parse_problem
from annotator.constraints.verdict import MAX_SPANS, Span, Verdict

_BRACE = re.compile("[{}]")
_WORD = re.compile(r"\S+")
_PUNCTUATION = frozenset(fold(string.punctuation))
_SHOWN_CHARACTERS, _SHOWN_WORDS = 40, 10
_WORDS, _CHARACTERS = Unit("%(n)s word", "%(n)s words"), Unit("%(n)s character", "%(n)s characters")
_PARTS, _KEYS = Unit("%(n)s part", "%(n)s parts"), Unit("%(n)s key", "%(n)s keys")


def has_words(text: str, words: Sequence[str]) -> Verdict:
    """Every word occurs, folded."""
    offsets = {word: text.find(fold(word)) for word in words}
    missing = [word for word, offset in offsets.items() if offset < 0]
    spans = ((offset, offset + len(word)) for word, offset in offsets.items() if offset >= 0)
    observed = msg("%(n)d of %(amount)s", n=len(offsets) - len(missing), amount=amount(len(offsets), _WORDS))
    note = joined(msg("missing: %(words)s", words=_listed(missing)), _unfolded(text, missing)) if missing else ""
    return Verdict(not missing, observed, msg("all of %(words)s", words=_listed(words)), _kept(spans), note)


def lacks_words(text: str, words: Sequence[str]) -> Verdict:
    """None of the words occurs, folded."""
    occurring = [word for word in dict.fromkeys(words) if fold(word) in text]
    spans = (span for word in occurring for span in islice(_occurrences(text, fold(word)), MAX_SPANS))
    note = msg("forbidden words occur: %(words)s", words=_listed(occurring)) if occurring else _unfolded(text, words)
    observed = amount(len(occurring), Unit("%(n)s forbidden word", "%(n)s forbidden words"))
    return Verdict(not occurring, observed, msg("none of %(words)s", words=_listed(words)), _kept(spans), note)


def word_count_within(text: str, words: Sequence[str], least: int, most: int) -> Verdict:
    """From `least` to `most` of the listed words occur, folded; a word listed twice counts twice."""
    occurring = [word for word in words if fold(word) in text]
    spans = (span for word in dict.fromkeys(occurring) for span in islice(_occurrences(text, fold(word)), 1))
    obeyed = least <= len(occurring) <= most
    observed = msg("%(amount)s of the list", amount=amount(len(occurring), _WORDS))
    required = msg("%(least)d to %(most)d of %(words)s", least=least, most=most, words=_listed(words))
    note = "" if obeyed else _compared(observed, required)
    return Verdict(obeyed, observed, required, _kept(spans), note)


def begins(text: str, start: str) -> Verdict:
    """The text begins with `start`, folded."""
    folded_start = fold(start)
    obeyed = text.startswith(folded_start)
    observed = msg("begins with %(text)s", text=_exactly(text[: len(folded_start)]))
    required = msg("begins with %(text)s", text=_exactly(start))
    note = "" if obeyed else _compared(observed, _exactly(start))
    return Verdict(obeyed, observed, required, _kept([(0, min(len(folded_start), len(text)))]), note)


def begins_otherwise(text: str, start: str) -> Verdict:
    """The text does not begin with `start`, folded."""
    return _negated(begins(text, start), msg("does not begin with %(text)s", text=_exactly(start)))


def ends(text: str, end: str) -> Verdict:
    """The text ends with `end`, folded, or with that and a Chinese full stop or question mark."""
    endings = [fold(end) + mark for mark in ("", "。", "？")]
    ending = next((ending for ending in endings if text.endswith(ending)), None)
    offset = max(len(text) - len(endings[0] if ending is None else ending), 0)
    if ending is None:
        offset = word_start(text, offset)
    observed = msg("ends with %(phrase)s", phrase=_exactly(text[offset:]))
    required = msg("ends with %(phrase)s", phrase=_exactly(end))
    note = _compared(observed, _exactly(end)) if ending is None else ""
    return Verdict(ending is not None, observed, required, _kept([(offset, len(text))]), note)


def ends_otherwise(text: str, end: str) -> Verdict:
    """The text does not end with `end`, folded, with or without a Chinese full stop or question mark."""
    return _negated(ends(text, end), msg("does not end with %(text)s", text=_exactly(end)))


def characters_within(text: str, least: float, most: float) -> Verdict:
    """From `least` to `most` characters; the evidence is the text beyond `most`."""
    return _within(len(text), _CHARACTERS, least, most, _kept([(max(int(most), 0), len(text))]))


def words_within(text: str, least: float, most: float) -> Verdict:
    """From `least` to `most` words separated by white space; the evidence is the words beyond `most`."""
    count = len(text.split())
    excess = next(islice(_WORD.finditer(text), max(int(most), 0), None), None) if count > most else None
    spans = [(excess.start(), len(text.rstrip()))] if excess else []
    return _within(count, _WORDS, least, most, _kept(spans))


def parts_within(count: int, least: float, most: float) -> Verdict:
    """From `least` to `most` segments were extracted."""
    return _within(count, _PARTS, least, most, ())


def equals(text: str, expected: str) -> Verdict:
    """The text is `expected`, possibly with a full stop. `expected` is not folded: ASCII marks in it never match."""
    obeyed = text in (expected, expected + "。", expected + ".")
    folded = msg("the official code compares the text in Chinese punctuation") if fold(expected) != expected else ""
    note = "" if obeyed else joined(msg("the text is not %(text)s", text=_exactly(expected)), folded)
    return Verdict(obeyed, _exactly(text), _exactly(expected), _kept([(0, len(text))]), note)


def only_punctuation(text: str, allowed: Sequence[str]) -> Verdict:
    """No folded ASCII punctuation mark occurs but the allowed ones."""
    unwanted = _PUNCTUATION - {fold(mark) for mark in allowed}
    offsets = [offset for offset, character in enumerate(text) if character in unwanted]
    observed = amount(len(offsets), Unit("%(n)s other mark", "%(n)s other marks"))
    marks = _listed(sorted({text[offset] for offset in offsets}))
    note = msg("%(amount)s: %(words)s", amount=observed, words=marks) if offsets else ""
    spans = ((offset, offset + 1) for offset in offsets[:MAX_SPANS])
    return Verdict(not offsets, observed, msg("no marks but %(marks)s", marks=_listed(allowed)), _kept(spans), note)


def holds_object(text: str, keys: Sequence[Item]) -> Verdict:
    """The first brace-balanced part is a JSON object with exactly these keys; with any keys if none are named."""
    required_keys = [key for key in keys if key != ""]
    exactly = msg("a JSON object with exactly the keys %(keys)s", keys=_listed(required_keys))
    required = exactly if required_keys else msg("a JSON object")
    span = _balanced(text)
    if span is None:
        return Verdict(False, msg("no JSON object"), required, (), msg("no part between balanced braces was found"))
    try:
        value = json.loads(text[span[0] : span[1]])
    except json.JSONDecodeError as error:
        at = span[0] + error.pos
        note = msg(
            "the part between braces is not JSON: %(problem)s at character %(at)d", problem=parse_problem(error), at=at
        )
        return Verdict(False, msg("invalid JSON"), required, _kept([(at, min(at + 1, len(text)))]), note)
    except (ValueError, RecursionError):
        return Verdict(
            False, msg("unreadable JSON"), required, (span,), msg("a number or the nesting is beyond what is read")
        )
    observed = msg("a JSON object with %(amount)s", amount=amount(len(value), _KEYS))
    note = _key_problem(value, required_keys)
    return Verdict(not note, observed, required, (span,), note)


def both(first: Verdict, second: Verdict) -> Verdict:
    """Combine two verdicts: obeyed when both are; a violation shows the evidence of violated ones only."""
    shown = [verdict for verdict in (first, second) if not verdict.obeyed] or [first, second]
    return Verdict(
        bool(first.obeyed and second.obeyed),
        joined(first.observed, second.observed),
        joined(first.required, second.required),
        _kept(span for verdict in shown for span in verdict.spans),
        joined(*(verdict.note for verdict in shown)),
    )


def _negated(verdict: Verdict, required: str) -> Verdict:
    note = msg("%(found)s, which is not allowed", found=verdict.observed) if verdict.obeyed else ""
    return Verdict(not verdict.obeyed, verdict.observed, required, verdict.spans, note)


def _within(count: int, unit: Unit, least: float, most: float, excess: tuple[Span, ...]) -> Verdict:
    obeyed = least <= count <= most
    observed, limit = amount(count, unit), amount(most, unit)
    exactly, between = (
        msg("exactly %(amount)s", amount=limit),
        msg("%(least)s to %(amount)s", least=least, amount=limit),
    )
    required = exactly if least == most else between
    note = "" if obeyed else _compared(observed, required)
    return Verdict(obeyed, observed, required, excess if count > most else (), note)


def _key_problem(value: dict[str, object], required_keys: Sequence[Item]) -> str:
    missing = [key for key in required_keys if key not in value]
    if missing:
        return msg("missing keys: %(words)s", words=_listed(missing))
    other = msg("%(found)s, %(n)d asked", found=amount(len(value), _KEYS), n=len(required_keys))
    return other if required_keys and len(value) != len(required_keys) else ""


def _balanced(text: str) -> Span | None:
    """Find the first balanced part, from a `{` to its `}`; a `}` before any `{` makes the depth negative."""
    depth = start = 0
    for brace in _BRACE.finditer(text):
        if brace[0] == "{":
            start = brace.start() if depth == 0 else start
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return start, brace.end()
    return None


def _unfolded(text: str, words: Iterable[str]) -> str:
    """Name the words that occur in the text only as they are; the official code searches for them folded."""
    literal = [word for word in dict.fromkeys(words) if fold(word) != word and word in text]
    note = msg("the text has %(words)s, but the official code seeks Chinese punctuation", words=_listed(literal))
    return note if literal else ""


def _occurrences(text: str, word: str) -> Iterator[Span]:
    offset = text.find(word) if word else -1
    while offset >= 0:
        yield offset, offset + len(word)
        offset = text.find(word, offset + len(word))


def _kept(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return at most `MAX_SPANS` non-empty spans, sorted, as a `Verdict` requires."""
    return tuple(sorted((start, end) for start, end in spans if start < end)[:MAX_SPANS])


def _exactly(text: str) -> str:
    """Return the text in quotes, with its white space kept and its line breaks visible."""
    cut = text if len(text) <= _SHOWN_CHARACTERS else shortened(text, _SHOWN_CHARACTERS - 1) + "…"
    return "“" + cut.replace("\n", "⏎") + "”"


def _listed(words: Sequence[Item]) -> str:
    more = len(words) - _SHOWN_WORDS
    first = listed(str(word) for word in words[:_SHOWN_WORDS])
    return msg("%(words)s and %(n)d more", words=first, n=more) if more > 0 else first


def _compared(observed: str, limit: str) -> str:
    return msg("%(found)s, %(asked)s asked", found=observed, asked=limit)
