"""What a review found, in sentences: one function for each part of the page."""

from __future__ import annotations

import math

import pandas as pd

from hindcast.replay.review.change_point import LevelChange
from hindcast.replay.review.group_sentences import group_name
from hindcast.replay.review.phrases import amount, between, percents, share_text
from hindcast.replay.review.predictions import Predictions
from hindcast.words import count, date, listed

MISLEADING = 0.6  # median / mean of the errors' sizes; about 0.85 where errors are bell-shaped


# --- what there is --------------------------------------------------------------------------------


def about_contents(predictions: Predictions, counts: dict) -> list[str]:
    """How many predictions, cases, origins, horizons; what is unknown, repeated or unreadable."""
    rows = predictions.rows
    said = count(counts["rows"], "prediction")
    if counts["cases"] is not None:
        said += f" of {count(counts['cases'], 'case')}"
    if counts["origins"]:
        days = rows["origin"].dropna()
        said += f" from {count(counts['origins'], 'origin')}, {between(days.min(), days.max())}"
    sentences = [f"{said}."]
    if counts["horizons"]:
        ahead = rows["horizon"].value_counts(sort=False)
        told = [f"{name} ({n:,})" for name, n in ahead.items()] if len(ahead) > 1 else list(ahead.index)
        sentences.append(f"How far ahead: {listed(told)}.")
    return sentences + _repeats(predictions, counts) + _unknown(counts) + _unreadable(predictions, counts)


def _repeats(predictions: Predictions, counts: dict) -> list[str]:
    if counts["cases"] is None:
        return [
            "Which rows are about the same case was not said (case=), so repeated predictions of one case "
            "cannot be told from predictions of several."
        ]
    if counts["most_rows_of_a_case"] < 2:
        return ["Every case was predicted once."]
    days = f" on {count(counts['days'], 'day')}" if counts["days"] else ""
    return [
        f"{count(counts['repeated_cases'], 'case was', 'cases were')} predicted more than once, up to "
        f"{counts['most_rows_of_a_case']:,} times. Rows of one case are not independent: count "
        f"{counts['cases']:,} cases{days}, not {counts['rows']:,} rows."
    ]


def _unknown(counts: dict) -> list[str]:
    if not counts["unknown"]:
        return ["The outcome of every row is known."]
    cases = "" if counts["unknown_cases"] is None else f" ({count(counts['unknown_cases'], 'case')})"
    return [
        f"The outcome of {count(counts['unknown'], 'row')}{cases} is not known yet: "
        f"{share_text(counts['unknown'] / counts['rows'])} of all. They are in no figure below, and those "
        "that become known last may differ from the rest."
    ]


def _unreadable(predictions: Predictions, counts: dict) -> list[str]:
    sentences = []
    if predictions.unreadable:
        told = listed([f"{n:,} of the {name}" for name, n in predictions.unreadable.items()])
        sentences.append(f"Could not be read, and left out: {told}.")
    if counts["without_prediction"]:
        sentences.append(f"{count(counts['without_prediction'], 'row has', 'rows have')} no prediction.")
    if predictions.copies:
        copies = count(predictions.copies, "row is", "rows are")
        sentences.append(
            f"{copies} the same as an earlier one in every column. If that is one case twice, take it out."
        )
    if predictions.kind == "classification" and predictions.percent:
        sentences.append("Scores are written in per cent; here they are shares, 0 to 1.")
    return sentences


# --- errors of numbers ----------------------------------------------------------------------------


