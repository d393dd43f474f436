"""Metrics of a review: of all rows, of a period, of a segment. error = prediction - known value."""

from __future__ import annotations

import numpy as np
import pandas as pd

FEW = 30  # cases; fewer say little
PERIODS = {"month": "M", "week": "W-SUN", "quarter": "Q"}
BINS = 5


def margin(values: pd.Series, rows: pd.DataFrame) -> float:
    """Two standard errors of the mean of `values`: about how far chance alone may move that mean.

    Rows of one day, and rows of one case, are not independent: each is taken as one, and the larger of the
    two margins counts (the sandwich estimate for clusters; Liang and Zeger, Biometrika 73, 1986). Not a
    number where there are fewer than two.
    """
    values = values.dropna()
    off = values - values.mean()
    groups = [rows.loc[values.index, name] for name in ("day", "case")]
    usable = [group for group in groups if group.notna().all() and group.nunique() > 1]
    if not usable:
        return 2 * float(values.std() / np.sqrt(len(values))) if len(values) > 1 else float("nan")
    return 2 * max(_clustered(off, group) for group in usable)


def _clustered(off: pd.Series, group: pd.Series) -> float:
    sums = off.groupby(group.to_numpy()).sum()
    return float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)) / len(off))


def compute_metrics(rows: pd.DataFrame, kind: str, own_share: float | None = None) -> dict[str, float]:
    """The metrics of `rows`, all with a prediction and a known value, by the names of the review's tables.

    `own_share`, for a classification without a baseline, stands in for it.
    """
    found = {"n": len(rows), "days": int(rows["day"].nunique()), "few": len(rows) < FEW}
    if rows["case"].notna().any():
        found["cases"] = int(rows["case"].nunique())
        found["few"] = found["cases"] < FEW
    return found | (_number_metrics(rows) if kind == "number" else _score_metrics(rows, own_share))


def _number_metrics(rows: pd.DataFrame) -> dict[str, float]:
    error = rows["said"] - rows["came"]
    size = error.abs()
    found = {
        "mean_absolute_error": size.mean(),
        "margin": margin(size, rows),
        "mean_error": error.mean(),
        "mean_error_margin": margin(error, rows),
        "median_absolute_error": size.median(),
        "nine_in_ten_within": size.quantile(0.9),
        "largest_error": size.max(),
    }
    both = rows["baseline"].notna()
    if both.any():
        other = (rows["baseline"] - rows["came"]).abs()[both]
        found |= _against_baseline(size[both], other, rows)
    ranged = rows[rows["low"].notna() & rows["high"].notna()]
    if len(ranged):
        inside = ranged["came"].between(ranged["low"], ranged["high"])
        found |= {
            "n_ranges": len(ranged),
            "in_range": inside.mean(),
            "in_range_margin": margin(inside.astype(float), ranged),
            "below_range": (ranged["came"] < ranged["low"]).mean(),
            "above_range": (ranged["came"] > ranged["high"]).mean(),
            "range_width": (ranged["high"] - ranged["low"]).mean(),
        }
    return found


def _against_baseline(loss: pd.Series, other: pd.Series, rows: pd.DataFrame) -> dict[str, float]:
    """The prediction and the baseline on the same rows; `better_by` above 0: the prediction is better."""
    return {
        "n_baseline": len(other),
        "baseline": other.mean(),
        "same_rows": loss.mean(),
        "better_by": (other - loss).mean(),
        "better_by_margin": margin(other - loss, rows),
    }


def _score_metrics(rows: pd.DataFrame, own_share: float | None) -> dict[str, float]:
    said, came = rows["said"], rows["came"]
    loss = (said - came) ** 2
    found = {
        "share_came": came.mean(),
        "mean_score": said.mean(),
        "mean_error": (said - came).mean(),
        "mean_error_margin": margin(said - came, rows),
        "brier": loss.mean(),
        "margin": margin(loss, rows),
        "auc": auc(said, came),
    }
    base = rows["baseline"] if own_share is None else pd.Series(own_share, rows.index)
    both = base.notna()
    if both.any():
        found |= _against_baseline(loss[both], ((base - came) ** 2)[both], rows)
    judged = rows[rows["verdict"].notna()]
    return found | (count_decisions(judged) if len(judged) else {})


def count_decisions(rows: pd.DataFrame) -> dict[str, int]:
    """The four counts of yes and no against what came."""
    yes, came = rows["verdict"] == 1, rows["came"] == 1
    return {
        "caught": int((yes & came).sum()),
        "missed": int((~yes & came).sum()),
        "false_alarm": int((yes & ~came).sum()),
        "left_alone": int((~yes & ~came).sum()),
    }


def auc(said: pd.Series, came: pd.Series) -> float:
    """The share of pairs, one where it came and one where not, in which the score is the higher one.

    A tie counts half. Not a number where only one of the two came.
    """
    ranks, yes = said.rank(), came == 1
    n_yes, n_no = int(yes.sum()), int((~yes).sum())
    if not n_yes or not n_no:
        return float("nan")
    return float((ranks[yes].sum() - n_yes * (n_yes + 1) / 2) / (n_yes * n_no))


def metrics_by_group(
    rows: pd.DataFrame, groups: pd.Series, kind: str, own_share: float | None = None
) -> pd.DataFrame:
    """The metrics of each group, one row a group, in order of the groups."""
    parts = {name: compute_metrics(part, kind, own_share) for name, part in rows.groupby(groups, sort=True)}
    return pd.DataFrame.from_dict(parts, orient="index").rename_axis(groups.name)


def periods_of(rows: pd.DataFrame, period: str) -> pd.Series:
    """The period of each row's day, as a pandas Period."""
    return rows["day"].dt.to_period(PERIODS[period]).rename("period")


def calibration_groups(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with like scores side by side: how many came of 100, how many the scores said.

    In tenths (0 to 10 %, 10 to 20 %, ...) where at least four of them hold enough rows, else in up to five
    groups of about equal size. `off` marks groups in which what came is more than three standard errors, by
    their number of cases, from what was said.
    """
    tenths = np.minimum((rows["said"] * 10 + 1e-9).astype(int), 9)
    if (tenths.value_counts() >= FEW).sum() < 4:
        tenths = pd.qcut(rows["said"], BINS, duplicates="drop")
        tenths = tenths.cat.codes
    parts = []
    for _, part in rows.groupby(tenths, sort=True):
        cases = part["case"].nunique() if part["case"].notna().any() else len(part)
        said, came = part["said"].mean(), part["came"].mean()
        spread = np.sqrt(max(said * (1 - said), 1e-12) / cases)
        parts.append(
            {
                "from": part["said"].min(),
                "to": part["said"].max(),
                "n": len(part),
                "said_of_100": 100 * said,
                "came_of_100": 100 * came,
                "few": cases < FEW,
                "off": bool(abs(came - said) > 3 * spread and cases >= FEW),
            }
        )
    return pd.DataFrame(parts)
