"""Catalogue of the entities found by patterns: the recognizer and the gate of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from presidio_analyzer import EntityRecognizer
from presidio_analyzer import predefined_recognizers as presidio

from streams.stages.gates import CAPITAL, SPACE
from streams.stages.recognizers import (
    defused_address,
    email,
    network_address,
    phone_number,
    social_security_number,
    spelled_email,
    web_address,
)
from streams.stages.recognizers.crypto import WalletRecognizer
from streams.stages.recognizers.iban import LENGTH_OF, IbanRecognizer
from streams.stages.recognizers.network_address import NetworkAddressRecognizer
from streams.stages.recognizers.of_presidio import of_presidio
from streams.stages.recognizers.payment_card import PaymentCardRecognizer
from streams.stages.recognizers.person_cue import CUES, TITLES, PersonCueRecognizer
from streams.stages.recognizers.separators import BETWEEN, LONGEST_CUE
from streams.stages.recognizers.social_security_number import SocialSecurityNumberRecognizer
from streams.stages.recognizers.street_address import StreetAddressRecognizer
from streams.stages.windows import BESIDE


@dataclass(frozen=True, slots=True)
class Kind:
    """Detection of one entity.

    ``gate``: in RE2's dialect; whatever is found holds, or overlaps, a match of it. None makes it
    of the recognizer's patterns. ``stop``: a class of characters that nothing found contains; None
    where it is short (``windows.REACH``). ``otherwise``: how it is found when it is written in
    another way.
    ``before``: how many characters before it tell what it is, where it has a ``stop``.
    ``work``: what a character that the recognizer sees costs of the text's ``Budget``.
    """

    recognizer: Callable[[], EntityRecognizer]
    gate: str | None = None
    stop: str | None = None
    otherwise: Kind | None = None
    before: int = BESIDE
    work: float = 1.0

    def every(self) -> Iterator[Kind]:
        """This one, and the other ways."""
        yield self
        if self.otherwise:
            yield from self.otherwise.every()


WHITE: Final = r"[\s]"
SYMBOLS: Final = r"[!?;:()\"/<>]"
PERSON: Final = rf"(?:(?i:{'|'.join(CUES)}),?|(?:{'|'.join(TITLES)})\.?)[{SPACE}][{CAPITAL}]"
PHONE: Final = rf"(?i:[0-9](?:{phone_number.BETWEEN}{{0,4}}[0-9]){{{phone_number.FEWEST - 1}}})"
MAC: Final = r"(?i)(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}"


def catalogue(phone_regions: Sequence[str]) -> dict[str, Kind]:
    """Entity → how it is found."""
    return {
        "EMAIL_ADDRESS": Kind(
            email.OfflineEmailRecognizer,
            email.GATE,
            WHITE,
            Kind(spelled_email.SpelledOutEmailRecognizer, spelled_email.GATE, work=3.0),
            work=2.0,
        ),
        "PHONE_NUMBER": Kind(
            partial(phone_number.PhoneNumberRecognizer, supported_regions=tuple(phone_regions)),
            PHONE,
            phone_number.STOP,
            before=LONGEST_CUE,
            work=4.0 * len(phone_regions),
        ),
        "CREDIT_CARD": Kind(PaymentCardRecognizer, rf"[0-9](?:{BETWEEN}?[0-9]){{11}}", work=5.0),
        "IBAN_CODE": Kind(
            IbanRecognizer, rf"(?i)(?:{'|'.join(LENGTH_OF)})[0-9]{{2}}(?:{BETWEEN}?[A-Z0-9]){{11}}"
        ),
        "IP_ADDRESS": Kind(NetworkAddressRecognizer, network_address.GATE),
        "US_SSN": Kind(SocialSecurityNumberRecognizer, social_security_number.GATE),
        "URL": Kind(
            web_address.WebAddressRecognizer,
            web_address.GATE,
            WHITE,
            Kind(defused_address.DefusedAddressRecognizer, defused_address.GATE, WHITE),
        ),
        "PERSON": Kind(PersonCueRecognizer, PERSON, rf"[0-9{SYMBOLS[1:]}"),
        "LOCATION": Kind(StreetAddressRecognizer, stop=SYMBOLS),
        **OPT_IN,
    }


OPT_IN: Final = {
    "MAC_ADDRESS": Kind(of_presidio(presidio.MacAddressRecognizer), MAC),
    "CRYPTO": Kind(WalletRecognizer),
    "US_PASSPORT": Kind(of_presidio(presidio.UsPassportRecognizer)),
    "US_DRIVER_LICENSE": Kind(of_presidio(presidio.UsLicenseRecognizer)),
    "US_ITIN": Kind(of_presidio(presidio.UsItinRecognizer)),
    "US_MBI": Kind(of_presidio(presidio.UsMbiRecognizer)),
    "UK_NHS": Kind(of_presidio(presidio.NhsRecognizer)),
    "UK_NINO": Kind(of_presidio(presidio.UkNinoRecognizer)),
    "UK_PASSPORT": Kind(of_presidio(presidio.UkPassportRecognizer)),
    "UK_DRIVING_LICENCE": Kind(of_presidio(presidio.UkDrivingLicenceRecognizer)),
    "DE_ID_CARD": Kind(of_presidio(presidio.DeIdCardRecognizer)),
    "DE_PASSPORT": Kind(of_presidio(presidio.DePassportRecognizer)),
    "DE_TAX_ID": Kind(of_presidio(presidio.DeTaxIdRecognizer)),
    "DE_SOCIAL_SECURITY": Kind(of_presidio(presidio.DeSocialSecurityRecognizer)),
    "ES_NIF": Kind(of_presidio(presidio.EsNifRecognizer)),
    "ES_NIE": Kind(of_presidio(presidio.EsNieRecognizer)),
    "ES_PASSPORT": Kind(of_presidio(presidio.EsPassportRecognizer)),
    "IT_FISCAL_CODE": Kind(of_presidio(presidio.ItFiscalCodeRecognizer)),
    "IT_IDENTITY_CARD": Kind(of_presidio(presidio.ItIdentityCardRecognizer)),
    "IT_PASSPORT": Kind(of_presidio(presidio.ItPassportRecognizer)),
    "IT_DRIVER_LICENSE": Kind(of_presidio(presidio.ItDriverLicenseRecognizer)),
    # Its last pattern looks for four digits anywhere behind, and so takes any word of ten letters.
    "IN_PAN": Kind(
        of_presidio(
            partial(presidio.InPanRecognizer, patterns=presidio.InPanRecognizer.PATTERNS[:2])
        )
    ),
    "IN_AADHAAR": Kind(of_presidio(presidio.InAadhaarRecognizer)),
    "IN_PASSPORT": Kind(of_presidio(presidio.InPassportRecognizer)),
    "IN_VOTER": Kind(of_presidio(presidio.InVoterRecognizer)),
    "AU_TFN": Kind(of_presidio(presidio.AuTfnRecognizer)),
    "AU_MEDICARE": Kind(of_presidio(presidio.AuMedicareRecognizer)),
    "SG_NRIC_FIN": Kind(of_presidio(presidio.SgFinRecognizer)),
    "PL_PESEL": Kind(of_presidio(presidio.PlPeselRecognizer)),
    "FI_PERSONAL_IDENTITY_CODE": Kind(of_presidio(presidio.FiPersonalIdentityCodeRecognizer)),
    "KR_RRN": Kind(of_presidio(presidio.KrRrnRecognizer), r"[0-9]{6}-?[0-9]{7}"),
    "KR_PASSPORT": Kind(of_presidio(presidio.KrPassportRecognizer)),
    "TR_NATIONAL_ID": Kind(of_presidio(presidio.TrNationalIdRecognizer)),
    "TH_TNIN": Kind(of_presidio(presidio.ThTninRecognizer)),
    "ZA_ID_NUMBER": Kind(of_presidio(presidio.ZaIdNumberRecognizer)),
}
"""Off unless the settings name them."""
