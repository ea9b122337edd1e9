"""The verbs of ComplexBench's rules: the segments, the text forms and the check of each.

Three families. Plain verbs look at the first segment, without its quotes or whole, whichever obeys. `model_` verbs
look at the first segment; `_each` verbs at every segment that is not blank. Their differences in folding and quoting
are the official code's. Knows nothing of how a verdict is label_for or which verb a rule names.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from annotator.constraints.complexbench import rule_arguments, rule_checks
from annotator.constraints.complexbench.rule_checks import both
from annotator.constraints.complexbench.text_forms import Reader, fold, unquoted, whole
from annotator.constraints.messages import msg
from annotator.constraints.verdict import Verdict

Test = Callable[[str, str], Verdict]
"""A test of one text, given the rule that holds its arguments."""

Judge = Callable[[str, Sequence[str]], list[tuple[int, Verdict]]]
"""Given the rule and at least one segment: a verdict on each segment that was looked at, by its index."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb. It decides a rule that holds every one of `needles` anywhere in its text, and none of `unless`."""

    name: str
    judge: Judge
    needles: tuple[str, ...]
    vacuous: bool = False
    """The verdict where there is no segment to judge."""
    unless: str = ""

    def decides(self, rule: str) -> bool:
        return all(needle in rule for needle in self.needles) and not (self.unless and self.unless in rule)


def _of_words(name: str, check: Callable[[str, Sequence[str]], Verdict]) -> Test:
    return lambda rule, text: check(text, rule_arguments.words(rule, name))


def _of_tail(name: str, check: Callable[[str, str], Verdict], *, one_line: bool = False) -> Test:
    return lambda rule, text: check(text, rule_arguments.tail(rule, name, one_line=one_line))


def _of_range(name: str, check: Callable[[str, float, float], Verdict], *, one_line: bool = True) -> Test:
    return lambda rule, text: check(text, *rule_arguments.number_range(rule, name, one_line=one_line))


def _of_start_and_end(start: str, end: str) -> Test:
    def test(rule: str, text: str) -> Verdict:
        wanted_start, wanted_end = rule_arguments.two_tails(rule, start, end)
        return both(rule_checks.begins(text, wanted_start), rule_checks.ends(text, wanted_end))

    return test


def _keyword_and_forbidden_word(rule: str, text: str) -> Verdict:
    wanted, forbidden = rule_arguments.words(rule, "keyword"), rule_arguments.words(rule, "forbidden_word")
    return both(rule_checks.has_words(text, wanted), rule_checks.lacks_words(text, forbidden))


def _json(rule: str, text: str) -> Verdict:
    return rule_checks.holds_object(text, rule_arguments.literals(rule, "Json"))


def _keyword_num(rule: str, text: str) -> Verdict:
    least, most, words = rule_arguments.counted_words(rule, "model_keyword_num", trimmed=True)
    return rule_checks.word_count_within(text, words, least, most)


def _keyword_num_each(rule: str, text: str) -> Verdict:
    least, most, words = rule_arguments.counted_words(rule, "model_keyword_num_each")
    return rule_checks.word_count_within(text, words, least, most)


def _keyword_num_and_forbidden_word_each(rule: str, text: str) -> Verdict:
    least, most, words, forbidden = rule_arguments.counted_and_forbidden_words(
        rule, "model_keyword_num_each", "model_forbidden_word_each"
    )
    return both(rule_checks.word_count_within(text, words, least, most), rule_checks.lacks_words(text, forbidden))


def _number_each(rule: str, segments: Sequence[str]) -> list[tuple[int, Verdict]]:
    least, most = rule_arguments.number_range(rule, "model_number_each", one_line=True)
    return [(0, rule_checks.parts_within(len(segments), least, most))]


def _starts_with_list_each(rule: str, segments: Sequence[str]) -> list[tuple[int, Verdict]]:
    starts = rule_arguments.words(rule, "model_starts_with_list_each")
    if len(segments) != len(starts):
        return [(0, rule_checks.parts_within(len(segments), len(starts), len(starts)))]
    pairs = enumerate(zip(segments, starts, strict=True))
    return [(index, rule_checks.begins(fold(segment), start)) for index, (segment, start) in pairs if segment]


def _best(rule: str, text: str, test: Test, readers: Sequence[Reader]) -> Verdict:
    """The verdict on the first text form that obeys, or on the last one.

    Later text forms are not made before needed.
    """
    for reader in readers:
        form = reader(text)
        verdict = _moved(test(rule, form.text), form.offset)
        if verdict.obeyed:
            break
    return verdict


def _moved(verdict: Verdict, offset: int) -> Verdict:
    return replace(verdict, spans=tuple((start + offset, end + offset) for start, end in verdict.spans))


def _plain(test: Test, *, vacuous: bool = False, folded: bool = True) -> Judge:
    def test_or_nothing(rule: str, text: str) -> Verdict:
        if not text or "None" in text:
            note = msg("the text is blank or holds the word None, which the official code takes for no answer")
            return Verdict(vacuous, msg("no answer"), msg("an answer"), (), note)
        return test(rule, fold(text) if folded else text)

    return lambda rule, segments: [(0, _best(rule, segments[0], test_or_nothing, (unquoted, whole)))]


def _first(test: Test, *, folded: bool = False, readers: Sequence[Reader] = (whole,)) -> Judge:
    def judge(rule: str, segments: Sequence[str]) -> list[tuple[int, Verdict]]:
        return [(0, _best(rule, fold(segments[0]) if folded else segments[0], test, readers))]

    return judge