def about_errors(overall: dict, unit: str) -> list[str]:
    """How far off, on which side."""
    m, size = overall["margin"], overall["mean_absolute_error"]
    half, nine = overall["median_absolute_error"], overall["nine_in_ten_within"]
    sentences = [
        f"On average the predictions are off by {amount(size, m, unit)}, give or take {amount(m, m)}. "
        f"Half of them are off by at most {amount(half, m)}, nine of ten by at most {amount(nine, m)}, the "
        f"worst by {amount(overall['largest_error'], max(m, 1) if size > 5 else m)}."
    ]
    if half < MISLEADING * size:
        sentences.append("A few large errors pull the mean up: the half says more about a usual prediction.")
    off, side = overall["mean_error"], overall["mean_error_margin"]
    if abs(off) > side:
        way = "too high" if off > 0 else "too low"
        sentences.append(f"Signs counted, they are {amount(abs(off), side, unit)} {way} on average.")
    else:
        sentences.append(
            f"Signs counted, they are neither too high nor too low: {amount(off, side, unit)} on "
            "average, where "
            f"chance alone explains {amount(side, side)}. Errors of both signs, or of different "
            "times, may cancel."
        )
    return sentences


def about_baseline(overall: dict, by_period: pd.DataFrame | None, unit: str, own_share: bool) -> list[str]:
    """Better or worse than the baseline, by how much, in how many periods."""
    if "baseline" not in overall:
        return ["There is no baseline in the table: whether a simpler way does as well cannot be told."]
    m, better = overall["better_by_margin"], overall["better_by"]
    name = (
        "Always saying the share of the whole table, which nobody knew then," if own_share else "The baseline"
    )
    rows = f"the same {count(overall['n_baseline'], 'row')}"
    if "brier" in overall:
        told = f"{name} has a Brier score of {amount(overall['baseline'], m)} on {rows}, the scores "
        told += amount(overall["same_rows"], m)
    else:
        told = f"{name} is off by {amount(overall['baseline'], m, unit)} on {rows}, the predictions by "
        told += amount(overall["same_rows"], m, unit)
    if abs(better) <= m or math.isnan(m):
        verdict = (
            f"The difference, {amount(abs(better), m, unit)}, is no larger than chance alone may make it"
        )
        verdict = "Whether that is more than chance cannot be told" if math.isnan(m) else verdict
    else:
        verdict = (
            f"The predictions are {'better' if better > 0 else 'worse'} by {amount(abs(better), m, unit)}"
        )
    return [f"{told}. {verdict}{_in_periods(by_period)}."]


def _in_periods(by_period: pd.DataFrame | None) -> str:
    if by_period is None or "better_by" not in by_period:
        return ""
    judged = by_period[~by_period["few"] & by_period["better_by"].notna()]
    if len(judged) < 2:
        return ""
    kind = {"M": "month", "W": "week", "Q": "quarter"}[judged.index[0].freqstr[0]]
    return f"; better in {(judged['better_by'] > 0).sum()} of {count(len(judged), kind)} with enough cases"


def about_ranges(overall: dict, by_period: pd.DataFrame | None, unit: str, wanted: float | None) -> list[str]:
    """How many of the known values lie in their range, where fewest do."""
    if "in_range" not in overall:
        return []
    share, m = overall["in_range"], overall["in_range_margin"]
    told = (
        f"{share_text(share)} of {overall['n_ranges']:,} known values lie in their range "
        f"({share_text(overall['below_range'])} below it, {share_text(overall['above_range'])} above). "
        f"The ranges are "
        f"{amount(overall['range_width'], overall.get('margin', float('nan')), unit)} wide on average."
    )
    sentences = [told]
    if wanted is not None:
        near = "as promised, as far as can be told" if abs(share - wanted) <= m else "fewer than promised"
        near = "more than promised" if share - wanted > m else near
        sentences.append(f"Promised were {share_text(wanted)}: {near}.")
    judged = None if by_period is None else by_period[~by_period["few"] & by_period["in_range"].notna()]
    if judged is not None and len(judged) > 1:
        low, high = judged["in_range"].idxmin(), judged["in_range"].idxmax()
        sentences.append(
            f"Fewest lie in it in {group_name(low)}: {share_text(judged.loc[low, 'in_range'])} of "
            f"{judged.loc[low, 'n_ranges']:,.0f}; most in {group_name(high)}: "
            f"{share_text(judged.loc[high, 'in_range'])} of {judged.loc[high, 'n_ranges']:,.0f}."
        )
    return sentences


# --- scores of classifications --------------------------------------------------------------------


