"""Estimated token counts: by four bytes a token at first, then by what the provider counted."""

from workers.engine.remote.token_rate import TokenRate


def test_the_rate_follows_the_counts_of_the_provider() -> None:
    rate = TokenRate()
    assert rate.count("") == 0
    assert rate.count("a" * 40) == 10
    for _ in range(50):
        rate.learn("无花果是水果。" * 10, 70)  # a token for three bytes
    assert rate.count("果" * 100) in range(98, 112)


def test_a_count_of_nothing_teaches_nothing() -> None:
    rate = TokenRate()
    rate.learn("text", 0)
    rate.learn("", 50)
    assert rate.count("a" * 40) == 10
