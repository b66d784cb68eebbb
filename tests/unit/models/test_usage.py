"""Tokens and their cost."""

import pytest

from backend.models.usage import Price, Usage, estimate


def test_the_cost_is_that_of_a_million_tokens_each_way() -> None:
    assert Usage(2_000_000, 500_000).priced(Price(3.0, 12.0)).cost == pytest.approx(12.0)
    assert Usage(10, 10).priced(Price()).cost == 0


def test_a_sum_is_estimated_when_a_part_of_it_is() -> None:
    assert Usage(1, 2, cost=0.5) + Usage(3, 4, estimated=True, cost=0.25) == Usage(4, 6, estimated=True, cost=0.75)


def test_a_model_that_does_not_count_is_guessed_at_four_characters_a_token() -> None:
    assert estimate(["12345", "678"], "1") == Usage(2, 1, estimated=True)
    assert estimate([], "") == Usage(0, 0, estimated=True)
