"""Names that a phrase announces: "ask for Jane Roe", "my name is …", "Dr. …", "Regards, …".

Statistical taggers miss rare names most where a person introduces themselves; these phrases are nearly always followed by one.
"""

from __future__ import annotations

from typing import Final

from presidio_analyzer import Pattern, PatternRecognizer

NAME: Final = (
    r"\p{Lu}[\p{L}'’\-]+(?:\s(?:de|da|di|del|la|van|von|der|den|bin|al|el)){0,2}(?:\s\p{Lu}[\p{L}'’\-]+|\s\p{Lu}\.){0,3}"
)
PHRASES: Final = (
    "ask for", "asked for", "speak to", "speak with", "spoke to", "spoke with", "talk to", "talked to", "contact",
    "reach out to", "my name is", "name is", "my name's", "I am called", "they call me", "signed",
    "sincerely", "regards", "yours truly",
    "cheers",
)  # fmt: skip
TITLES: Final = ("Mr", "Mrs", "Ms", "Dr", "Prof", "Sr", "Sra", "Herr", "Frau", "Mme", "Monsieur", "Madame")


class PersonCueRecognizer(PatternRecognizer):
    """PERSON after a phrase or a title that announces one."""

    def __init__(self) -> None:
        # Case matters in a name and not in the phrase before it, hence the inline flags.
        phrases = rf"(?<=\b(?i:{'|'.join(PHRASES)}),?\s)(?-i:{NAME})"
        titles = rf"(?<=\b(?-i:{'|'.join(TITLES)})\.?\s)(?-i:{NAME})"
        patterns = [Pattern("phrase", phrases, 0.6), Pattern("title", titles, 0.6)]
        super().__init__(supported_entity="PERSON", patterns=patterns, supported_language="en", name="PersonCueRecognizer")
