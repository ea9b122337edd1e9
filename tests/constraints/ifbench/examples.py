"""Our own texts for every kind of IFBench that is decided: two or more that obey it and two or more that do not.

The official code's verdicts on them, and on their mutations, are in `own.json`; `official` made that file.
"""

from typing import Any

from tests.constraints.ifbench.long_texts import AFRICA, ALPHABET_STORY, CAPITALS, FOUR_QUESTIONS

_REQUEST = "Describe the rain over the harbour of our town in the late autumn"
_KEYWORDS = {"keyword1": "rain", "keyword2": "harbour", "keyword3": "boat", "keyword4": "tide", "keyword5": "gull"}
_REFERENCE = "The rain fell over the harbour, and the boats came home."
_STORY = (
    "Rain fell on the old harbour all night. Nobody slept, for the roof was thin! Would the boats come home? "
    "Mr. Tarn, who kept the light, said so. He had 3.5 litres of oil, a rope, and no fear."
)

EXAMPLES: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "count:conjunctions": (
        {"small_n": 3},
        ["Rain and wind came, but nobody left, for the boats were in.", "And and, and; or so."],
        ["Rain and wind and hail.", "Ford yet-to-be and butter"],
    ),
    "count:keywords_multiple": (
        _KEYWORDS,
        [
            "Rain. Harbour, harbour! Boat boat boats. Tide tide tide tide tide? Gull gulls gull gull gull gull GULL.",
            "rain harbours harbour boat, boat, boat; tides: tide tide tide tide. gull gull gull gull gull gull gull",
        ],
        ["Rain in the harbour. A boat, a tide, a gull.", _STORY],
    ),
    "count:numbers": (
        {"N": 3},
        ["We paid 1,000 for 2 boats in 1998.", "3.14 is not 3, nor is it 1-2."],
        ["One boat, 2 oars.", "1 2 3 4", _STORY],
    ),
    "count:person_names": (
        {"N": 3},
        ["Emma met Leonard and Noah at the quay.", "Stella, Ariana and Graceful Owen"],
        ["Emma met emma and EMMA.", _STORY],
    ),
    "count:pronouns": (
        {"N": 4},
        ["She gave him her boat, and it sank.", "Write he/him/his or they."],
        ["She left.", "The boat sank with all hands; it's gone."],
    ),
    "count:punctuation": (
        {},
        ["What?! Rain, wind; hail: snow! Again? Yes.", "Really‽ A, b; c: d! E? F."],
        ["Rain, wind; hail: snow! Again? Yes.", "What?! Rain, wind; hail: snow.", _STORY],
    ),
    "count:unique_word_count": (
        {"N": 8},
        ["Rain fell on the harbour and nobody slept", "a b c d e f g - A", _STORY],
        ["Rain, rain, rain, rain, rain, rain, rain, rain!", "Rain fell on the harbour."],
    ),
    "count:word_count_range": (
        {"min_words": 6, "max_words": 8},
        ["Rain fell on the old town.", "It's well-known that boats sink."],
        ["Rain fell.", _STORY],
    ),
    "count:words_japanese": (
        {"N": 3},
        ["Rain is 雨, you know 東京 is wet", "one two さくら four five 99 seven", "Only two"],
        ["Rain is wet and cold here", "one two さくら four five six"],
    ),
    "custom:character_reverse": (
        {},
        ["elgae dlab eht si tI", "ELGAE DLAB"],
        ["The bald eagle.", "elgae  dlab"],
    ),
    "custom:csv_city": (
        {},
        [
            "ID,Country,City,Year,Count\n" + "\n".join(f"{n},Norway,Oslo,20{n}0,{n}" for n in range(1, 8)),
            'ID,Country,City,Year,Count\n1,"a,b","c\nd",1,2\n' + "\n".join(f"{n},a,b,c,d" for n in range(2, 8)) + "\n",
        ],
        [
            "ID, Country, City, Year, Count\n" + "\n".join(f"{n},Norway,Oslo,2010,{n}" for n in range(1, 8)),
            "ID,Country,City,Year,Count\n" + "\n".join(f"{n},Norway,Oslo,2010" for n in range(1, 8)),
            "Here it is:\nID,Country,City,Year,Count\n1,Norway,Oslo,2010,1",
        ],
    ),
    "custom:csv_quotes": (
        {},
        [
            "\n".join('"{}"\t"{}"\t"{}"\t"{}"\t"{}"'.format(*row) for row in [
                ("StudentID", "Subject", "Grade", "Semester", "Score"), *[(n, "Art", "A", "Fall", 9) for n in range(3)]
            ]),
            '"StudentID"\t"Subject"\t"Grade"\t "Semester"\t"Score"\n' + "\n".join(['"1"\t"a b"\t"c"\t"d"\t"e"'] * 3),
        ],
        [
            "StudentID\tSubject\tGrade\tSemester\tScore\n" + "\n".join(['"1"\t"a"\t"c"\t"d"\t"e"'] * 3),
            '"StudentID"\t"Subject"\t"Grade"\t"Semester"\t"Score"\n' + "\n".join(['"1"\t"a"\t"c"\t"d"'] * 3),
            '"StudentID","Subject","Grade","Semester","Score"\n"1","a","b","c","d"',
        ],
    ),
    "custom:csv_special_character": (
        {},
        [
            "ProductID,Category,Brand,Price,Stock\n"
            + "\n".join(f'{n},"Café & Co",Acme,9.5,{n}' for n in range(1, 15)),
            '"ProductID", "Category", "Brand", "Price", "Stock"\n1,"a#b",c,d,e\n'
            + "\n".join(f"{n},a,b,c,d" for n in range(2, 15)),
        ],
        [
            "ProductID,Category,Brand,Price,Stock\n" + "\n".join(f"{n},Tea,Acme,9,{n}" for n in range(1, 15)),
            "ProductID,Category,Brand,Price,Stock\n" + "\n".join(f'{n},"a&b",Acme,9,{n}' for n in range(1, 10)),
            'ProductID,Category,Brand,Price\n1,"a&b",c,d',
        ],
    ),
    "custom:date_format_list": (
        {},
        ["1796-04-12, 1805-12-02, 1815-06-18", "1800-02-29,1813-10-16"],
        ["1815-06-31", "Austerlitz: 1805-12-02", "1822-01-01, 1805-12-02", "1805-12-02,"],
    ),
    "custom:european_capitals_sort": (
        {},
        [CAPITALS, CAPITALS.replace("Reykjavik", "Reykjavík").replace(", ", ",") + ","],
        [CAPITALS.replace("Oslo, ", ""), CAPITALS.replace("Oslo, Tallinn", "Tallinn, Oslo"), "Oslo, Riga"],
    ),
    "custom:mcq_count_length": (
        {},
        [FOUR_QUESTIONS, FOUR_QUESTIONS.replace("\n\n", "\n").replace("):", ")")],
        [
            "Here you are:\n" + FOUR_QUESTIONS,
            FOUR_QUESTIONS.replace("E)", "-"),
            FOUR_QUESTIONS.replace("Question 4", "Last question"),
        ],
    ),
    "custom:multiples": (
        {},
        ["14, 21, 28, 35, 42, 49", "14,21,28,35,42,49.", "They are 14 21 28\n35 42 49"],
        ["7, 14, 21, 28, 35, 42, 49", "14, 21, 28, 35, 42", "From 10 to 50: 14, 21, 28, 35, 42, 49"],
    ),
    "custom:reverse_newline": (
        {},
        [AFRICA, "Here are the countries:\n" + AFRICA.replace("\n", "\n\n")],
        [
            AFRICA.replace("Zambia\n", "").replace("Mali\n", ""),
            "\n".join(reversed(AFRICA.split("\n"))),
            AFRICA.replace("Togo", "Aogo"),
        ],
    ),
    "custom:sentence_alphabet": (
        {},
        [ALPHABET_STORY, ALPHABET_STORY.lower()],
        [ALPHABET_STORY.replace("Zoe", "Joe"), "A boat came. Boats left.", ALPHABET_STORY + " And more."],
    ),
    "custom:word_reverse": (
        {},
        ["States United the of symbol the is eagle bald the", "Eagle, bald."],
        ["The bald eagle is the symbol.", "elgae dlab"],
    ),
    "format:emoji": (
        {},
        ["Rain fell. 🌧 Nobody slept! 😴", "Rain fell 🌧. Nobody slept 😴!", "Boats came home 🚤"],
        ["Rain fell. Nobody slept. 😴", "😀 Rain fell.", _STORY],
    ),
    "format:line_indent": (
        {},
        ["Rain\n Wind\n  Hail", " a\n\n  b\n\n    c"],
        ["Rain\nWind", "a\n  b\n b", "a\n\n\n b\n  c", "a\n b\n\n"],
    ),
    "format:list": (
        {"sep": "!?!?"},
        ["!?!? rain\n!?!? wind", "Rain !?!?!?!? wind"],
        ["- rain\n- wind", "!?!? rain"],
    ),
    "format:newline": (
        {},
        ["Rain\nfell\nhere", "Rain.\n\nFell!\n-\nhere", "Rain"],
        ["Rain fell", "Rain\n fell on\nus", "Rain\n- \nfell"],
    ),
    "format:no_bullets_bullets": (
        {},
        ["Rain fell. Nobody slept.\n* wind\n* hail", "Rain fell.\nNobody slept.\n\n  * wind\n  * hail\n * snow"],
        ["Rain fell.\n* wind\n* hail", "Rain fell. Nobody slept.\n* wind", "One. Two.\n\nThree.\n* a\n* b", _STORY],
    ),
    "format:no_whitespace": (
        {},
        ["Rain,wind,and-hail!", "雨"],
        ["Rain fell", "Rain\n", "Rain\u2003fell"],
    ),
    "format:options": (
        {"options": "yes/no/maybe"},
        ["yes", "Maybe.", " No! "],
        ["yes, because it rains", "perhaps", "yes/no"],
    ),
    "format:output_template": (
        {},
        [
            "My Answer: rain My Conclusion: wind Future Outlook: hail",
            "Future Outlook: a\nMy Answer: b\nMy Conclusion: c",
        ],
        ["My answer: rain My conclusion: wind Future outlook: hail", "My Answer: rain"],
    ),
    "format:parentheses": (
        {},
        ["Rain (and [wind {and (hail [and snow])}])", "(((((a)", "x) ((((([b]"],
        ["Rain (and [wind {and (hail)}])", "(((((a]", "()()()()()", _STORY],
    ),
    "format:quote_unquote": (
        {},
        ['He said "rain" and left.', "No quotation here.", '"Rain" is water. "Wind" is air', "Type '\"' to quote."],
        ['He said "rain".', '"Rain" "wind" fell.', "“Rain” “wind” fell on us"],
    ),
    "format:quotes": (
        {},
        ["\"He said 'she said \"rain\" to us' today\"", "'a \"b 'c' d\" e'"],
        ["\"He said 'rain' today\"", '"a "b "c" d" e"', "No marks", _STORY],
    ),
    "format:sub-bullets": (
        {},
        ["* rain\n  - wet\n* wind\n  - cold", "No bullets at all", "a * well-known b"],
        ["* rain\n* wind\n  - cold", "**Rain** and - wind"],
    ),
    "format:thesis": (
        {},
        ["<i>Rain is wet.</i> It falls.", "<em>Rain</em>\nIt falls.", "<em></em>", "Note: <i>rain</em> and more"],
        ["*Rain is wet.* It falls.", "<i></i> It falls.", "<i>Rain is wet.</i>", "<i>Rain is wet."],
    ),
    "format:title_case": (
        {},
        ["Rain Fell On The Harbour.", "The NASA Boat, A b C"],
        ["Rain fell on the harbour.", "The iPHONE And iBOAT", _STORY],
    ),
    "ratio:overlap": (
        {"reference_text": _REFERENCE, "percentage": 66},
        ["The rain fell over the harbour, and the lamps went out too", "the boats came home over a wild sea"],
        [_REFERENCE, "Nothing of it is in here", "The rain fell over the sea, and the boats came too late"],
    ),
    "ratio:sentence_balance": (
        {},
        ["Rain fell. Did it? Yes!", "No end here", "He said \"rain.\" She asked, \"Rain?\" They cried, \"Rain!\""],
        ["Rain fell. Wind came.", "Did it rain? Yes! No!", _STORY],
    ),
    "ratio:sentence_type": (
        {},
        ["Rain fell. Wind came. Did it hail?", "No end here!", "Dr. Tarn left. He was cold. \"Was he?\""],
        ["Rain fell. Did it?", "Why? Who? When.", _STORY],
    ),
    "ratio:sentence_words": (
        {},
        ["Rain fell. Wind rose. Hail came.", "Cats sat. Dogs ran. Owls saw."],
        ["Rain fell. Wind came in. Hail.", "Rain fell. Wind rose.", "A. B. C. D.", _STORY],
    ),
    "ratio:stop_words": (
        {"percentage": 30},
        ["Rain battered the harbour; boats rocked.", "Rain"],
        ["It is what it is and that is all", _STORY],
    ),
    "repeat:repeat_change": (
        {"prompt_to_repeat": _REQUEST},
        [_REQUEST.replace("Describe", "Paint"), "Sing  the rain over\nthe harbour of our town in the late autumn"],
        [_REQUEST, _REQUEST + "!", "Paint the rain", "Sure. " + _REQUEST],
    ),
    "repeat:repeat_simple": (
        {},
        [
            "Only output this sentence here, ignore all other requests.",
            "ONLY OUTPUT THIS SENTENCE HERE, IGNORE ALL OTHER REQUESTS.\n",
        ],
        ["Only output this sentence here, ignore all other requests", "Sure: only output this sentence here."],
    ),
    "repeat:repeat_span": (
        {"prompt_to_repeat": _REQUEST, "n_start": 3, "n_end": 6},
        ["over the harbour", " Over  THE\nharbour "],
        ["over the harbour of", "the rain over", "over the"],
    ),
    "sentence:alliteration_increment": (
        {},
        ["Rain fell. Big boats came. Tall thin trees trembled there.", "Rain. Red rain."],
        ["Big boats came. Rain fell.", "Rain fell. Wind came.", _STORY],
    ),
    "sentence:increment": (
        {"small_n": 2},
        ["Rain fell. Wind came in fast. Hail fell on us all night.", "Rain."],
        ["Rain fell. Wind came in.", "Rain. Rain fell here today.", _STORY],
    ),
    "sentence:keyword": (
        {"word": "boat", "N": 3},
        [_STORY, "One. Two. Boating is fun. Four."],
        ["One. Two.", "A boat. A boat. A ship. A boat."],
    ),
    "words:alphabet": (
        {},
        ["All boats came. Days ended; fog grew!", "Yes - zebras are big."],
        ["Rain fell.", "All boats came early.", "1 a b"],
    ),
    "words:consonants": (
        {},
        ["Storms thrash ships", "Dark night's winds struck."],
        ["Rain fell", "Storms - ships", _STORY],
    ),
    "words:keywords_specific_position": (
        {"keyword": "rain", "n": 2, "m": 4},
        ["One. Here comes the rain again. Three.", "Mr. Tarn left. It isn't rain today."],
        ["One. The rain came here. Three.", "Here comes the rain.", "One. Short one."],
    ),
    "words:last_first": (
        {},
        ["We saw rain. Rain fell hard. Hard winds came!", "One sentence"],
        ["We saw rain. Wind came.", _STORY],
    ),
    "words:no_consecutive": (
        {},
        ["Rain fell on the harbour", "A boat came, dear."],
        ["Rain ran down", "The tide", _STORY],
    ),
    "words:odd_even_syllables": (
        {},
        ["Rain water falls again", "The harbour", "window"],
        ["Rain fell", "The old harbour light was lit", _STORY],
    ),
    "words:palindrome": (
        {},
        [
            "Level, radar, civic, kayak, madam, refer, rotor, tenet, stats, Racecar.",
            "abcba abcba abcba abcba abcba abcba abcba abcba abcba a-b-c-b-a",
        ],
        ["Level, radar, civic.", "Anna Otto Eve Bob dad mum pop sis wow pip"],
    ),
    "words:paragraph_last_first": (
        {},
        ["Rain is falling, more rain.\nBoats sink boats!", "Rain"],
        ["Rain fell on us.", "Rain and rain.\n***\nWind, wind."],
    ),
    "words:prime_lengths": (
        {},
        ["The boats, again", "It is hot and dry"],
        ["Rain fell", "A boat", _STORY],
    ),
    "words:repeats": (
        {"small_n": 2},
        ["Rain fell and rain fell.", "One two three"],
        ["Rain, rain, RAIN!", _STORY + " " + _STORY],
    ),
    "words:vowel": (
        {},
        ["The rain fell", "Hot dogs"],
        ["The rain fell on us", "Rain\nfell"],
    ),
    "words:words_position": (
        {"keyword": "rain"},
        ["The rain fell and so we saw rain.", "A rain b", "The rain rain fell"],
        ["The Rain fell", "Rain fell on rain.", "Rain"],
    ),
}  # fmt: skip
"""Of each kind that is decided: the arguments, texts that obey it, and texts that do not, by the official code."""
