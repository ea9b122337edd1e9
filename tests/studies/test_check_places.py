"""The places of hidden checks: one in each block, unlike between annotators, and counted as they come."""

import pytest

from annotator.studies.check_places import CheckPlaces


def walk(places: CheckPlaces, start: int, cases: int, checks: int) -> int:
    """Count the checks of a queue that gives a check at each of their places, until nothing is left."""
    place, found = start, 0
    while True:
        if place in places and found < checks:
            found += 1
        elif cases:
            cases -= 1
        else:
            return found
        place += 1


@pytest.mark.parametrize("every", [2, 3, 10])
def test_each_block_has_one_check(every: int) -> None:
    places = CheckPlaces(study_id=1, annotator_id=2, every=every)
    for block in range(50):
        assert sum(block * every + within in places for within in range(every)) == 1


def test_the_places_differ_between_annotators_studies_and_blocks() -> None:
    def of(study: int, annotator: int) -> list[int]:
        places = CheckPlaces(study, annotator, 10)
        return [place for place in range(200) if place in places]

    assert len({tuple(of(1, annotator)) for annotator in range(20)}) == 20
    assert of(1, 1) != of(2, 1)
    assert len({place % 10 for place in of(1, 1)}) > 3


def test_the_places_depend_on_the_key_of_the_server(settings) -> None:
    def of() -> list[int]:
        return [place for place in range(100) if place in CheckPlaces(1, 1, 10)]

    before = of()
    settings.SECRET_KEY = "another-key-of-the-server-that-is-long-enough"
    assert of() != before


def test_a_study_without_checks_has_no_place_of_one() -> None:
    places = CheckPlaces(1, 1, 0)
    assert not any(place in places for place in range(50))
    assert places.checks_before_the_end(3, cases=40, checks=5) == 0


@pytest.mark.parametrize("every", [2, 3, 10])
@pytest.mark.parametrize("annotator", range(5))
def test_the_checks_to_come_are_counted_as_the_queue_will_give_them(every: int, annotator: int) -> None:
    places = CheckPlaces(1, annotator, every)
    for start in range(3 * every):
        for cases in range(4 * every):
            for checks in (0, 1, 2, 100):
                counted = places.checks_before_the_end(start, cases=cases, checks=checks)
                assert counted == walk(places, start, cases, checks), (start, cases, checks)
