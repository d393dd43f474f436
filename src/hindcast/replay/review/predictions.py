"""Read any table of predictions into the one form that a review counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from hindcast.errors import HindcastError
from hindcast.replay.review import cases, columns
from hindcast.words import listed

TIMES = ("origin", "due", "known_on", "newest_known")
MOST_BELOW_ONE = 0.1  # the largest part of a column in per cent that may lie between 0 and 1
SHARES_BESIDE_PERCENT = (30, 300)  # how many times larger per cent is than shares, give or take


@dataclass
class Predictions:
    """A table of predictions in one form. `rows` has one line for each row of the table.

    Its columns: origin, horizon (a text), due, day (that a row counts in), case (a number for each, missing
    where cases are not named), said (the number, or the chance 0 to 1), came (the number, or 1 and 0),
    baseline, low, high, verdict (1, 0 or missing), known_on, newest_known, unknown (no outcome is written
    yet). What the table lacks is missing.
    """

    rows: pd.DataFrame
    segments: pd.DataFrame
    kind: str
    unit: str
    roles: dict[str, str]
    day_is: str
    case: list[str] = field(default_factory=list)
    unreadable: dict[str, int] = field(default_factory=dict)
    copies: int = 0
    percent: bool = False


def read_predictions(
    table: pd.DataFrame,
    given: dict[str, str | None],
    by: Sequence[str],
    case: Sequence[str],
    unit: str,
    positive: object,
) -> Predictions:
    """`table` in one form. Raises HindcastError, naming the column, when it cannot be reviewed."""
    table = _check_table(table, by, case)
    if positive is not None and given["score"] is None and f"score_{positive}" in table:
        given = given | {"score": f"score_{positive}"}
        if given["baseline"] is None and f"baseline_score_{positive}" in table:
            given["baseline"] = f"baseline_score_{positive}"
    roles, own_unit = columns.find_roles(table, given)
    if "known_value" not in roles or not {"prediction", "score"} & roles.keys():
        lacking = "known_value" if "known_value" not in roles else "prediction"
        raise HindcastError(
            f"Which column holds the {lacking.replace('_', ' ')}?",
            f"Say it with {lacking}=. The columns are "
            f"{listed(table.columns, columns.MOST_NAMED, quote=True)}.",
        )
    times, lost_days = columns.read_times(table, {role: roles[role] for role in TIMES if role in roles})
    values, found = _read_outcomes(table, roles, given, positive)
    rows = pd.DataFrame(times | values, index=table.index)
    for name in (*TIMES, "baseline", "low", "high", "verdict"):
        if name not in rows:
            rows[name] = pd.NaT if name in TIMES else np.nan
    case = list(case) or cases.engines_case(table, roles)
    cases.add_horizon_and_day(rows, table, roles, found)
    rows["unknown"] = columns.is_blank(table[roles["known_value"]])
    rows["case"] = cases.case_numbers(table, case)
    found.update(roles=roles, case=case, copies=cases.count_copies(table, rows, case, roles))
    found["unreadable"] = {name: n for name, n in (found["unreadable"] | {"days": lost_days}).items() if n}
    percent = found["percent"] and found["kind"] == "number"
    return Predictions(rows, table[list(by)], unit=unit or ("points" if percent else own_unit), **found)


def _check_table(table: pd.DataFrame, by: Sequence[str], case: Sequence[str]) -> pd.DataFrame:
    if not isinstance(table, pd.DataFrame):
        raise HindcastError(
            f"review() takes a table (a pandas DataFrame), but got {type(table).__name__}.",
            "Read a file with pd.read_csv first.",
        )
    if table.empty:
        raise HindcastError("The table has no rows.", "Give review() one row for each prediction.")
    doubled = [name for name in table.columns if list(table.columns).count(name) > 1]
    if doubled:
        raise HindcastError(f"The column {doubled[0]!r} is there more than once.", "Give each its own name.")
    for argument, names in (("by", by), ("case", case)):
        for name in names:
            if name not in table.columns:
                raise HindcastError(
                    f"There is no column {name!r} ({argument}=). "
                    f"The columns are {listed(table.columns, columns.MOST_NAMED, quote=True)}."
                )
    return table.reset_index(drop=True)


# --- predictions and outcomes ---------------------------------------------------------------------


def _read_outcomes(
    table: pd.DataFrame, roles: dict[str, str], given: dict[str, str | None], positive: object
) -> tuple[dict[str, pd.Series], dict]:
    """Predictions and outcomes by the names of `Predictions.rows`; and kind, unreadable and percent."""
    outcome = table[roles["known_value"]]
    if columns.is_blank(outcome).all():
        raise HindcastError(
            f"{roles['known_value']!r} (known_value=) holds no known value at all, so that no prediction "
            "can be held against what came.",
            "Wait until outcomes are known, or name another column.",
        )
    classes = columns.read_two_classes(outcome, positive)
    if classes and ("score" in roles or _may_be_chances(table[roles["prediction"]], positive)):
        return _read_classification(table, roles, classes, positive)
    if given["score"] is not None or "prediction" not in roles:
        raise _not_two_classes(outcome, roles["known_value"])
    return _read_number_predictions(table, roles)


def _may_be_chances(column: pd.Series, positive: object) -> bool:
    """Whether predictions of an outcome with two classes are chances or classes, and not counts."""
    if columns.read_two_classes(column, positive if _holds(column, positive) else None):
        return True
    try:
        values, _, percent = columns.read_numbers(column, "prediction")
    except HindcastError:
        return False
    return percent or bool(values.dropna().between(0, 1).all())


def _holds(column: pd.Series, positive: object) -> bool:
    return positive is not None and str(positive).casefold() in set(column.astype(str).str.casefold())


def _not_two_classes(outcome: pd.Series, name: str) -> HindcastError:
    kinds = outcome[~columns.is_blank(outcome)].astype(str).value_counts()
    return HindcastError(
        f"A score is a chance, so {name!r} (known_value=) should hold two classes such as yes and no, but "
        f"holds {len(kinds):,} kinds: {listed(kinds.index, 4, quote=True)}.",
        "Say with positive= which of them the score is the chance of, or name another column.",
    )


def _read_number_predictions(table: pd.DataFrame, roles: dict[str, str]) -> tuple[dict[str, pd.Series], dict]:
    """A number prediction: every column as a number, in one unit."""
    outcome = table[roles["known_value"]]
    try:
        came, lost, signs = columns.read_numbers(outcome, "known_value")
    except columns.UnreadableColumn as error:
        raise _neither_numbers_nor_classes(outcome, roles["known_value"]) from error
    values, unreadable, percent = {"came": came}, {"known values": lost}, {"known_value": signs}
    for role, name in (("prediction", "said"), ("baseline", "baseline"), ("low", "low"), ("high", "high")):
        if role in roles:
            values[name], lost, percent[role] = columns.read_numbers(table[roles[role]], role)
            unreadable[f"{role}s" if role in ("prediction", "baseline") else f"{role} ends of a range"] = lost
    _check_one_scale(values, roles)
    _check_whole_ranges(values, roles)
    return values, {"kind": "number", "unreadable": unreadable, "percent": any(percent.values())}


def _neither_numbers_nor_classes(outcome: pd.Series, name: str) -> HindcastError:
    kinds = outcome[~columns.is_blank(outcome)].astype(str).value_counts()
    return HindcastError(
        f"{name!r} (known_value=) should hold numbers, or two classes such as yes and no, but holds "
        f"{len(kinds):,} kinds of text: {listed(kinds.index, 4, quote=True)}.",
        "Say with positive= which class counts, and with score= the column of its chance, or name another "
        "column.",
    )


def _check_one_scale(values: dict[str, pd.Series], roles: dict[str, str]) -> None:
    """Raise HindcastError where one column holds shares, 0 to 1, and another per cent."""
    came = values["came"].abs()
    for role, name in (("prediction", "said"), ("baseline", "baseline"), ("low", "low"), ("high", "high")):
        if name not in values or values[name].isna().all():
            continue
        said = values[name].abs()
        shares = {"known_value": came.max() <= 1, role: said.max() <= 1}
        middle = sorted([came.median(), said.median()])
        times = middle[1] / middle[0] if middle[0] else 0
        if sum(shares.values()) == 1 and SHARES_BESIDE_PERCENT[0] < times < SHARES_BESIDE_PERCENT[1]:
            share = next(role for role, is_share in shares.items() if is_share)
            percent = next(role for role, is_share in shares.items() if not is_share)
            raise HindcastError(
                f"{roles[share]!r} ({share}=) seems to hold shares, 0 to 1, and {roles[percent]!r} "
                f"({percent}=) per cent.",
                "Write both the same way: 100 times a share is per cent.",
            )


def _check_whole_ranges(values: dict[str, pd.Series], roles: dict[str, str]) -> None:
    ends = {"low", "high"} & values.keys()
    if len(ends) == 1:
        there = ends.pop()
        lacking = "high" if there == "low" else "low"
        raise HindcastError(
            f"A range needs both ends: there is {roles[there]!r} ({there}=) but no {lacking}=.",
            f"Name it, or leave {there} out of the table.",
        )
    if ends:
        wrong = values["low"] > values["high"]
        if wrong.any():
            raise HindcastError(
                f"{roles['low']!r} (low=) is above {roles['high']!r} (high=) in {wrong.sum():,} rows, "
                f"first in row {wrong.idxmax() + 1:,} of the table.",
                "Swap the two, or put these rows right.",
            )


def _read_classification(
    table: pd.DataFrame, roles: dict[str, str], classes: tuple[pd.Series, int], positive: object
) -> tuple[dict[str, pd.Series], dict]:
    """A classification: chances 0 to 1 of the class that counts, the classes said, the outcomes 1 and 0."""
    came, lost = classes
    values, unreadable = {"came": came}, {"known values": lost}
    if "prediction" in roles:
        column = table[roles["prediction"]]
        said = columns.read_two_classes(column, positive if _holds(column, positive) else None)
        if said:
            values["verdict"], unreadable["predictions"] = said
    scores = roles.get("score") or (roles["prediction"] if "verdict" not in values else None)
    chances = {"said": scores, "baseline": roles.get("baseline_score") or roles.get("baseline")}
    given = {name: column for name, column in chances.items() if column is not None}
    scale = {}
    for name, column in given.items():
        if (
            name == "baseline"
            and columns.read_two_classes(table[column], None) is None
            and _is_text(table[column])
        ):
            continue  # a class that the baseline says, not its chance
        role = "score" if name == "said" else "baseline"
        values[name], unreadable[f"{role}s"], scale[name] = _read_shares(table[column], role)
    if len(set(scale.values())) > 1:
        raise HindcastError(
            f"{given['said']!r} and {given['baseline']!r} are written in two ways: one as shares, 0 to 1, "
            "the other as per cent.",
            "Write both the same way.",
        )
    if "said" not in values:
        values["said"] = values["verdict"]
    return values, {
        "kind": "classification",
        "unreadable": unreadable,
        "percent": any(scale.values()),
    }


def _is_text(column: pd.Series) -> bool:
    return bool(pd.to_numeric(column[~columns.is_blank(column)], errors="coerce").isna().mean() > 0.5)


def _read_shares(column: pd.Series, role: str) -> tuple[pd.Series, int, bool]:
    """Chances as shares 0 to 1; per cent is divided by 100. Raises HindcastError for anything else."""
    values, lost, signs = columns.read_numbers(column, role)
    if values.min() < 0 or values.max() > 100:
        worst = values.min() if values.min() < 0 else values.max()
        raise HindcastError(
            f"{column.name!r} ({role}=) should hold chances, 0 to 1 or 0 % to 100 %, but holds {worst:g}.",
            "Put it right, or name another column.",
        )
    percent = signs or bool(values.max() > 1)
    between = (values > 0) & (values < 1)
    if percent and not signs and between.mean() > MOST_BELOW_ONE:
        raise HindcastError(
            f"{column.name!r} ({role}=) seems to mix shares and per cent: {between.sum():,} of its "
            f"numbers lie between 0 and 1, others go up to {values.max():g}.",
            "Write all of them as shares, 0 to 1.",
        )
    return (values / 100 if percent else values), lost, percent
