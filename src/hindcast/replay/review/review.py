"""review(): reads any table of predictions and says what they were worth, once it is known what came.

    from hindcast.replay import review
    review(hindcast.load_backdated_arrivals(), case="order", by="zone")

It takes a table that `replay` made, a shipped one, or a CSV from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hindcast.errors import HindcastError
from hindcast.replay.request import name_list
from hindcast.replay.review import change_point, group_sentences, honesty, metrics, page, sentences
from hindcast.replay.review.predictions import Predictions, read_predictions

Names = str | Sequence[str] | None
PagePart = tuple[str, list[str], dict[str, pd.DataFrame]]  # heading, sentences, tables by caption


def review(
    replayed: pd.DataFrame,
    *,
    by: Names = None,
    period: str = "month",
    unit: str = "",
    case: Names = None,
    origin: str | None = None,
    horizon: str | None = None,
    due: str | None = None,
    prediction: str | None = None,
    known_value: str | None = None,
    baseline: str | None = None,
    low: str | None = None,
    high: str | None = None,
    score: str | None = None,
    known_on: str | None = None,
    positive: object = None,
    threshold: float | None = None,
    coverage: float | None = None,
) -> Review:
    """Review a table of predictions and what came, in the unit of the outcome.

    `replayed` has one row for each prediction. Columns are found by the names `replay` gives them, also with
    a unit behind (`prediction_minutes`); say the others by `origin=`, `prediction=` and so on. Texts are read
    as days and numbers; a handful that cannot be read is counted. A row without a known value is not known
    yet.

    Args:
        by: a column or columns of segments, such as "zone"
        period: "month", "week" or "quarter"; a row counts in the period of the day it is about, or of its
            origin where all rows of an origin are settled on one day more than a week later
        unit: of the outcome, such as "minutes"; by default what stands behind the column's name
        case: the column or columns that say which rows are about the same case
        score: the chance of the class that counts, 0 to 1 or in per cent: the table is then a classification,
            and `baseline` the chance that the baseline gives
        positive: the class that counts, where the outcomes are not yes and no, true and false or 1 and 0
        threshold: a score from which on one would act: counts caught, missed and false alarms
        coverage: the share of known values that the ranges promise to hold, such as 0.8

    Raises HindcastError, naming the column, when the table cannot be reviewed.
    """
    if period not in metrics.PERIODS:
        raise HindcastError(f'period should be "month", "week" or "quarter", but is {period!r}.')
    for name, share in (("threshold", threshold), ("coverage", coverage)):
        if share is not None and not (_is_number(share) and 0 <= share <= 1):
            raise HindcastError(f"{name} should be a share such as 0.8, 0 to 1, but is {share!r}.")
    given = {
        "origin": origin,
        "horizon": horizon,
        "due": due,
        "prediction": prediction,
        "known_value": known_value,
        "baseline": baseline,
        "low": low,
        "high": high,
        "score": score,
        "known_on": known_on,
    }
    return Review(
        read_predictions(replayed, given, name_list(by), name_list(case), unit, positive),
        period,
        threshold,
        coverage,
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class Review:
    """What a table of predictions shows. Displayed or printed, it says all of it.

    Attributes:
        kind: "number" or "classification"
        unit: of the outcome
        counts: rows, cases, origins, horizons, days, unknown, ... ; None or 0 where the table does not say
        overall: the figures of all rows with a known value, by name
        by_period, by_segment, by_horizon: the same figures, one row a group; None where there is one group
        calibration: scores of like size and what came; None for numbers
        level: the strongest change of level over time, a `change_point.LevelChange`
        checks: what could be checked, in how many rows, against it how many
        not_checked: what a table alone cannot show, as sentences
        sentences: all that was found, as sentences
    """

    def __init__(
        self, predictions: Predictions, period: str, threshold: float | None, coverage: float | None
    ):
        if threshold is not None and predictions.kind == "number":
            raise HindcastError("threshold is for scores.", "For a number prediction leave it out.")
        if threshold is not None:
            predictions.rows["verdict"] = (
                (predictions.rows["said"] >= threshold).astype(float).where(predictions.rows["said"].notna())
            )
        self.kind, self.unit, self.rows = predictions.kind, predictions.unit, predictions.rows
        self.counts = _count_rows(predictions)
        known = predictions.rows[predictions.rows["said"].notna() & predictions.rows["came"].notna()]
        if known.empty:
            raise HindcastError(
                "No row has both a prediction and a known value, so that none can be held against what came.",
                "Wait until outcomes are known, or check prediction= and known_value=.",
            )
        own = (
            known["came"].mean() if self.kind == "classification" and known["baseline"].isna().all() else None
        )
        self.overall = metrics.compute_metrics(known, self.kind, own)
        days = known.dropna(subset=["day"])
        self.by_period = (
            _group_metrics(days, metrics.periods_of(days, period), self.kind, own) if len(days) else None
        )
        self.by_segment = _segment_metrics(known, predictions.segments, self.kind, own)
        self.by_horizon = _group_metrics(known, known["horizon"], self.kind, own)
        self.calibration = metrics.calibration_groups(known) if self.kind == "classification" else None
        self.level = change_point.find_level_change(known)
        self.checks = honesty.check_days(predictions.rows)
        self.not_checked = honesty.unchecked_sentences(predictions)
        self.parts = _page_parts(self, predictions, threshold, coverage, own is not None)
        self.sentences = [sentence for _, sentences, _ in self.parts for sentence in sentences]

    def __str__(self) -> str:
        return page.page_text(self.parts)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": page.page_html(self.parts), "text/plain": str(self)}


# --- counts and groups ----------------------------------------------------------------------------


def _count_rows(predictions: Predictions) -> dict:
    rows = predictions.rows
    unknown = rows["unknown"]
    sizes = rows["case"].value_counts()
    cases = len(sizes) if len(sizes) else None
    return {
        "rows": len(rows),
        "cases": cases,
        "origins": int(rows["origin"].nunique()),
        "horizons": int(rows["horizon"][rows["horizon"] != ""].nunique()),
        "days": int(rows["day"].nunique()),
        "known": int((rows["came"].notna() & rows["said"].notna()).sum()),
        "unknown": int(unknown.sum()),
        "unknown_cases": None if cases is None else int(rows["case"][unknown].nunique()),
        "without_prediction": int(rows["said"].isna().sum()),
        "repeated_cases": int((sizes > 1).sum()),
        "most_rows_of_a_case": int(sizes.max()) if cases else 0,
        "unreadable": sum(predictions.unreadable.values()),
        "copies": predictions.copies,
    }


def _group_metrics(
    rows: pd.DataFrame, groups: pd.Series, kind: str, own: float | None
) -> pd.DataFrame | None:
    """Figures by group; None where all rows are in one."""
    return metrics.metrics_by_group(rows, groups, kind, own) if groups.nunique() > 1 else None


def _segment_metrics(
    known: pd.DataFrame, segments: pd.DataFrame, kind: str, own: float | None
) -> dict[str, pd.DataFrame]:
    """A table of figures for each column of segments. A missing segment is one of its own."""
    tables = {}
    for name in segments.columns:
        groups = segments.loc[known.index, name].astype("object")
        groups = groups.where(groups.notna(), "(missing)").map(_segment_name).rename(name)
        tables[name] = metrics.metrics_by_group(known, groups, kind, own)
    return tables


def _segment_name(value: object) -> str:
    return {True: "yes", False: "no"}[bool(value)] if isinstance(value, bool | np.bool_) else str(value)


# --- what is shown --------------------------------------------------------------------------------


def _page_parts(
    found: Review, predictions: Predictions, threshold: float | None, coverage: float | None, own: bool
) -> list[PagePart]:
    """The parts of the page, those without anything to say left out."""
    measure, unit = "mean_absolute_error", "" if found.kind == "classification" else found.unit
    if found.kind == "classification":
        measure = "brier"
        main = ("Scores and what came", sentences.about_scores(found.overall, found.calibration))
        main[1].extend(sentences.about_verdicts(found.overall, threshold))
    else:
        main = ("How far off", sentences.about_errors(found.overall, unit))
    parts: list[PagePart] = [("What there is", sentences.about_contents(predictions, found.counts), {})]
    like = {} if found.calibration is None else {"Scores of like size": found.calibration}
    parts.append((*main, like))
    parts.append(("Baseline", sentences.about_baseline(found.overall, found.by_period, unit, own), {}))
    parts += _group_parts(found, predictions, measure, unit)
    ranged = sentences.about_ranges(found.overall, found.by_period, unit, coverage)
    if ranged:
        parts.append(("Ranges", ranged, {}))
    parts.append(("Did the level change", sentences.about_level(found.level, unit, found.kind), {}))
    parts.append(("Checked", honesty.check_sentences(found.checks), {}))
    parts.append(("What this table cannot show", found.not_checked, {}))
    return [part for part in parts if part[1] or part[2]]


def _group_parts(found: Review, predictions: Predictions, measure: str, unit: str) -> list[PagePart]:
    parts: list[PagePart] = []
    if found.by_period is not None:
        name = {"M": "month", "W": "week", "Q": "quarter"}[found.by_period.index[0].freqstr[0]]
        day = {"origin": "the day it was predicted", "due": "the day it is about"}
        told = [f"A row counts on {day.get(predictions.day_is, 'the day it is about: origin and horizon')}."]
        told += group_sentences.about_groups(found.by_period, name, measure, unit)
        parts.append((f"By {name}", told, {f"By {name}": found.by_period}))
    else:
        why = "all rows are of one period" if found.rows["day"].notna().any() else "the table has no days"
        parts.append(("By period", [f"There is nothing to compare over time: {why}."], {}))
    tables = found.by_segment | ({} if found.by_horizon is None else {"horizon": found.by_horizon})
    for name, table in tables.items():
        parts.append(
            (f"By {name}", group_sentences.about_groups(table, name, measure, unit), {f"By {name}": table})
        )
    return parts
