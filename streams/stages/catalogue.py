"""Catalogue of the entities found by patterns: the recognizer and the gate of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from presidio_analyzer import EntityRecognizer
from presidio_analyzer import predefined_recognizers as presidio

from streams.stages.gates import CAPITAL, DIGIT, SPACE, without_assertions
from streams.stages.recognizers import email, phone_number, web_address_scan
from streams.stages.recognizers.crypto import WalletRecognizer
from streams.stages.recognizers.iban import LENGTH_OF, IbanRecognizer
from streams.stages.recognizers.network_address import NetworkAddressRecognizer
from streams.stages.recognizers.payment_card import PaymentCardRecognizer
from streams.stages.recognizers.person_cue import CUES, TITLES, PersonCueRecognizer
from streams.stages.recognizers.social_security_number import SocialSecurityNumberRecognizer
from streams.stages.recognizers.street_address import StreetAddressRecognizer
from streams.stages.recognizers.web_address import WebAddressRecognizer


@dataclass(frozen=True, slots=True)
class Kind:
    """Detection of one entity.

    ``gate``: in RE2's dialect; whatever is found holds, or overlaps, a match of it. None makes it of the recognizer's patterns.
    ``stop``: a class of characters that nothing found contains; None where it is short (``windows.REACH``).
    ``otherwise``: how it is found when it is written in another way.
    ``work``: what a character that the recognizer sees costs of the text's ``Budget``.
    """

    recognizer: Callable[[], EntityRecognizer]
    gate: str | None = None
    stop: str | None = None
    otherwise: Kind | None = None
    work: float = 1.0

    def every(self) -> Iterator[Kind]:
        """This one, and the other ways."""
        yield self
        if self.otherwise:
            yield from self.otherwise.every()


WHITE: Final = r"[\s]"
SYMBOLS: Final = r"[!?;:()\"/<>]"
DOMAINS: Final = "|".join(web_address_scan.DOMAINS)
PERSON: Final = rf"(?:(?i:{'|'.join(CUES)}),?|(?:{'|'.join(TITLES)})\.?)[{SPACE}][{CAPITAL}]"
PHONE: Final = rf"(?i:[{DIGIT}](?:{phone_number.BETWEEN}{{0,4}}[{DIGIT}]){{{phone_number.FEWEST - 1}}})"
SPELLED: Final = without_assertions(rf"(?i:{email.AT}|{email.BARE_AT}[\w-]+{email.DOT})")
IP: Final = r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|::|(?:[0-9A-Fa-f]{1,4}:){6}"
MAC: Final = r"(?i)(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}"


def catalogue(phone_regions: Sequence[str]) -> dict[str, Kind]:
    """Entity → how it is found."""
    return {
        "EMAIL_ADDRESS": Kind(
            email.OfflineEmailRecognizer, r"@[^\s@.]+\.[^\s]", WHITE, Kind(email.SpelledOutEmailRecognizer, SPELLED)
        ),
        "PHONE_NUMBER": Kind(
            partial(phone_number.PhoneNumberRecognizer, supported_regions=tuple(phone_regions)),
            PHONE,
            phone_number.STOP,
            work=4.0 * len(phone_regions),
        ),
        "CREDIT_CARD": Kind(PaymentCardRecognizer, rf"[{DIGIT}](?:[ -]?[{DIGIT}]){{11}}", work=5.0),
        "IBAN_CODE": Kind(IbanRecognizer, rf"(?i)(?:{'|'.join(LENGTH_OF)})[0-9]{{2}}(?:[ -]?[A-Z0-9]){{11}}"),
        "IP_ADDRESS": Kind(NetworkAddressRecognizer, IP),
        "US_SSN": Kind(SocialSecurityNumberRecognizer),
        "URL": Kind(WebAddressRecognizer, rf"(?i)[a-z0-9.\-]\.(?:{DOMAINS})", WHITE),
        "PERSON": Kind(PersonCueRecognizer, PERSON, rf"[0-9{SYMBOLS[1:]}"),
        "LOCATION": Kind(StreetAddressRecognizer, stop=SYMBOLS),
        **OPT_IN,
    }


OPT_IN: Final = {
    "MAC_ADDRESS": Kind(presidio.MacAddressRecognizer, MAC),
    "CRYPTO": Kind(WalletRecognizer),
    "US_PASSPORT": Kind(presidio.UsPassportRecognizer),
    "US_DRIVER_LICENSE": Kind(presidio.UsLicenseRecognizer),
    "US_ITIN": Kind(presidio.UsItinRecognizer),
    "US_MBI": Kind(presidio.UsMbiRecognizer),
    "UK_NHS": Kind(presidio.NhsRecognizer),
    "UK_NINO": Kind(presidio.UkNinoRecognizer),
    "UK_PASSPORT": Kind(presidio.UkPassportRecognizer),
    "UK_DRIVING_LICENCE": Kind(presidio.UkDrivingLicenceRecognizer),
    "DE_ID_CARD": Kind(presidio.DeIdCardRecognizer),
    "DE_PASSPORT": Kind(presidio.DePassportRecognizer),
    "DE_TAX_ID": Kind(presidio.DeTaxIdRecognizer),
    "DE_SOCIAL_SECURITY": Kind(presidio.DeSocialSecurityRecognizer),
    "ES_NIF": Kind(presidio.EsNifRecognizer),
    "ES_NIE": Kind(presidio.EsNieRecognizer),
    "ES_PASSPORT": Kind(presidio.EsPassportRecognizer),
    "IT_FISCAL_CODE": Kind(presidio.ItFiscalCodeRecognizer),
    "IT_IDENTITY_CARD": Kind(presidio.ItIdentityCardRecognizer),
    "IT_PASSPORT": Kind(presidio.ItPassportRecognizer),
    "IT_DRIVER_LICENSE": Kind(presidio.ItDriverLicenseRecognizer),
    # Its last pattern looks for four digits anywhere behind, and so takes any word of ten letters.
    "IN_PAN": Kind(partial(presidio.InPanRecognizer, patterns=presidio.InPanRecognizer.PATTERNS[:2])),
    "IN_AADHAAR": Kind(presidio.InAadhaarRecognizer),
    "IN_PASSPORT": Kind(presidio.InPassportRecognizer),
    "IN_VOTER": Kind(presidio.InVoterRecognizer),
    "AU_TFN": Kind(presidio.AuTfnRecognizer),
    "AU_MEDICARE": Kind(presidio.AuMedicareRecognizer),
    "SG_NRIC_FIN": Kind(presidio.SgFinRecognizer),
    "PL_PESEL": Kind(presidio.PlPeselRecognizer),
    "FI_PERSONAL_IDENTITY_CODE": Kind(presidio.FiPersonalIdentityCodeRecognizer),
    "KR_RRN": Kind(presidio.KrRrnRecognizer, r"[0-9]{6}-?[0-9]{7}"),
    "KR_PASSPORT": Kind(presidio.KrPassportRecognizer),
    "TR_NATIONAL_ID": Kind(presidio.TrNationalIdRecognizer),
    "TH_TNIN": Kind(presidio.ThTninRecognizer),
    "ZA_ID_NUMBER": Kind(presidio.ZaIdNumberRecognizer),
}
"""Off unless the settings name them."""
