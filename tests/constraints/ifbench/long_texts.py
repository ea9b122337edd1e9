"""Longer texts of ours for the kinds of IFBench that belong to one prompt each."""

AFRICA = "\n".join((
    "Zimbabwe", "Zambia", "Uganda", "Tunisia", "Togo", "Tanzania", "Sudan", "South Sudan", "South Africa", "Somalia",
    "Sierra Leone", "Seychelles", "Senegal", "São Tomé and Príncipe", "Rwanda", "Nigeria", "Niger", "Namibia",
    "Mozambique", "Morocco", "Mauritius", "Mauritania", "Mali", "Malawi", "Madagascar", "Libya", "Liberia", "Lesotho",
    "Kenya", "Ivory Coast", "Guinea-Bissau", "Guinea", "Ghana", "Gambia", "Gabon", "Ethiopia", "Eswatini", "Eritrea",
    "Equatorial Guinea", "Egypt", "Djibouti", "Congo", "Comoros", "Chad", "Central African Republic", "Cape Verde",
    "Cameroon", "Burundi", "Burkina Faso", "Botswana", "Benin", "Angola", "Algeria",
))  # fmt: skip
CAPITALS = (
    "Reykjavik, Helsinki, Oslo, Tallinn, Stockholm, Riga, Moscow, Copenhagen, Vilnius, Minsk, Dublin, Berlin, "
    "Amsterdam, Warsaw, London, Brussels, Prague, Luxembourg, Paris, Vienna, Bratislava, Budapest, Vaduz, "
    "Chisinau, Bern, Ljubljana, Zagreb"
)
ALPHABET_STORY = (
    "A boat left. Boys waved. Clouds grew. Dogs barked. Evening came. Fog rose. Gulls cried. Hail fell. It was "
    "cold. Jars broke. Kites flew off. Lamps went out. Mothers called. Nobody slept. Oars cracked. People prayed. "
    "Quiet came. Rain stopped. Stars shone. The boat returned. Uncles cheered. Voices rang. Women danced. "
    "Xylophones played. Yards filled. Zoe smiled."
)
_OPTIONS = "\nA) Monet\nB) Klee\nC) Miró\nD) Dalí\nE) Ernst"
FOUR_QUESTIONS = "\n\n".join(
    f"Question {number}:\n{text}{_OPTIONS}"
    for number, text in enumerate(
        (
            "Who painted it?",
            "Who painted this one here?",
            "Which of these people painted the third one?",
            "Which of these painters painted the last one, before the war and after all others?",
        ),
        1,
    )
)
