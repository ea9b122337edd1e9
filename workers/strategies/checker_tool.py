"""Checkers as a tool: the model may check drafts before it answers. A form of `verified_revision`."""

from collections.abc import Generator
from dataclasses import dataclass, field, replace

from annotator.constraints.messages import msg
from workers.engine import Completion, Message, Tool, ToolCall
from workers.strategies.findings import Findings, findings_on
from workers.strategies.protocol import Ask, Decision, Item, Outcome
from workers.strategies.splitting import outcome_of

TOOL = Tool(
    name="check_answer",
    description="Check a draft of the answer: says which constraints of the request it breaks, and where.",
    parameters={
        "type": "object",
        "properties": {"answer": {"type": "string", "description": "the whole draft"}},
        "required": ["answer"],
    },
)
REQUEST = """{prompt}

You may check drafts of your answer with the tool check_answer. Then write the answer alone."""
UNREADABLE = "The argument answer must be the whole text of the draft."
ALL_OBEYED = "The draft breaks no constraint."
NO_MORE = "No further check is possible: write the answer now."
NO_ANSWER = msg("The model wrote no answer after its checks, so the draft that obeys most constraints was taken.")


@dataclass(slots=True)
class _Checks:
    """The calls of the tool so far, and the drafts in them with their findings, each with the call's outcome."""

    item: Item
    most: int
    made: int = 0
    drafts: list[tuple[Outcome, Findings]] = field(default_factory=list)

    @property
    def left(self) -> bool:
        return self.made < self.most

    def reply(self, call: ToolCall, written: Outcome) -> Message:
        """Check the draft of one call and say what was found."""
        if not self.left:
            return Message("tool", NO_MORE, call_id=call.id)
        self.made += 1
        draft = call.arguments.get("answer")
        if not isinstance(draft, str):
            found = UNREADABLE
        else:
            findings = findings_on(draft, self.item)
            self.drafts.append((replace(written, answer=draft), findings))
            found = findings.report() if findings.counts["violated"] else ALL_OBEYED
        return Message("tool", found if self.left else f"{found}\n\n{NO_MORE}", call_id=call.id)


def answer_with_tool(item: Item, *, checks: int) -> Generator[Ask, Completion, Outcome]:
    """Ask for the answer and check drafts, at most `checks` of them; what the model answers then is taken as it is."""
    made = _Checks(item, checks)
    messages: tuple[Message, ...] = (Message("user", REQUEST.replace("{prompt}", item.prompt)),)
    step = "answer"
    while True:
        completion = yield Ask(messages, step, tools=(TOOL,))
        written = replace(outcome_of(completion, "none"), decision=Decision(step, "the model"))
        if not completion.tool_calls or not made.left:
            return _taken(written, completion, made)
        replies = [made.reply(call, written) for call in completion.tool_calls]
        messages = (*messages, completion.turn, *replies)
        step = f"answer after check {made.made}"


def _taken(written: Outcome, completion: Completion, made: _Checks) -> Outcome:
    """Return what the model wrote; the best draft where it wrote no answer, or nothing but a further call."""
    outcome, findings, note = written, findings_on(written.answer, made.item), ""
    if made.drafts and (completion.tool_calls or not written.answer.strip()):
        outcome, findings = max(made.drafts, key=lambda draft: draft[1].counts["obeyed"])
        note = str(NO_ANSWER)
    assert outcome.decision
    decision = replace(outcome.decision, note=note, facts={"checks": made.made, **findings.counts})
    return replace(outcome, decision=decision)
