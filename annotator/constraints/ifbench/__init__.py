"""The 58 kinds of constraint of IFBench ("Generalizing Verifiable Instruction Following", 2025).

Every verdict is that of the official code where that code gives one; docs/ifbench.md lists the kinds and the oddities.
`CHECKERS` are the classes of all kinds. Knows nothing of IFEval's kinds.
"""

from typing import Final

from annotator.constraints.checker import Checker
from annotator.constraints.ifbench import (
    count,
    custom,
    layout,
    letters,
    nesting,
    positions,
    ratio,
    repeat,
    sentence,
    tables,
    templates,
    unverifiable,
    word_lists,
)

CHECKERS: Final[tuple[type[Checker], ...]] = (
    count.KeywordsMultiple,
    count.Numbers,
    count.Punctuation,
    count.UniqueWordCount,
    count.WordCountRange,
    custom.CharacterReverse,
    custom.DateFormatList,
    custom.EuropeanCapitalsSort,
    custom.McqCountLength,
    custom.Multiples,
    custom.ReverseNewline,
    custom.SentenceAlphabet,
    custom.WordReverse,
    layout.LineIndent,
    layout.ListSeparator,
    layout.Newline,
    layout.NoBulletsBullets,
    layout.NoWhitespace,
    layout.SubBullets,
    letters.Alphabet,
    letters.Consonants,
    letters.NoConsecutive,
    letters.OddEvenSyllables,
    letters.Palindrome,
    letters.PrimeLengths,
    letters.Vowel,
    nesting.Parentheses,
    nesting.QuoteUnquote,
    nesting.Quotes,
    positions.KeywordsSpecificPosition,
    positions.LastFirst,
    positions.ParagraphLastFirst,
    positions.Repeats,
    positions.WordsPosition,
    ratio.Overlap,
    ratio.SentenceBalance,
    ratio.SentenceType,
    ratio.SentenceWords,
    ratio.StopWords,
    repeat.RepeatChange,
    repeat.RepeatSimple,
    repeat.RepeatSpan,
    sentence.AlliterationIncrement,
    sentence.SentenceIncrement,
    sentence.SentenceKeyword,
    tables.CsvCity,
    tables.CsvQuotes,
    tables.CsvSpecialCharacter,
    templates.Emoji,
    templates.Options,
    templates.AnswerTemplate,
    templates.Thesis,
    templates.TitleCase,
    unverifiable.StartVerb,
    word_lists.Conjunctions,
    word_lists.PersonNames,
    word_lists.Pronouns,
    word_lists.WordsJapanese,
)

UNVERIFIABLE: tuple[str, ...] = tuple(
    checker.kind for checker in CHECKERS if issubclass(checker, unverifiable.UnverifiableChecker)
)
"""The kinds that are accepted and never decided."""
