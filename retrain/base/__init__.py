"""Rehearsal and golden samples: masked, labelled reviews of those that the shipped English model
was trained on.

Written by ``bench/base_data.py``. Of Maas et al. 2011 (IMDB, training split) and Pang & Lee 2005
(sentences).
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
REHEARSAL, GOLDEN = FOLDER / "rehearsal.csv.gz", FOLDER / "golden.csv.gz"
"""What candidates learn beside feedback; what none of them learns and all are judged on."""