def about_scores(overall: dict, calibration: pd.DataFrame) -> list[str]:
    """How many came, how many the scores said, the order of the scores, like scores side by side."""
    n, m = overall["n"], overall["mean_error_margin"]
    came, said = overall["share_came"] * n, overall["mean_score"] * n
    sentences = [
        f"Of {n:,} predictions with a known outcome {came:,.0f} came "
        f"({share_text(overall['share_came'])}); the scores add up to {said:,.0f}."
    ]
    if abs(overall["mean_error"]) > m:
        way = "too high" if overall["mean_error"] > 0 else "too low"
        sentences[0] += f" On the whole they are {way}, by more than chance explains."
    sentences.append(f"Brier score {amount(overall['brier'], overall['margin'])} (0 is best).")
    if not math.isnan(overall["auc"]):
        sentences.append(
            f"Of 100 pairs, one where it came and one where not, about {100 * overall['auc']:.0f} "
            f"have the higher score where it came (AUC {overall['auc']:.2f}; 50 would be a coin)."
        )
    return sentences + _like_scores(calibration)


def _like_scores(table: pd.DataFrame) -> list[str]:
    judged = table[~table["few"]]
    if judged.empty:
        return ["Too few cases to hold scores of like size against what came."]
    top = judged.iloc[-1]
    told = [
        f"Of 100 with the highest scores ({percents(top['from'], top['to'])}), "
        f"{top['came_of_100']:.0f} came, where the scores said {top['said_of_100']:.0f} (n = "
        f"{top['n']:,.0f})."
    ]
    off = table[table["off"]]
    if len(off):
        names = [percents(row["from"], row["to"]) for _, row in off.iterrows()]
        told.append(f"What came is further from the scores than chance explains in {listed(names)}.")
    else:
        told.append("In no group of like scores is what came further from them than chance explains.")
    return told


def about_verdicts(overall: dict, threshold: float | None) -> list[str]:
    """Caught, missed, false alarms."""
    if "caught" not in overall:
        return []
    bar = (
        "As the predictions say yes or no"
        if threshold is None
        else f"With yes from a score of {threshold:g} on"
    )
    yes, came = overall["caught"] + overall["false_alarm"], overall["caught"] + overall["missed"]
    return [
        f"{bar}: {overall['caught']:,} of {came:,} that came are caught, {overall['missed']:,} missed; "
        f"{overall['false_alarm']:,} of {count(yes, 'alarm')} are false."
    ]


# --- level --------------------------------------------------------------------------------


def about_level(found: LevelChange, unit: str, kind: str) -> list[str]:
    """Whether, when and by how much the level of the errors changed."""
    if found.found is None:
        return [f"Whether the level of the errors changed was not looked for: {found.why}."]
    if not found.found or found.day is None:
        return [
            "No change of level is found in the errors over time that chance could not have "
            "made. A small or slow change may still be there."
        ]
    day_count = f", give or take {count(found.margin_days, 'day')}" if found.margin_days else ""
    bear = abs(found.size) / 10
    before, after = _signed(found.before, bear, unit, kind), _signed(found.after, bear, unit, kind)
    told = [
        f"The level of the errors changed on {date(found.day)}{day_count}: before, the "
        f"predictions were {before} on average, from then on {after}."
    ]
    if found.until is not None and found.later is not None:
        later = _signed(found.later, bear, unit, kind)
        told.append(
            f"From about {date(found.until)} on it was made up for, or passed: then they were {later}."
        )
    return [
        *told,
        "Look for what happened then: the world, the outcome's definition or the model may have "
        "changed. Only the strongest change is told, and a slow slide looks like one too.",
    ]


def _signed(value: float, bear: float, unit: str, kind: str) -> str:
    if kind == "classification":
        value, bear, unit = 100 * value, 100 * bear, "of 100"
    text = amount(abs(value), bear, unit)
    if not float(amount(abs(value), bear).replace(",", "")):
        return "right"
    return f"{text} too {'high' if value > 0 else 'low'}"
