"""Words in any script: between spaces where there are spaces, by characters where there are none."""

import time

import pytest

from annotator.analysis.reading_time import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("... — ,", 0),
        ("Don’t stop: it’s a well-kept secret.", 6),
        ("one\ntwo\tthree  four", 4),
        ("Дождь идёт в городе", 4),
        ("오늘 날씨가 좋다", 3),
        ("आज बारिश हो रही है", 5),
        ("今天下雨，很安静。", 7 / 1.6),
        ("我用iPhone拍照", 4 / 1.6 + 1),
        ("今日はとても暑い", 3 / 1.6 + 5 / 2),
        ("ฝนตก", 4 / 5),
        ("🚲🚲", 0),
    ],
)
def test_words_are_counted_in_any_script(text: str, expected: float) -> None:
    assert words(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["今" * 100_000, "。" * 100_000, "a" * 100_000, "-’" * 50_000, "今a" * 50_000])
def test_no_text_takes_long(text: str) -> None:
    start = time.process_time()
    words(text)
    assert time.process_time() - start < 0.5
