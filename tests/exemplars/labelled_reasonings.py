"""Reasonings in the manner of models, labelled by hand: which constraints each speaks of.

The patterns were adapted to `DEVELOPMENT`; `HELD_OUT` was written before any of them ran, and no pattern was changed
for it.
"""

from typing import Any

from annotator.constraints import ConstraintSpec

Labelled = tuple[str, list[tuple[ConstraintSpec, bool]]]
AT_LEAST, LESS_THAN = "at least", "less than"


def spec(kind: str, **kwargs: Any) -> ConstraintSpec:
    return ConstraintSpec(kind, kwargs)


def words(number: int, relation: str = AT_LEAST) -> ConstraintSpec:
    return spec("length_constraints:number_words", num_words=number, relation=relation)


def sentences(number: int, relation: str = AT_LEAST) -> ConstraintSpec:
    return spec("length_constraints:number_sentences", num_sentences=number, relation=relation)


def ends(phrase: str) -> ConstraintSpec:
    return spec("startend:end_checker", end_phrase=phrase)


def forbidden(*terms: str) -> ConstraintSpec:
    return spec("keywords:forbidden_words", forbidden_words=list(terms))


def includes(*terms: str) -> ConstraintSpec:
    return spec("keywords:existence", keywords=list(terms))


def often(keyword: str, number: int, relation: str = AT_LEAST) -> ConstraintSpec:
    return spec("keywords:frequency", keyword=keyword, frequency=number, relation=relation)


def letter(character: str, number: int, relation: str = AT_LEAST) -> ConstraintSpec:
    return spec("keywords:letter_frequency", letter=character, let_frequency=number, let_relation=relation)


def bullets(number: int) -> ConstraintSpec:
    return spec("detectable_format:number_bullet_lists", num_bullets=number)


def highlights(number: int) -> ConstraintSpec:
    return spec("detectable_format:number_highlighted_sections", num_highlights=number)


def paragraphs(number: int) -> ConstraintSpec:
    return spec("length_constraints:number_paragraphs", num_paragraphs=number)


def nth(number: int, place: int, word: str) -> ConstraintSpec:
    kind = "length_constraints:nth_paragraph_first_word"
    return spec(kind, num_paragraphs=number, nth_paragraph=place, first_word=word)


def sections(word: str, number: int) -> ConstraintSpec:
    return spec("detectable_format:multiple_sections", section_spliter=word, num_sections=number)


def placeholders(number: int) -> ConstraintSpec:
    return spec("detectable_content:number_placeholders", num_placeholders=number)


def postscript(marker: str = "P.S.") -> ConstraintSpec:
    return spec("detectable_content:postscript", postscript_marker=marker)


def capitals(number: int, relation: str = AT_LEAST) -> ConstraintSpec:
    return spec("change_case:capital_word_frequency", capital_frequency=number, capital_relation=relation)


def language(code: str) -> ConstraintSpec:
    return spec("language:response_language", language=code)


def repeated(request: str) -> ConstraintSpec:
    return spec("combination:repeat_prompt", prompt_to_repeat=request)


def question(text: str, chinese: str = "") -> ConstraintSpec:
    return spec("complexbench:question", language="en", question_en=text, question=chinese)


NO_COMMA = spec("punctuation:no_comma")
QUOTED = spec("startend:quotation")
LOWER = spec("change_case:english_lowercase")
CAPITAL = spec("change_case:english_capital")
TITLE = spec("detectable_format:title")
JSON = spec("detectable_format:json_format")
OPTIONS = spec("detectable_format:constrained_response")
TWO = spec("combination:two_responses")

