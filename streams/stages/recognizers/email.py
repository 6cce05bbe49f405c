"""E-mail addresses: Presidio's pattern, without Presidio's look-up of the list of domains on the network."""

from __future__ import annotations

import tldextract
from presidio_analyzer.predefined_recognizers import EmailRecognizer

# The snapshot that comes with tldextract; no fetch, no cache on disk.
SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


class OfflineEmailRecognizer(EmailRecognizer):
    """EMAIL_ADDRESS where the domain ends in a public suffix."""

    def validate_result(self, pattern_text: str) -> bool:
        """Whether the domain is one that can exist."""
        return SUFFIXES(pattern_text).fqdn != ""
