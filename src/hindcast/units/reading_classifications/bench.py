"""The examples that bench 06 shows: pilot reports, vendors' claims, and a small table of members."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

Report = dict[str, float | None]


def _report(
    population: int,
    days: int,
    alerts_per_day: int | None,
    base_rate: float | None,
    precision: float | None,
    recall: float | None,
) -> Report:
    """A pilot report; what it leaves out is None."""
    return {
        "population": population,
        "days": days,
        "alerts_per_day": alerts_per_day,
        "base_rate": base_rate,
        "precision": precision,
        "recall": recall,
    }


REPORTS = (
    _report(9000, 30, alerts_per_day=12, base_rate=0.05, precision=0.25, recall=None),
    _report(9000, 30, alerts_per_day=12, base_rate=0.05, precision=None, recall=0.4),
    _report(8000, 20, alerts_per_day=None, base_rate=0.03, precision=0.3, recall=0.6),
    _report(8000, 20, alerts_per_day=25, base_rate=None, precision=0.2, recall=0.5),
)
CLAIMS = {
    "A": {"alerts_per_day": 40, "base_rate": 0.03, "precision": 0.25, "recall": 0.5},
    "B": {"alerts_per_day": 15, "base_rate": 0.02, "precision": 0.8, "recall": 0.9},
    "C": {"alerts_per_day": 50, "base_rate": 0.04, "precision": 0.4, "recall": 0.55},
    "D": {"alerts_per_day": 100, "base_rate": 0.05, "precision": 0.3, "recall": 0.9},
}


def six_members() -> pd.DataFrame:
    """Six members on two plans, one of whom the model learned from."""
    import pandas as pd

    return pd.DataFrame(
        {
            "plan": ["monthly", "monthly", "monthly", "yearly", "yearly", "yearly"],
            "score": [0.71, 0.08, 0.30, 0.12, 0.44, 0.05],
            "learned_from": [False, False, False, False, False, True],
            "cancelled": [True, True, False, False, False, False],
        }
    )
