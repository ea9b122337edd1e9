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
    """A model call with the messages that were sent."""

    call: ModelCall
    messages: Sequence[SentMessage]


def calls_of(generation: Generation) -> list[CallWithMessages]:
    """Return the model calls of a generation in order; of a reused result, those of the generation it comes from."""
    calls = list(ModelCall.objects.filter(generation=generation.reused_from_id or generation.pk).order_by("number"))
    return calls_with_messages(calls)


def calls_with_messages(calls: Sequence[ModelCall]) -> list[CallWithMessages]:
    """Return these calls in their order with their messages, by one query for all texts."""
    hashes = {digest for call in calls for _role, digest in call.messages}
    texts = dict(MessageText.objects.filter(hash__in=hashes).values_list("hash", "text"))
    return [
        CallWithMessages(call, [SentMessage(role, texts[digest]) for role, digest in call.messages]) for call in calls
    ]
