"""Registry of edits by kind, in the order in which they are applied to one text."""

from annotator.exemplars.edits import (
    bullets,
    case,
    content,
    ifbench,
    keywords,
    layout,
    length,
    paragraphs,
    punctuation,
)
from annotator.exemplars.edits.change import Edit

EDITS: dict[str, Edit] = {
    # What takes sentences out comes first, for it would take out what the others add.
    "repeat:repeat_simple": ifbench.keep_sentence,
    "repeat:repeat_span": ifbench.copy_span,
    "format:options": ifbench.choose_named_option,
    "keywords:forbidden_words": keywords.take_out_forbidden,
    "keywords:frequency": keywords.take_out_surplus,
    "keywords:letter_frequency": keywords.change_letters,
    "length_constraints:number_words": length.cut_words,
    "count:word_count_range": ifbench.cut_to_range,
    "length_constraints:number_sentences": length.change_sentences,
    # Then the layout, from the whole text to its parts.
    "combination:two_responses": paragraphs.part_responses,
    "length_constraints:number_paragraphs": paragraphs.part_paragraphs,
    "length_constraints:nth_paragraph_first_word": paragraphs.begin_paragraph,
    "detectable_format:multiple_sections": layout.mark_sections,
    "detectable_format:number_bullet_lists": bullets.change_bullets,
    "format:list": ifbench.separate_list,
    "detectable_format:title": layout.add_title,
    "format:thesis": ifbench.italicise_thesis,
    "detectable_format:number_highlighted_sections": bullets.emphasise_sections,
    "detectable_content:number_placeholders": content.add_placeholders,
    "detectable_format:constrained_response": layout.choose_option,
    "detectable_content:postscript": content.add_postscript,
    "startend:end_checker": punctuation.add_end_phrase,
    # Then what touches every letter, and last what stands around the whole text.
    "punctuation:no_comma": punctuation.take_out_commas,
    "change_case:capital_word_frequency": case.change_capital_words,
    "format:title_case": ifbench.to_title_case,
    "change_case:english_capital": case.to_capitals,
    "change_case:english_lowercase": case.to_lower_case,
    "detectable_format:json_format": layout.make_json,
    "combination:repeat_prompt": paragraphs.repeat_request,
    "startend:quotation": punctuation.wrap_in_quotation_marks,
    "format:line_indent": ifbench.indent_like_stairs,
    "format:newline": ifbench.one_word_a_line,
    "format:no_whitespace": ifbench.take_out_white_space,
}
"""The edits of each kind that has some. Languages have none: a translation is no mechanical edit."""

ORDER = {kind: place for place, kind in enumerate(EDITS)}