DEVELOPMENT: list[Labelled] = [
    (
        "Okay, the user wants a 300+ word summary of the page about Raymond III. I can't use commas at all, so"
        " I'll write short sentences. They also want at least three highlighted parts, like *Early life*.",
        [(words(300), True), (NO_COMMA, True), (highlights(3), True), (TITLE, False)],
    ),
    (
        "The user is planning a trip to Japan. I should think about Tokyo, Kyoto and Osaka, and write like Shakespeare"
        " with thee and thou.",
        [(NO_COMMA, False), (words(400), False), (language("ja"), False)],
    ),
    (
        "I need a resume with placeholders such as [name] and [address]; there must be twelve of them or more.",
        [(placeholders(12), True), (bullets(3), False), (postscript(), False)],
    ),
    (
        "First I repeat the request exactly as it was given, with nothing before it. Then the email, with a title in"
        " << >>.",
        [(repeated("Write an email to my boss"), True), (TITLE, True), (QUOTED, False)],
    ),
    (
        "Everything goes in JSON, so: a dict with keys for the name, the price and the reviews. Keep the values short.",
        [(JSON, True), (words(100, LESS_THAN), False)],
    ),
    (
        'I\'ll write the poem without capital letters. The word "rain" should show up at least five times, so once in'
        " every stanza and twice in the last.",
        [(LOWER, True), (often("rain", 5), True), (CAPITAL, False), (letter("r", 5), False)],
    ),
    (
        "The letter needs a P.S. at the end. Besides, the whole reply has to be wrapped in double quotation marks.",
        [(postscript(), True), (QUOTED, True), (ends("Yours truly"), False)],
    ),
    (
        "Four paragraphs, separated by ***. I plan: history, food, people, weather.",
        [(paragraphs(4), True), (sentences(4), False)],
    ),
    (
        "Two different answers are wanted, and between them six asterisks: ******. The first can be funny.",
        [(TWO, True), (paragraphs(2), False), (highlights(2), False)],
    ),
    (
        "The user asks which one I would choose. I have to answer with 'My answer is yes.', 'My answer is no.' or"
        " 'My answer is maybe.' I think maybe fits.",
        [(OPTIONS, True)],
    ),
    (
        "I must not use the words 'chocolate' and 'sweet'. I can say cocoa instead. The answer should be in German.",
        [(forbidden("chocolate", "sweet"), True), (language("de"), True), (language("fr"), False)],
    ),
    (
        "The story is about a dog. Start with the dog being lost, then the boy looks for him, and in the end they meet."
        " The dog is called Rex.",
        [(includes("collar", "leash"), False), (ends("The end."), False), (sentences(20), False), (capitals(3), False)],
    ),
    (
        "Keywords to include: correlated and experiencing. Word count: I aim for about 120, so it is below the limit.",
        [(includes("correlated", "experiencing"), True), (words(120, LESS_THAN), True), (forbidden("health"), False)],
    ),
    (
        "The third paragraph has to begin with the word 'president', and there must be six in all, parted by two line"
        " breaks.",
        [(nth(6, 3, "president"), True), (often("president", 2), False), (bullets(6), False)],
    ),
    (
        "Is this a list? Exactly five bullet points, each beginning with an asterisk and a space. No words in all caps"
        " more than three times.",
        [(bullets(5), True), (capitals(4, LESS_THAN), True), (highlights(5), False)],
    ),
    (
        "The letter q must appear fewer than 3 times. That is easy if I avoid quick and queen.",
        [(letter("q", 3, LESS_THAN), True), (words(3, LESS_THAN), False), (often("quick", 3), False)],
    ),
    (
        "The generated article needs a formal tone and should mention the application deadline of the scholarship.",
        [
            (question("Does the article mention the application deadline?"), True),
            (question("Is every paragraph introduced by a rhyming couplet?"), False),
        ],
    ),
]

