"""Strategies as the run form offers them: words, parameters, and what a model lacks for each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from annotator.runs.models import LanguageModel
from annotator.strategies import STRATEGIES, StrategySpec
from annotator.web.labels import label_for
from annotator.web.runs.parameter_fields import ParameterForm
from annotator.web.strategy_words import strategy_sentence


@dataclass(frozen=True, slots=True)
class StrategyChoice:
    """One strategy of the form. `lacks` is why the chosen model cannot be used for it, "" if it can."""

    spec: StrategySpec
    ticked: bool
    parameters: ParameterForm
    lacks: str

    @property
    def sentence(self) -> str:
        return strategy_sentence(self.spec.name)

    @property
    def opens(self) -> bool:
        """Whether its parameters must be looked at: one has no default or was refused."""
        return self.parameters.is_bound and self.ticked and bool(self.parameters.errors)


def strategy_choices(data: Any, ticked: Iterable[str], model: LanguageModel | None) -> Sequence[StrategyChoice]:
    """Every strategy, in the order of `STRATEGIES`; only the parameters of ticked ones are read from `data`."""
    chosen = set(ticked)
    return [
        StrategyChoice(
            spec=spec,
            ticked=name in chosen,
            parameters=ParameterForm(data if name in chosen else None, spec=spec),
            lacks=lack(spec, model) if model else "",
        )
        for name, spec in STRATEGIES.items()
    ]


def lacks_by_model(models: Iterable[LanguageModel]) -> Mapping[str, Mapping[str, str]]:
    """id of a model -> strategy -> why it cannot be used for that strategy, where it cannot."""
    return {
        str(model.pk): {name: sentence for name, spec in STRATEGIES.items() if (sentence := lack(spec, model))}
        for model in models
    }


def lack(spec: StrategySpec, model: LanguageModel) -> str:
    """Return the reason why `model` cannot be used for the strategy, "" if it can."""
    missing = [ability for ability in spec.needs if ability not in model.offers]
    if not missing:
        return ""
    return _("Not with %(model)s, which does not offer %(abilities)s.") % {
        "model": model.slug,
        "abilities": ", ".join(label_for("ability", ability) for ability in missing),
    }
