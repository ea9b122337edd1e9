"""Wording of an item's constraints for a model: the prompt's own words, else a plain description.

Part of the templates of the strategies that use it: another wording needs new versions of their specs.
"""

from annotator.constraints import title
from annotator.constraints.complexbench.question import KIND as SCORING_QUESTION
from annotator.constraints.complexbench.question import question_of
from workers.strategies.protocol import Item, ItemConstraint

EVERY_CONSTRAINT = "every constraint of the request"


def constraint_words(item: Item) -> list[str]:
    """Return one line for each constraint, in order; two constraints of one clause have the same."""
    return [_words(item.prompt, constraint) for constraint in item.constraints]


def constraint_list(item: Item) -> str:
    """Return the constraints as a list, a line each and none twice; for a prompt without any, one line for all."""
    return "\n".join(f"- {words}" for words in dict.fromkeys(constraint_words(item) or [EVERY_CONSTRAINT]))


def _words(prompt: str, constraint: ItemConstraint) -> str:
    own = " ".join(prompt[slice(*constraint.span)].split()) if constraint.span else ""
    return own or _description(constraint)


def _description(constraint: ItemConstraint) -> str:
    if constraint.kind == SCORING_QUESTION and constraint.kwargs.get("language"):  # its title is cut for screens
        return " ".join(question_of(constraint.kwargs).text_in(constraint.kwargs["language"]).split())
    description = str(title(constraint.kind, constraint.kwargs))
    return f"In the reasoning: {description}" if constraint.scope == "reasoning" else description
