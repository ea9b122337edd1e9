"""Model calls with the texts that were sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotator.runs.models import Generation, MessageText, ModelCall


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One message of a call."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class CallWithMessages:
    """A model call beside the messages that it sent."""

    call: ModelCall
    messages: Sequence[SentMessage]


def calls_of(generation: Generation) -> list[CallWithMessages]:
    """The model calls of a generation in order; those of the generation whose result it reuses, if it does."""
    calls = list(ModelCall.objects.filter(generation=generation.reused_from_id or generation.pk).order_by("number"))
    return calls_with_messages(calls)


def calls_with_messages(calls: Sequence[ModelCall]) -> list[CallWithMessages]:
    """These calls in their order, each with its messages, by one query for all of them."""
    hashes = {digest for call in calls for _role, digest in call.messages}
    texts = dict(MessageText.objects.filter(hash__in=hashes).values_list("hash", "text"))
    return [
        CallWithMessages(call, [SentMessage(role, texts[digest]) for role, digest in call.messages]) for call in calls
    ]
