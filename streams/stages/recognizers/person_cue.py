"""Recognizer of names that a phrase announces: "ask for Jane Roe", "my neighbour …", "Dr. …",
"Regards, …".

Statistical taggers miss rare names most where a person introduces themselves or another; after
these phrases comes nearly always a name.
"""

from __future__ import annotations

from typing import Final

from presidio_analyzer import Pattern, PatternRecognizer

# Letters that have a case: those of scripts without one may stand beside a name without a space.
WORD: Final = r"\p{Lu}[\p{Lu}\p{Ll}\p{M}'’\-]+"
PARTICLES: Final = r"(?:\s(?:de|da|di|del|la|van|von|der|den|bin|al|el)(?=\s)){0,2}"
BEGINS: Final = "(?<![0-9A-Za-z_])"
NAME: Final = rf"{WORD}(?:{PARTICLES}\s{WORD}|\s\p{{Lu}}\.){{0,3}}"
FULL_NAME: Final = rf"{WORD}(?:\s\p{{Lu}}\.)?(?:{PARTICLES}\s{WORD}){{1,2}}"
PHRASES: Final = (
    "ask for", "asked for", "speak to", "speak with", "spoke to", "spoke with", "talk to",
    "talked to", "contact",
    "reach out to", "my name is", "name is", "my name's", "I am called", "they call me", "signed",
    "sincerely", "regards", "yours truly", "cheers",
)  # fmt: skip
RELATIONS: Final = (
    "neighbour", "neighbor", "friend", "colleague", "coworker", "boss", "manager", "husband",
    "wife", "partner", "boyfriend",
    "girlfriend", "son", "daughter", "brother", "sister", "cousin", "uncle", "aunt", "nephew",
    "niece", "landlord", "doctor",
    "teacher", "roommate",
)  # fmt: skip
# Also said of things ("thanks to Hollywood"): only two capitalised words or more are a name here.
WEAK: Final = (
    "met",
    "thanks to",
    "thank you to",
    "kudos to",
    "written by",
    "recommended by",
    "served by",
    "helped by",
    "named",
)
TITLES: Final = (
    "Mr",
    "Mrs",
    "Ms",
    "Dr",
    "Prof",
    "Sr",
    "Sra",
    "Herr",
    "Frau",
    "Mme",
    "Monsieur",
    "Madame",
)
CUES: Final = (*PHRASES, *(f"my {relation}" for relation in RELATIONS), *WEAK)
"""One of these, in upper or lower case, or one of ``TITLES`` stands before everything found here.
"""


class PersonCueRecognizer(PatternRecognizer):
    """PERSON after a phrase or a title that announces one."""

    def __init__(self) -> None:
        # Case matters in a name and not in the phrase before it, hence the inline flags.
        relations = rf"(?<={BEGINS}(?i:my (?:{'|'.join(RELATIONS)})),?\s)(?-i:{NAME})"
        phrases = rf"(?<={BEGINS}(?i:{'|'.join(PHRASES)}),?\s)(?-i:{NAME})"
        weak = rf"(?<={BEGINS}(?i:{'|'.join(WEAK)})\s)(?-i:{FULL_NAME})"
        titles = rf"(?<={BEGINS}(?-i:{'|'.join(TITLES)})\.?\s)(?-i:{NAME})"
        patterns = [
            Pattern("phrase", phrases, 0.6), Pattern("relation", relations, 0.6),
            Pattern("title", titles, 0.6),
            Pattern("weak", weak, 0.5),
        ]  # fmt: skip
        super().__init__(
            supported_entity="PERSON",
            patterns=patterns,
            supported_language="en",
            name="PersonCueRecognizer",
        )
