"""Texts on which our verdicts and the official ones are compared: always the same ones, made from a seed.

Needs only the standard library, because `official` runs it in an environment of IFBench's own.
"""

import hashlib
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.constraints.ifbench.examples import EXAMPLES

MUTATIONS = 60  # of each kind and source
FOREIGN = 24  # responses to other prompts, of each kind
_SEED = 20261130
_PIECES = (
    *".?!,-*\"'()[]{}<>\n\t #/:;_1éİßΣ“”’雨😀\u2003", "...", "\n\n", "\n ", "<i>", "</i>", "<em>", "</em>",
    " Dr. ", " U.S. He ", " Inc. He ", " Ph.D. ", " e.g. ", "3.14", "1,000", "?!", '."', "!'", ".”", " and ",
    " I ", "- ", "* ", "level ", " a.com ", " can't ", "(and [so {on}])", "🌧", "❤️", "Question 1:",
    "My Answer:", "Zimbabwe\n", "the the ", " x. ", " A.B.C. D. It ", " \n\n\n ", "<prd>", "<stop>", "cannot ",
    "14 ", '""',
)  # fmt: skip

Mutator = Callable[[random.Random, str], str]


@dataclass(frozen=True)
class Case:
    """One text and one constraint."""

    source: str  # "example", "sample", "foreign", or the mutator's name
    kwargs: dict[str, Any]
    text: str


def own_cases(kind: str) -> list[Case]:
    """Return our examples of the kind and their mutations."""
    kwargs, obeying, violating = EXAMPLES[kind]
    texts = [*obeying, *violating]
    seeds = [(kwargs, text) for text in (*obeying, *texts)]  # those that obey twice: most mutations violate
    return [*(Case("example", kwargs, text) for text in texts), *_mutations(kind, seeds)]


def sample_cases(kind: str, rows: Sequence[tuple[dict[str, Any], str]], responses: Sequence[str]) -> list[Case]:
    """Return the sample responses of the kind with the arguments of their prompts, others, and mutations of both."""
    rng = random.Random(f"{_SEED} {kind}")
    kwargs = [kwargs for kwargs, _ in rows] or [EXAMPLES[kind][0]]
    foreign = [Case("foreign", rng.choice(kwargs), rng.choice(responses)) for _ in range(FOREIGN)]
    seeds = list(rows) or [(case.kwargs, case.text) for case in foreign]
    return [*(Case("sample", *row) for row in rows), *foreign, *_mutations(kind, seeds)]


def digest(cases: Sequence[Case]) -> str:
    """Return a hash of the cases, to tell whether stored verdicts belong to them."""
    content = json.dumps([[case.source, case.kwargs, case.text] for case in cases], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _mutations(kind: str, seeds: Sequence[tuple[dict[str, Any], str]]) -> Iterator[Case]:
    rng = random.Random(f"{_SEED} {kind} {len(seeds)}")
    for number in range(MUTATIONS):
        kwargs, text = seeds[number % len(seeds)]
        names = []
        for _ in range(rng.choice((1, 1, 2))):
            mutator = rng.choice(_MUTATORS)
            names.append(mutator.__name__.strip("_"))
            text = mutator(rng, text)
        yield Case("+".join(names), _changed_arguments(rng, kwargs), text)


def _changed_arguments(rng: random.Random, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments, in one of four cases with a number that is a little larger or smaller."""
    numbers = [name for name, value in kwargs.items() if isinstance(value, int | float)]
    if not numbers or rng.random() > 0.25:
        return kwargs
    name = rng.choice(numbers)
    return {**kwargs, name: max(1, int(kwargs[name]) + rng.choice((-3, -2, -1, 1, 2, 3)))}


def _insert(rng: random.Random, text: str) -> str:
    place = rng.randint(0, len(text))
    return text[:place] + rng.choice(_PIECES) + text[place:]


def _insert_at_a_word(rng: random.Random, text: str) -> str:
    words = text.split(" ")
    words.insert(rng.randint(0, len(words)), rng.choice(_PIECES).strip(" "))
    return " ".join(words)


def _delete(rng: random.Random, text: str) -> str:
    place = rng.randint(0, max(0, len(text) - 1))
    return text[:place] + text[place + rng.choice((1, 1, 5)) :]


def _double_a_word(rng: random.Random, text: str) -> str:
    words = text.split(" ")
    place = rng.randrange(len(words))
    return " ".join([*words[:place], words[place], *words[place:]])


def _drop_a_word(rng: random.Random, text: str) -> str:
    words = text.split(" ")
    del words[rng.randrange(len(words))]
    return " ".join(words)


def _swap_words(rng: random.Random, text: str) -> str:
    words = text.split(" ")
    one, other = rng.randrange(len(words)), rng.randrange(len(words))
    words[one], words[other] = words[other], words[one]
    return " ".join(words)


def _swap_lines(rng: random.Random, text: str) -> str:
    lines = text.split("\n")
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines)


def _drop_a_line(rng: random.Random, text: str) -> str:
    lines = text.split("\n")
    del lines[rng.randrange(len(lines))]
    return "\n".join(lines)


def _drop_a_sentence(rng: random.Random, text: str) -> str:
    sentences = text.split(". ")
    del sentences[rng.randrange(len(sentences))]
    return ". ".join(sentences)


def _change_a_mark(rng: random.Random, text: str) -> str:
    places = [place for place, character in enumerate(text) if character in ".?!,;:'\"()[]{}*-"]
    if not places:
        return text + rng.choice(".?!")
    place = rng.choice(places)
    return text[:place] + rng.choice(".?!,;:'\"()[]{}*-") + text[place + 1 :]


def _change_case(rng: random.Random, text: str) -> str:
    return rng.choice((str.upper, str.lower, str.title, str.swapcase))(text)


def _wrap(rng: random.Random, text: str) -> str:
    before, after = rng.choice(
        (("Sure! Here it is:\n", ""), ("", "\n\nHope this helps!"), ("**", "**"), ("  ", "\n"), ("> ", ""))
    )
    return before + text + after


def _cut(rng: random.Random, text: str) -> str:
    return text[: max(1, rng.randint(len(text) // 3, len(text)))]


def _split_lines(rng: random.Random, text: str) -> str:
    return text.replace(rng.choice((" ", ". ", ", ")), "\n")


def _join_lines(rng: random.Random, text: str) -> str:
    return text.replace("\n", rng.choice((" ", "", "\n\n", "\r\n")))


_MUTATORS: tuple[Mutator, ...] = (
    _insert, _insert, _insert, _insert_at_a_word, _insert_at_a_word, _delete, _delete, _double_a_word, _drop_a_word,
    _swap_words, _swap_lines, _drop_a_line, _drop_a_sentence, _change_a_mark, _change_a_mark, _change_case, _wrap, _cut,
    _split_lines, _join_lines,
)  # fmt: skip
