"""Verbs of ComplexBench's rules: the segments, the text forms and the check of each.

Three families. Plain verbs check the first segment without its quotes and, if that violates, whole. `model_` verbs
check the first segment; `_each` verbs check every segment that is not empty. Their differences in folding and quoting
are the official code's. Knows nothing of how evidence is worded (`rule_checks`) or which verb a rule names (`rules`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from annotator.constraints.complexbench import rule_arguments, rule_checks
from annotator.constraints.complexbench.rule_checks import both
from annotator.constraints.complexbench.text_forms import MakeForm, fold, unquoted, whole
from annotator.constraints.messages import msg
from annotator.constraints.verdict import Verdict

TextCheck = Callable[[str, str], Verdict]
"""(rule, text) -> verdict; the rule has the arguments."""

SegmentsCheck = Callable[[str, Sequence[str]], list[tuple[int, Verdict]]]
"""(rule, segments) -> the verdict on each checked segment, with its index. There is at least one segment."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb. It decides a rule whose text contains every one of `needles`, and not `unless`."""

    name: str
    judge: SegmentsCheck
    needles: tuple[str, ...]
    vacuous: bool = False  # the verdict where there is no segment
    unless: str = ""

    def decides(self, rule: str) -> bool:
        return all(needle in rule for needle in self.needles) and not (self.unless and self.unless in rule)


def _of_words(name: str, check: Callable[[str, Sequence[str]], Verdict]) -> TextCheck:
    return lambda rule, text: check(text, rule_arguments.words(rule, name))


def _of_argument(name: str, check: Callable[[str, str], Verdict], *, one_line: bool = False) -> TextCheck:
    return lambda rule, text: check(text, rule_arguments.argument_after(rule, name, one_line=one_line))


def _of_range(name: str, check: Callable[[str, float, float], Verdict], *, one_line: bool = True) -> TextCheck:
    return lambda rule, text: check(text, *rule_arguments.number_range(rule, name, one_line=one_line))


def _of_start_and_end(start: str, end: str) -> TextCheck:
    def check(rule: str, text: str) -> Verdict:
        required_start, required_end = rule_arguments.two_arguments(rule, start, end)
        return both(rule_checks.begins(text, required_start), rule_checks.ends(text, required_end))

    return check


def _keyword_and_forbidden_word(rule: str, text: str) -> Verdict:
    keywords, forbidden = rule_arguments.words(rule, "keyword"), rule_arguments.words(rule, "forbidden_word")
    return both(rule_checks.has_words(text, keywords), rule_checks.lacks_words(text, forbidden))


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


def _best(rule: str, text: str, check: TextCheck, forms: Sequence[MakeForm]) -> Verdict:
    """Return the verdict on the first text form that obeys, or on the last one.

    A later text form is made only where the earlier ones violate, since making it may raise.
    """
    for make_form in forms:
        form = make_form(text)
        verdict = _shifted(check(rule, form.text), form.offset)
        if verdict.obeyed:
            break
    return verdict


def _shifted(verdict: Verdict, offset: int) -> Verdict:
    return replace(verdict, spans=tuple((start + offset, end + offset) for start, end in verdict.spans))


def _plain(check: TextCheck, *, vacuous: bool = False, folded: bool = True) -> SegmentsCheck:
    def check_or_no_answer(rule: str, text: str) -> Verdict:
        if not text or "None" in text:
            note = msg("the text is blank or holds the word None, which the official code takes for no answer")
            return Verdict(vacuous, msg("no answer"), msg("an answer"), (), note)
        return check(rule, fold(text) if folded else text)

    return lambda rule, segments: [(0, _best(rule, segments[0], check_or_no_answer, (unquoted, whole)))]


def _first(check: TextCheck, *, folded: bool = False, forms: Sequence[MakeForm] = (whole,)) -> SegmentsCheck:
    def judge(rule: str, segments: Sequence[str]) -> list[tuple[int, Verdict]]:
        return [(0, _best(rule, fold(segments[0]) if folded else segments[0], check, forms))]

    return judge


def _every(
    check: TextCheck, *, folded: bool = False, forms: Sequence[MakeForm] = (whole,), last_too: bool = True
) -> SegmentsCheck:
    """Check every segment that is not empty; the last of several is left out where the official code leaves it out."""

    def judge(rule: str, segments: Sequence[str]) -> list[tuple[int, Verdict]]:
        kept = segments if last_too or len(segments) == 1 else segments[:-1]
        texts = [(index, fold(segment) if folded else segment) for index, segment in enumerate(kept) if segment]
        return [(index, _best(rule, text, check, forms)) for index, text in texts]

    return judge


def _verb(name: str, judge: SegmentsCheck, *needles: str, vacuous: bool = False, unless: str = "") -> Verb:
    return Verb(name, judge, needles or (name,), vacuous, unless)


