"""The kind `complexbench:question`: a scoring question of ComplexBench as a constraint of its prompt.

A judge model answers it, or an extractor model finds the segments that its rule is decided on; the checker alone
cannot decide it. Requirements of other sources that no checker decides are such questions too. Owns the form of a
question as a constraint's arguments. Knows no judge and no judge reply.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn

from annotator.constraints.checker import Checker, UndecidableError
from annotator.constraints.complexbench.instances import COMPOSITION_TYPES, Question
from annotator.constraints.complexbench.prompts import Language
from annotator.constraints.complexbench.rules import argument_problem
from annotator.constraints.excerpts import shortened
from annotator.constraints.messages import msg
from annotator.constraints.parameters import Choice, Parameter, Text, Texts
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import ConstraintArgumentError

KIND = "complexbench:question"
WAITS = msg("a language model has to judge this question, and none has yet")
_TITLE_CHARACTERS = 90


class CompositionTypes(Texts):
    """A list of composition types."""

    def check(self, value: Any) -> tuple[str, ...]:
        names = super().check(value)
        if unknown := [name for name in names if name not in COMPOSITION_TYPES]:
            raise ValueError(f"must hold {', '.join(COMPOSITION_TYPES)} only, not {unknown[0]!r:.80}")
        return names


class QuestionIndices(Parameter):
    """A list of questions of the instance, by their indices counted from 0."""

    def check(self, value: Any) -> tuple[int, ...]:
        if not isinstance(value, list | tuple) or not all(type(index) is int and index >= 0 for index in value):
            raise ValueError(f"must be a list of whole numbers from 0 on, not {value!r:.80}")
        return tuple(value)


class ScoringQuestion(Checker):
    """A question in one language: decided by a judge, or with a `rule` by the rule on the segments of an extractor."""

    kind = KIND
    label = msg("Scoring question")
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Choice("language", ("zh", "en")),
        Text("question"),
        Text("question_en"),
        Text("rule"),
        Texts("dimensions"),
        CompositionTypes("compositions"),
        QuestionIndices("dependencies"),
    )
    random_where_missing = False
    disobeyed_by_blank = False

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        if problem := argument_problem(kwargs.get("rule", "")):
            raise ConstraintArgumentError(self.kind, "rule", f"cannot be decided: {problem}")
        self._text = question_of(kwargs).text_in(kwargs["language"])

    @classmethod
    def missing(cls, values: Mapping[str, Any]) -> str | None:
        """Return "language" or the name of the text in that language; everything else is optional."""
        if "language" not in values:
            return "language"
        text = "question_en" if values["language"] == "en" else "question"
        return None if values.get(text, "").strip() else text

    @property
    def required(self) -> str:
        return msg("yes")

    @property
    def title(self) -> str:
        line = " ".join(self._text.split())
        return line if len(line) <= _TITLE_CHARACTERS else f"{shortened(line, _TITLE_CHARACTERS - 1)}…"

    def obeys(self, variant: TextVariant) -> bool:
        raise UndecidableError(WAITS)

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> NoReturn:
        raise UndecidableError(WAITS)


def kwargs_of(question: Question, language: Language) -> dict[str, Any]:
    """Return a question as constraint arguments, to be asked in `language`."""
    return {
        "language": language,
        "question": question.text,
        "question_en": question.text_en,
        "rule": question.rule,
        "dimensions": list(question.dimensions),
        "compositions": list(question.compositions),
        "dependencies": list(question.dependencies),
    }


def question_of(kwargs: Mapping[str, Any]) -> Question:
    """Return the question from its constraint arguments (`kwargs_of`)."""
    return Question(
        text=kwargs.get("question", ""),
        text_en=kwargs.get("question_en", ""),
        rule=kwargs.get("rule"),
        dimensions=tuple(kwargs.get("dimensions", ())),
        compositions=tuple(kwargs.get("compositions", ())),
        dependencies=tuple(kwargs.get("dependencies", ())),
    )


def kwargs_asking(requirement: str) -> dict[str, Any]:
    """Return the arguments of a question, in English and without a rule, whether a text obeys `requirement`."""
    return {"language": "en", "question_en": f"Does the response obey this requirement? {requirement}"}
