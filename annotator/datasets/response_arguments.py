"""Arguments of the commands that read responses: format, sample and split rule."""

from argparse import ArgumentParser, ArgumentTypeError

from annotator.datasets.responses.formats import RESPONSE_FORMATS
from annotator.datasets.responses.records import ResponseFileError
from annotator.datasets.responses.splitting import SPLIT_RULES, SplitRule


def add_response_arguments(parser: ArgumentParser, *, must_split: bool) -> None:
    """Add `--format`, `--sample` and `--split`, which must be chosen or is None."""
    parser.add_argument("--format", default="", choices=sorted(RESPONSE_FORMATS), help="else recognised by the content")
    parser.add_argument("--sample", type=positive, metavar="N", help="which of several samples or epochs, from 1")
    parser.add_argument(
        "--split",
        type=split_rule,
        metavar="RULE",
        required=must_split,
        help=f"how reasoning and answer are separated: {', '.join(SPLIT_RULES)}",
    )


def positive(text: str) -> int:
    """Read a whole number above 0. Raises `ArgumentTypeError`."""
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def split_rule(text: str) -> SplitRule:
    """Read a split rule. Raises `ArgumentTypeError`."""
    try:
        return SplitRule.parse(text)
    except ResponseFileError as error:
        raise ArgumentTypeError(str(error)) from None