MODEL_VERBS: tuple[Verb, ...] = (
    _verb("model_keyword_each", _every(_of_words("model_keyword_each", rule_checks.has_words), folded=True)),
    _verb(
        "model_keyword_num_each & model_forbidden_word_each",
        _every(_keyword_num_and_forbidden_word_each),
        "model_keyword_num_each",
        "model_forbidden_word_each",
    ),
    _verb("model_keyword_num_each", _every(_keyword_num_each)),
    _verb("model_keyword_num", _first(_keyword_num)),
    _verb("model_keyword", _first(_of_words("model_keyword", rule_checks.has_words))),
    _verb(
        "model_forbidden_word_each",
        _every(_of_words("model_forbidden_word_each", rule_checks.lacks_words), folded=True),
        vacuous=True,
    ),
    _verb("model_forbidden_word", _first(_of_words("model_forbidden_word", rule_checks.lacks_words)), vacuous=True),
    _verb("model_number_each", _number_each),
    _verb(
        "model_length_each",
        _every(_of_range("model_length_each", rule_checks.characters_within), forms=(whole, unquoted)),
    ),
    _verb(
        "model_length_word_each",
        _every(_of_range("model_length_word_each", rule_checks.words_within), forms=(whole, unquoted)),
    ),
    _verb(
        "model_length_word",
        _first(_of_range("model_length_word", rule_checks.words_within), forms=(whole, unquoted)),
    ),
    _verb(
        "model_length",
        _first(_of_range("model_length", rule_checks.characters_within), forms=(unquoted, whole)),
        "model_length:",
    ),
    _verb("model_startswith_each", _every(_of_argument("model_startswith_each", rule_checks.begins), folded=True)),
    _verb("model_starts_with_list_each", _starts_with_list_each),
    _verb(
        "model_startswith & model_endswith",
        _first(_of_start_and_end("model_startswith", "model_endswith"), folded=True),
        "model_startswith",
        "model_endswith",
    ),
    _verb("model_startswith", _first(_of_argument("model_startswith", rule_checks.begins), folded=True)),
    _verb(
        "model_endswith_each",
        _every(
            _of_argument("model_endswith_each", rule_checks.ends),
            folded=True,
            forms=(unquoted, whole),
            last_too=False,
        ),
    ),
    _verb("model_endswith", _first(_of_argument("model_endswith", rule_checks.ends), folded=True)),
    _verb(
        "model_constraint_punc_each",
        _every(
            _of_words("model_constraint_punc_each", rule_checks.only_punctuation),
            folded=True,
            forms=(unquoted, whole),
        ),
    ),
    _verb(
        "model_constraint_punc",
        _first(_of_words("model_constraint_punc", rule_checks.only_punctuation), forms=(unquoted,)),
    ),
    _verb(
        "model_not_startswith",
        _first(_of_argument("model_not_startswith", rule_checks.begins_otherwise), folded=True),
        vacuous=True,
    ),
    _verb(
        "model_not_endswith_each",
        _every(_of_argument("model_not_endswith_each", rule_checks.ends_otherwise), folded=True),
        vacuous=True,
    ),
    _verb(
        "model_not_endswith",
        _first(_of_argument("model_not_endswith", rule_checks.ends_otherwise), folded=True),
        vacuous=True,
    ),
)
"""In the order of the official code: the first verb that fits the rule decides it."""

PLAIN_VERBS: tuple[Verb, ...] = (
    _verb("keyword & forbidden_word", _plain(_keyword_and_forbidden_word), "keyword", "forbidden_word"),
    _verb("keyword", _plain(_of_words("keyword", rule_checks.has_words)), unless="keyword_num"),
    _verb("match", _plain(_of_argument("match", rule_checks.equals, one_line=True))),
    _verb("constraint_punc", _plain(_of_words("constraint_punc", rule_checks.only_punctuation))),
    _verb("forbidden_word", _plain(_of_words("forbidden_word", rule_checks.lacks_words), vacuous=True), vacuous=True),
    _verb("startswith & endswith", _plain(_of_start_and_end("startswith", "endswith")), "startswith", "endswith"),
    _verb("startswith", _plain(_of_argument("startswith", rule_checks.begins))),
    _verb("not endswith", _plain(_of_argument("not endswith", rule_checks.ends_otherwise), vacuous=True), vacuous=True),
    _verb("endswith", _plain(_of_argument("endswith", rule_checks.ends))),
    _verb(
        "length_word",
        _plain(_of_range("length_word", rule_checks.words_within, one_line=False)),
        "length_word:",
    ),
    _verb("length", _plain(_of_range("length", rule_checks.characters_within, one_line=False)), "length:"),
    _verb("Json", _plain(_json, folded=False)),
)
"""Tried in this order where no `model_` verb fits and neither "model" nor "each" occurs in the rule."""
