"""Excerpts that are not cut inside a word. Knows no kind."""

_FAR = 80  # characters
_LONGEST_WORD = 40  # characters; a longer run without a space may be cut


def word_start(text: str, position: int) -> int:
    """Return where the word around `position` begins, or `position` between words and inside a very long one."""
    start = position
    while 0 < start < len(text) and text[start].isalnum() and text[start - 1].isalnum():
        start -= 1
        if position - start > _LONGEST_WORD:
            return position
    return start


def word_end(text: str, position: int) -> int:
    """Return where the word around `position` ends, or `position` between words and inside a very long one."""
    end = position
    while 0 < end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
        if end - position > _LONGEST_WORD:
            return position
    return end


def alone_on_line(text: str, start: int, end: int) -> bool:
    """Return whether nothing but white space is on the line beside `text[start:end]`, as far as is looked."""
    if text[start - 1 : start] == text[end : end + 1] == "\n":
        return True
    before, after = text[max(0, start - _FAR) : start], text[end : end + _FAR]
    return not before.rpartition("\n")[2].strip() and not after.partition("\n")[0].strip()


def shortened(text: str, most: int) -> str:
    """Return the beginning of a text, at most `most` characters, without the word that would be cut."""
    start = word_start(text, most)
    return text[: start if start > most // 2 else most].rstrip()


def shortened_front(text: str, most: int) -> str:
    """Return the end of a text, at most `most` characters, without the word that would be cut."""
    least = max(0, len(text) - most)
    end = word_end(text, least)
    return text[end if end < len(text) - most // 2 else least :].lstrip()