def _each(test: Test, *, folded: bool = False, readers: Sequence[Reader] = (whole,), last_too: bool = True) -> Judge:
    """Every segment that is not blank; the last one is left out where the official code leaves it out."""

    def judge(rule: str, segments: Sequence[str]) -> list[tuple[int, Verdict]]:
        kept = segments if last_too or len(segments) == 1 else segments[:-1]
        texts = [(index, fold(segment) if folded else segment) for index, segment in enumerate(kept) if segment]
        return [(index, _best(rule, text, test, readers)) for index, text in texts]

    return judge


def _verb(name: str, judge: Judge, *needles: str, vacuous: bool = False, unless: str = "") -> Verb:
    return Verb(name, judge, needles or (name,), vacuous, unless)


MODEL_VERBS: tuple[Verb, ...] = (
    _verb("model_keyword_each", _each(_of_words("model_keyword_each", rule_checks.has_words), folded=True)),
    _verb(
        "model_keyword_num_each & model_forbidden_word_each",
        _each(_keyword_num_and_forbidden_word_each),
        "model_keyword_num_each",
        "model_forbidden_word_each",
    ),
    _verb("model_keyword_num_each", _each(_keyword_num_each)),
    _verb("model_keyword_num", _first(_keyword_num)),
    _verb("model_keyword", _first(_of_words("model_keyword", rule_checks.has_words))),
    _verb(
        "model_forbidden_word_each",
        _each(_of_words("model_forbidden_word_each", rule_checks.lacks_words), folded=True),
        vacuous=True,
    ),
    _verb("model_forbidden_word", _first(_of_words("model_forbidden_word", rule_checks.lacks_words)), vacuous=True),
    _verb("model_number_each", _number_each),
    _verb(
        "model_length_each",
        _each(_of_range("model_length_each", rule_checks.characters_within), readers=(whole, unquoted)),
    ),
    _verb(
        "model_length_word_each",
        _each(_of_range("model_length_word_each", rule_checks.words_within), readers=(whole, unquoted)),
    ),
    _verb(
        "model_length_word",
        _first(_of_range("model_length_word", rule_checks.words_within), readers=(whole, unquoted)),
    ),
    _verb(
        "model_length",
        _first(_of_range("model_length", rule_checks.characters_within), readers=(unquoted, whole)),
        "model_length:",
    ),
    _verb("model_startswith_each", _each(_of_tail("model_startswith_each", rule_checks.begins), folded=True)),
    _verb("model_starts_with_list_each", _starts_with_list_each),
    _verb(
        "model_startswith & model_endswith",
        _first(_of_start_and_end("model_startswith", "model_endswith"), folded=True),
        "model_startswith",
        "model_endswith",
    ),
    _verb("model_startswith", _first(_of_tail("model_startswith", rule_checks.begins), folded=True)),
    _verb(
        "model_endswith_each",
        _each(
            _of_tail("model_endswith_each", rule_checks.ends), folded=True, readers=(unquoted, whole), last_too=False
        ),
    ),
    _verb("model_endswith", _first(_of_tail("model_endswith", rule_checks.ends), folded=True)),
    _verb(
        "model_constraint_punc_each",
        _each(
            _of_words("model_constraint_punc_each", rule_checks.only_punctuation),
            folded=True,
            readers=(unquoted, whole),
        ),
    ),
    _verb(
        "model_constraint_punc",
        _first(_of_words("model_constraint_punc", rule_checks.only_punctuation), readers=(unquoted,)),
    ),
    _verb(
        "model_not_startswith",
        _first(_of_tail("model_not_startswith", rule_checks.begins_otherwise), folded=True),
        vacuous=True,
    ),
    _verb(
        "model_not_endswith_each",
        _each(_of_tail("model_not_endswith_each", rule_checks.ends_otherwise), folded=True),
        vacuous=True,
    ),
    _verb(
        "model_not_endswith",
        _first(_of_tail("model_not_endswith", rule_checks.ends_otherwise), folded=True),
        vacuous=True,
    ),
)
"""In the order in which the official code looks for them: the first whose needles the rule holds decides."""

PLAIN_VERBS: tuple[Verb, ...] = (
    _verb("keyword & forbidden_word", _plain(_keyword_and_forbidden_word), "keyword", "forbidden_word"),
    _verb("keyword", _plain(_of_words("keyword", rule_checks.has_words)), unless="keyword_num"),
    _verb("match", _plain(_of_tail("match", rule_checks.equals, one_line=True))),
    _verb("constraint_punc", _plain(_of_words("constraint_punc", rule_checks.only_punctuation))),
    _verb("forbidden_word", _plain(_of_words("forbidden_word", rule_checks.lacks_words), vacuous=True), vacuous=True),
    _verb("startswith & endswith", _plain(_of_start_and_end("startswith", "endswith")), "startswith", "endswith"),
    _verb("startswith", _plain(_of_tail("startswith", rule_checks.begins))),
    _verb("not endswith", _plain(_of_tail("not endswith", rule_checks.ends_otherwise), vacuous=True), vacuous=True),
    _verb("endswith", _plain(_of_tail("endswith", rule_checks.ends))),
    _verb(
        "length_word",
        _plain(_of_range("length_word", rule_checks.words_within, one_line=False)),
        "length_word:",
    ),
    _verb("length", _plain(_of_range("length", rule_checks.characters_within, one_line=False)), "length:"),
    _verb("Json", _plain(_json, folded=False)),
)
"""Looked for in this order once no `model_` verb decides and neither "model" nor "each" occurs in the rule."""
