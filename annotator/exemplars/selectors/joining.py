"""An edit as the next exemplar of a prompt set: its place, and the tokens against the budget."""

from dataclasses import dataclass

from annotator.exemplars.errors import PromptSetError
from annotator.exemplars.models import Candidate, Exemplar, PromptSet
from annotator.exemplars.selectors.prompt_sets import contents_of
from annotator.exemplars.set_contents import SetContents
from annotator.exemplars.token_counting import token_counter
from annotator.studies.models import Study


@dataclass(frozen=True, slots=True)
class Joining:
    """A set with the edit as its last exemplar. `version` is the one that it joins: the next one of a frozen set.

    `tokens` are those of a request without its target; `exact` is whether the set's own tokenizer counted them.
    `refusal` says why the set would not take it, and is "" otherwise.
    """

    prompt_set: PromptSet
    version: int
    number: int
    tokens: int
    exact: bool
    refusal: str = ""

    @property
    def over(self) -> int:
        """The tokens beyond the budget, 0 within it and without one."""
        budget = self.prompt_set.budget_tokens
        return max(0, self.tokens - budget) if budget is not None else 0


def sets_to_join(study: Study) -> list[PromptSet]:
    """Return the newest version of each prompt set of a study, by name."""
    newest: dict[str, PromptSet] = {}
    for prompt_set in (
        PromptSet.objects.filter(study=study).select_related("language_model").order_by("name", "version")
    ):
        newest[prompt_set.name] = prompt_set
    return list(newest.values())


def joining(prompt_set: PromptSet, candidate: Candidate, *, reasoning: str, answer: str) -> Joining:
    """Return how the set would be with this edit of the candidate as its last exemplar. Stores nothing."""
    contents, counter = contents_of(prompt_set), token_counter(prompt_set.language_model)
    edit = Exemplar(prompt=candidate.case.prompt, reasoning=reasoning, answer=answer)
    members = contents.exemplars if prompt_set.frozen_at is None else contents.usable
    with_edit = SetContents((*members, edit), contents.template, contents.shows_reasoning)
    tokens, refusal = 0, ""
    try:
        tokens = counter.count(with_edit.texts())
        with_edit.check()
    except PromptSetError as error:
        refusal = str(error)
    version = prompt_set.version + (prompt_set.frozen_at is not None)
    return Joining(prompt_set, version, len(members) + 1, tokens, counter.exact, refusal)
