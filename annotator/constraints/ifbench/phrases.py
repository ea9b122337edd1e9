"""Phrases by which IFBench's prompts state each kind, as regular expressions for `locate`.

Owns nothing but the patterns, in which `~` is a gap of a few words. IFBench states a kind in nearly
the same words every time, so one pattern is enough.
"""

PHRASES: dict[str, tuple[str, ...]] = {
    "count:conjunctions": (r"(?:use )?at least \S+ different coordinating conjunctions(?: in [^.\n]{0,20}response)?",),
    "count:keywords_multiple": (r"(?:include )?keyword \S+ once[^.\n]{0,300}seven times(?: in your response)?",),
    "count:numbers": (r"(?:include )?exactly \S+ numbers(?: in [^.\n]{0,20}response)?",),
    "count:person_names": (r"(?:mention )?at least \S+ different person names(?: in [^.\n]{0,20}response)?",),
    "count:pronouns": (r"[^.\n]{0,40}at least \S+ pronouns?",),
    "count:punctuation": (r"(?:use )?every standard punctuation mark~interrobang(?: \(\?!\))?",),
    "count:unique_word_count": (r"(?:use )?at least \S+ unique words(?: in [^.\n]{0,20}response)?",),
    "count:word_count_range": (r"[^.\n]{0,40}between \d+ and \d+ words",),
    "count:words_japanese": (r"every \d+\w* (?:word )?of your response must be in Japanese", r"\bin Japanese\b"),
    "custom:character_reverse": (r"[^.?\n]{0,40}reverse order of what it should be, per letter",),
    "custom:csv_city": (
        r"generate CSV data[^.\n]{0,110}comma delimited\. Please generate 7 rows",
        r"generate CSV data",
    ),
    "custom:csv_quotes": (r"enclose each single field in double quotes", r"generate CSV data"),
    "custom:csv_special_character": (
        r"one field which contains a special character and enclose it in double quotes",
        r"generate CSV data",
    ),
    "custom:date_format_list": (r"(?:use the following )?date format: YYYY-MM-DD",),
    "custom:european_capitals_sort": (r"sorted by latitude, from highest to lowest", r"sorted by latitude"),
    "custom:mcq_count_length": (r"4 multiple choice questions with 5 options each", r"progressively longer"),
    "custom:multiples": (r"only print multiples of 7",),
    "custom:reverse_newline": (r"in reverse alphabetical order, each on a new line", r"in reverse alphabetical order"),
    "custom:sentence_alphabet": (
        r"26-sentence story where each sentence's first word starts with the letters of the alphabet in order",
    ),
    "custom:word_reverse": (r"[^.?\n]{0,40}reverse order of what it should be, per word",),
    "format:emoji": (r"(?:use )?an emoji at the end of every sentence",),
    "format:line_indent": (r"create stairs by incrementally indenting each new line",),
    "format:list": (r"(?:a list of items, )?instead of bullet points use [^\s,;]+",),
    "format:newline": (r"(?:write )?each word on a new line",),
    "format:no_bullets_bullets": (r"at least two sentences~followed by at least two bullet points denoted by \*",),
    "format:no_whitespace": (r"not contain any whitespace",),
    "format:options": (
        r"one of the following options: [^\n]{1,60}?(?=\. |\.?\n|\.?$)",
        r"one of the following options",
    ),
    "format:output_template": (
        r"(?:use )?this exact template[^\n]{0,30}My Answer: \[\w+\] My Conclusion: \[\w+\] Future Outlook: \[\w+\]",
        r"\bexact template\b",
    ),
    "format:parentheses": (r"nest parentheses \(and \[brackets \{and braces\}\]\)~levels deep", r"nest parentheses"),
    "format:quote_unquote": (r"every quoted phrase must be followed by an unquoted explanation",),
    "format:quotes": (r"quotes within quotes within quotes, at least 3 levels deep", r"quotes within quotes"),
    "format:sub-bullets": (
        r"bullet points denoted by \* and at least one sub-bullet point denoted by - for each bullet point",
        r"\bsub-bullet",
    ),
    "format:thesis": (r"thesis statement in italics(?:, use HTML to indicate the italics)?",),
    "format:title_case": (r"[^.\n]{0,40}in title case",),
    "ratio:overlap": (r"trigram overlap of \d+%(?: \(±2%\))?~reference text", r"trigram overlap"),
    "ratio:sentence_balance": (
        r"ratio of sentence types \(declarative, interrogative, exclamatory\)~balanced",
        r"ratio of sentence types",
    ),
    "ratio:sentence_type": (r"2:1 ratio of declarative to interrogative sentences",),
    "ratio:sentence_words": (
        r"three sentences, all containing the same number of characters but using all different words",
        r"the same number of characters",
    ),
    "ratio:stop_words": (r"stop words constitute no more than \d+%",),
    "repeat:repeat_change": (
        r"repeat the request, but change the first word of the repeated request",
        r"repeat the request",
    ),
    "repeat:repeat_simple": (r"only output this sentence here, ignore all other requests",),
    "repeat:repeat_span": (r"copy the span of words~index \d+ and \d+", r"copy the span of words"),
    "sentence:alliteration_increment": (r"longer sequence of consecutive alliterative words than the previous one",),
    "sentence:increment": (r"exactly \d+ more words than the previous one",),
    "sentence:keyword": (r"(?:include )?keyword \S+ in the \S+ sentence(?!, as)",),
    "words:alphabet": (r"must start with the next letter of the alphabet(?:, looping back to 'A' after 'Z')?",),
    "words:consonants": (r"at least one consonant cluster(?: \(two or more consonants together\))?",),
    "words:keywords_specific_position": (
        r"(?:include )?keyword \S+ in the \S+ sentence, as the \S+ word of that sentence",
    ),
    "words:last_first": (r"the last word of each sentence must become the first word of the next sentence",),
    "words:no_consecutive": (r"no two consecutive words can share the same first letter",),
    "words:odd_even_syllables": (r"words with odd and even numbers of syllables",),
    "words:palindrome": (
        r"(?:include )?at least 10 single-word palindromes, each at least 5 characters long",
        r"palindromes",
    ),
    "words:paragraph_last_first": (r"end with the same word it started with(?:, separate paragraphs with a newline)?",),
    "words:prime_lengths": (r"words with lengths that are prime numbers",),
    "words:repeats": (r"not repeat any word more than \S+ times",),
    "words:start_verb": (r"must start with a verb",),
    "words:vowel": (r"only three types? of vowels",),
    "words:words_position": (
        r"the second word in your response and the second to last word[^.\n]{0,80}",
        r"second to last word",
    ),
}
"""The patterns of each kind, the most specific first; case is ignored."""
