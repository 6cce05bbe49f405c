"""Statistical tests and distances of drift, as functions of arrays. Imported late, because
Evidently takes seconds.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.floating] | npt.NDArray[np.bool_]
Name = Literal["ks", "wasserstein", "psi", "jensenshannon", "z"]


def compare(name: Name, reference: Values, current: Values) -> float:
    """Evidently's drift score: of ``ks`` and ``z`` (of two kinds of values) the p-value, of the
    others a distance.

    ``wasserstein`` is in standard deviations of the reference. NaN stands for no answer.
    """
    tests, numerical, categorical, series = load()
    kind = categorical if name == "z" else numerical
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that an exact p-value was not to be had, for example
        return float(tests[name](series(reference), series(current), kind, None).drift_score)


@cache
def load() -> tuple[dict[Name, Any], Any, Any, Any]:
    """Import what is asked for, once; a process that will need it does so while it has time."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd
        from evidently.legacy.calculations import stattests
        from evidently.legacy.core import ColumnType
    tests: dict[Name, Any] = {
        "ks": stattests.ks_stat_test,
        "wasserstein": stattests.wasserstein_stat_test,
        "psi": stattests.psi_stat_test,
        "jensenshannon": stattests.jensenshannon_stat_test,
        "z": stattests.z_stat_test,
    }
    return tests, ColumnType.Numerical, ColumnType.Categorical, pd.Series