HELD_OUT: list[Labelled] = [
    (
        "Let me think step by step. The limerick is about a penguin. Constraint 1: all in lowercase. Constraint 2:"
        " finish with the exact phrase 'Is there anything else I can help with?' and no other words after it.",
        [(LOWER, True), (ends("Is there anything else I can help with?"), True), (words(50), False), (TITLE, False)],
    ),
    (
        "The request is for a blog post with 5 sections. I will mark each as SECTION 1, SECTION 2 and so on. Length is"
        " free as far as I can see.",
        [(sections("SECTION", 5), True), (words(500), False), (bullets(5), False)],
    ),
    (
        "They want it short: fewer than 8 sentences. Also, italics for two phrases. I should not forget that the reply"
        " has to be in French.",
        [(sentences(8, LESS_THAN), True), (highlights(2), True), (language("fr"), True), (NO_COMMA, False)],
    ),
    (
        "A cover letter for a bakery. Mention the early hours, the oven, the team. Be warm and brief. Sign it.",
        [
            (words(200), False),
            (postscript(), False),
            (placeholders(3), False),
            (QUOTED, False),
            (forbidden("sorry"), False),
        ],
    ),
    (
        "I should avoid the word 'impossible' entirely and use 'challenge' three times or more.",
        [(forbidden("impossible"), True), (often("challenge", 3), True), (includes("courage"), False)],
    ),
    (
        "EVERYTHING IN CAPITAL LETTERS, ENGLISH ONLY. THE HAIKU HAS THREE LINES.",
        [(CAPITAL, True), (sentences(3), False), (language("en"), True)],
    ),
    (
        "The output must be valid JSON with nothing around it, not even a greeting. I'd list the planets as an array.",
        [(JSON, True), (bullets(8), False), (TITLE, False)],
    ),
    (
        "The proposal gets a headline inside double angle brackets. After the main part: a postscript, which starts"
        " with P.P.S.",
        [(TITLE, True), (postscript("P.P.S"), True), (ends("Thank you"), False)],
    ),
    (
        "I will give two alternatives and put ****** between them. Each should be one paragraph. No commas anywhere.",
        [(TWO, True), (NO_COMMA, True), (paragraphs(2), False), (bullets(2), False)],
    ),
    (
        "So the user asks for a rap about the moon. I need to say 'moon' and 'tide' somewhere. At least 12 words should"
        " be fully in upper case.",
        [(includes("moon", "tide"), True), (capitals(12), True), (words(12), False), (CAPITAL, False)],
    ),
    (
        "To be safe I count: the hashtag sign has to be there four times. The tweet has to stay under 280 characters.",
        [(letter("#", 4), True), (words(280, LESS_THAN), False)],
    ),
    (
        "Hmm, what do we know about the Eiffel tower? Built in 1889, 330 metres high, three levels, seven million"
        " visitors a year. The user likes history.",
        [(words(330), False), (sentences(3), False), (paragraphs(3), False), (nth(3, 2, "built"), False)],
    ),
    (
        "The response should contain exactly 3 paragraphs divided by the markdown divider, and I need about 450 words"
        " since at least 400 are required.",
        [(paragraphs(3), True), (words(400), True), (highlights(3), False)],
    ),
    (
        "I need square brackets around things like date, venue and host, five in total. The invitation is wrapped in"
        " quotation marks.",
        [(placeholders(5), True), (QUOTED, True), (JSON, False)],
    ),
    (
        "Paragraph 2 should start with 'however'. There are four paragraphs with a blank line between them.",
        [(nth(4, 2, "however"), True), (often("however", 4), False), (TITLE, False)],
    ),
    (
        "The prompt says to say the request again word for word before the answer. I would copy it first.",
        [(repeated("Tell me a joke"), True), (TWO, False), (QUOTED, False)],
    ),
    (
        "题目要求写一篇申请提款的文章，而且字数要在300字以上，我会分点说明理由。",
        [
            (question("Is the article over 300 characters?", "模型生成的申请提款文章是否在300字以上？"), True),
            (question("Does it end with a poem?", "模型是否以一首古诗结尾？"), False),
        ],
    ),
    (
        "There's a limit of 60 words. I'd rather write 50. The tone is playful; the reader is a child.",
        [(words(60, LESS_THAN), True), (sentences(50), False), (forbidden("playful"), False)],
    ),
    (
        "I'll choose one of the options that were given: it depends on the weather so 'My answer is maybe.'",
        [(OPTIONS, True), (letter("m", 2), False)],
    ),
]
