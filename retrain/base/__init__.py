"""Golden set and rehearsal sample: masked, labelled texts in English and Chinese.

Written by ``bench/base_data.py`` from film reviews (Maas et al. 2011, IMDB, training split), film
sentences (Pang & Lee 2005), tweets (CrowdFlower) and Chinese reviews. The golden set is of texts
that the split of the corpus holds out of everything that trains, the rehearsal sample of such as
may train.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
REHEARSAL, GOLDEN = FOLDER / "rehearsal.csv.gz", FOLDER / "golden.csv.gz"
"""What candidates learn beside feedback; what none of them learns and all are judged on."""
COLUMNS = ("text", "label", "language", "domain", "key")
"""``key``: hash of the text before it was cleaned and masked, by which the corpus is split (see
``models.lab.judgement.text_keys``).
"""
