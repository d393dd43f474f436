"""backdated_cancellations and cancellation_replays: an honest replay, and two that fail in one way each."""

import runpy

import numpy as np
import pandas as pd
import pytest
from cards import DATASETS, numbers
from sklearn.metrics import brier_score_loss, roc_auc_score

from hindcast import tables
from hindcast.datasets import load_backdated_cancellations, load_cancellation_replays, load_members

HORIZON = pd.Timedelta(days=30)
SOME_ORIGINS = ["2024-01-01", "2024-09-01", "2025-03-01", "2025-08-01", "2025-12-01"]
CALLED_LESS = 0.9
# Two things that no earlier month shows: a version of the app, and a rival in one zone from a day on.
BAD_VERSION, RIVAL_ZONE, RIVAL_FROM = "5.0", "Riverside", pd.Timestamp("2025-06-01")
LETTERS = {"P": None, "Q": "survivors only", "R": "back-filled column"}  # how each goes wrong
# Limit for chance: how much higher those who leave later may score than in the honest fit, in log odds.
SLACK = 0.5


@pytest.fixture(scope="module")
def recipe() -> dict:
    return runpy.run_path(str(DATASETS / "recipes" / "backdated_cancellations.py"))


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """The table with the chances that the recipe of the members drew from, given what each row records."""
    truth = pd.read_csv(tables.data_folder() / "truth/members_truth.csv", parse_dates=["month"])
    rows = load_backdated_cancellations().merge(
        truth, left_on=["member", "origin"], right_on=["member", "month"], validate="one_to_one"
    )
    rows["chance"] = rows["chance_if_called"].where(rows["called"], rows["chance_if_not_called"])
    recorded = load_members()[["member", "month", "zone", "app_version", "on_call_list"]]
    return rows.merge(recorded, on=["member", "month"], validate="one_to_one")


@pytest.fixture(scope="module")
def left_alone(rows) -> pd.DataFrame:
    return rows[~rows["called"]]


@pytest.fixture(scope="module")
def replays() -> pd.DataFrame:
    """The three replays, with the day on which each member's account was closed, if it was."""
    closed_on = load_members().groupby("member")["closed_on"].max()
    return load_cancellation_replays().merge(closed_on, on="member", validate="many_to_one")


def squares(rows: pd.DataFrame, column: str) -> pd.Series:
    """The squared errors whose mean is the Brier score."""
    return (rows[column] - rows["cancelled"]) ** 2


def excess(rows: pd.DataFrame, one: str, other: str) -> tuple[float, float]:
    """How much higher the Brier score of `one` is than that of `other`, and the standard error of that."""
    apart = squares(rows, one) - squares(rows, other)
    return apart.mean(), apart.std() / np.sqrt(len(apart))


def spread(chance: pd.Series) -> float:
    """The standard deviation of a count of cancellations with these chances."""
    return np.sqrt((chance * (1 - chance)).sum())


def auc(rows: pd.DataFrame, column: str = "score") -> float:
    return roc_auc_score(rows["cancelled"], rows[column])


def log_odds(score: pd.Series) -> pd.Series:
    score = score.clip(0.0005, 0.9995)  # three decimals
    return np.log(score / (1 - score))


# What a row is


def test_there_is_a_row_for_every_member_at_every_first_of_the_month(rows):
    members = load_members()
    members = members[members["month"] >= "2024-01-01"]
    assert set(zip(rows["member"], rows["origin"], strict=True)) == set(
        zip(members["member"], members["month"], strict=True)
    )
    assert (rows["known_on"] - rows["origin"] == HORIZON).all() and (rows["horizon_days"] == 30).all()


def test_plan_call_and_outcome_are_those_of_the_members(rows):
    both = rows.merge(load_members(), on=["member", "month"], suffixes=("", "_there"))
    assert len(both) == len(rows)
    assert (both["plan"] == both["plan_there"]).all()
    assert (both["called"] == both["called_on"].notna()).all()
    assert (both["cancelled"] == both["cancelled_there"]).all()
    days = (both["called_on"] - both["origin"]).dt.days.dropna()
    assert days.between(1, 5).all()


# Honest


@pytest.mark.parametrize("origin", SOME_ORIGINS)
def test_fitting_again_on_the_table_as_that_day_knew_it_says_the_same(rows, recipe, origin):
    then = load_members(as_of=origin)
    known, cases = then[then["cancelled"].notna()], then[then["month"] == origin].set_index("member")
    assert (known["month"] + HORIZON <= pd.Timestamp(origin)).all()
    learned = known[known["called_on"].isna()]
    fitted = recipe["model"](back_filled=False).fit(learned, learned["cancelled"].astype(bool))
    score = pd.Series(fitted.predict_proba(cases)[:, 1], index=cases.index).round(3)
    shipped = rows[rows["origin"] == origin].set_index("member")
    assert (score[shipped.index] == shipped["score"]).all() and len(score) == len(shipped)
    assert shipped["baseline_score"].unique() == [round(known["cancelled"].mean(), 3)]


def test_february_is_not_learned_from_on_the_first_of_march():
    then = load_members(as_of="2025-03-01")
    assert then.loc[then["month"] == "2025-02-01", "cancelled"].isna().all()
    assert then.loc[then["month"] == "2025-01-01", "cancelled"].notna().all()


def change_after(members: pd.DataFrame, origin: pd.Timestamp, only: str | None = None) -> pd.DataFrame:
    """Change all values first known after `origin`, or those of one column; missing events may now happen.

    The cases, rows of `origin`, keep what they record of the days before.
    """
    changed = members.copy()
    for field in tables.describe_table("members")["schema"]["fields"]:
        name, rule = field["name"], field["knownAt"]
        unknown = members["month"] > origin
        if rule not in ("always", "month"):
            over = members["month"] + HORIZON <= origin  # no call and no closing of that month can come now
            unknown = unknown | ~(over | (tables.known_on(members, rule) <= origin))
        if name not in ("member", "month") and only in (None, name):
            changed[name] = members[name].where(~unknown, other_values(members[name]))
    return changed


def other_values(column: pd.Series) -> pd.Series:
    """Another value in each row: the values in reverse order, or another day."""
    if pd.api.types.is_bool_dtype(column):
        return ~column
    if pd.api.types.is_numeric_dtype(column):
        return column.fillna(0) + 3
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.isna().map({True: pd.Timestamp("2025-10-10"), False: pd.Timestamp("2026-01-14")})
    kinds = sorted(column.dropna().unique())
    return column.map(dict(zip(kinds, [*kinds[1:], kinds[0]], strict=True)))


@pytest.mark.parametrize("origin", SOME_ORIGINS)
def test_no_score_moves_when_all_that_became_known_later_is_changed(rows, recipe, origin):
    origin = pd.Timestamp(origin)
    said = recipe["replay"](change_after(load_members(), origin), pd.DatetimeIndex([origin]))
    shipped = rows[rows["origin"] == origin]
    assert said["member"].tolist() == shipped["member"].tolist()
    assert (said["score"].to_numpy() == shipped["score"].to_numpy()).all()
    assert (said["baseline_score"].to_numpy() == shipped["baseline_score"].to_numpy()).all()


# Good, but not better than possible


def halves(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows by half-year."""
    first = np.where(rows["origin"].dt.month <= 6, "first", "second")
    parts = rows.groupby([rows["origin"].dt.year, first])
    return {f"{year} {half} half": part for (year, half), part in parts}


def test_it_comes_close_to_the_best_that_can_be_said_and_does_not_beat_it(left_alone):
    more, error = excess(left_alone, "score", "chance_if_not_called")
    assert more > -3 * error
    reachable = -excess(left_alone, "chance_if_not_called", "baseline_score")[0]
    assert more - 3 * error < 0.5 * reachable
    assert auc(left_alone) - 0.5 > 0.75 * (auc(left_alone, "chance_if_not_called") - 0.5)


def test_it_beats_the_base_rate(rows, left_alone):
    for group in (rows, left_alone):
        gain, error = excess(group, "baseline_score", "score")
        assert gain > 3 * error


def test_as_many_cancel_as_the_scores_say_among_those_left_alone(left_alone):
    usual = left_alone[~on_bad_version(left_alone) & ~near_the_rival(left_alone)]
    fifths = dict(list(usual.groupby(pd.qcut(usual["score"], 5))))
    for group in [usual, *halves(usual).values(), *fifths.values()]:
        said = group["score"].sum()
        # Limit for chance: a coin for each member, and the error of a level learned from that many cases.
        error = np.hypot(spread(group["score"]), said / np.sqrt(learned_cancellations(group)))
        assert abs(group["cancelled"].sum() - said) < 3 * error


def learned_cancellations(rows: pd.DataFrame) -> float:
    """How many cancellations were known at the origins of these rows, on average."""
    members = load_members()
    days = np.sort((members["month"] + HORIZON)[members["cancelled"]].to_numpy())
    return np.searchsorted(days, rows["origin"].to_numpy(), side="right").mean()


def on_bad_version(rows: pd.DataFrame) -> pd.Series:
    return rows["app_version"] == BAD_VERSION


def near_the_rival(rows: pd.DataFrame) -> pd.Series:
    return (rows["zone"] == RIVAL_ZONE) & (rows["origin"] >= RIVAL_FROM)


@pytest.mark.parametrize("surprised", [on_bad_version, near_the_rival])
def test_what_no_month_before_had_taught_takes_the_replay_by_surprise(rows, surprised):
    surprise = surprised(rows)
    assert surprise.sum() > 150
    said, true = rows["score"], rows["chance_if_not_called"]
    assert said[surprise].sum() < 0.75 * true[surprise].sum()
    assert said[~surprise].sum() > 0.85 * true[~surprise].sum()


# An outcome changed by acting


def test_nobody_was_called_before_2025_and_then_only_some_of_the_call_list(rows):
    assert rows.loc[rows["called"], "origin"].min() >= pd.Timestamp("2025-01-01")
    assert rows.loc[rows["called"], "on_call_list"].all()
    on_list = rows[rows["on_call_list"]]
    assert abs(on_list["called"].mean() - 0.5) < 3 * 0.5 / np.sqrt(len(on_list))


def test_a_call_lowers_the_chance_and_the_scores_do_not_know_of_it(rows):
    called = rows[rows["called"]]
    less = log_odds(called["chance_if_not_called"]) - log_odds(called["chance_if_called"])
    assert abs(less.mean() - CALLED_LESS) < 0.05
    assert abs(called["cancelled"].sum() - called["chance"].sum()) < 3 * spread(called["chance"])
    assert called["score"].sum() > 1.25 * called["chance"].sum()


def test_no_called_member_is_learned_from(recipe):
    members, origin = load_members(), pd.DatetimeIndex(["2025-12-01"])
    called = members["called_on"].notna()
    turned = members.assign(cancelled=members["cancelled"] ^ called)
    said = [recipe["replay"](table, origin)["score"] for table in (members, turned)]
    assert (said[0] == said[1]).all()


# The replays: P, Q and R


def test_the_key_names_the_honest_replay_and_what_gives_the_others_away():
    key = pd.read_csv(tables.data_folder() / "truth/replays_key.csv").set_index(["table", "replay"])
    key = key.loc["cancellation_replays"]
    assert key["way"].dropna().to_dict() == {letter: way for letter, way in LETTERS.items() if way}
    assert key["honest"].to_dict() == {letter: way is None for letter, way in LETTERS.items()}
    assert key["giveaway"].dropna().to_dict() == {"Q": "cases", "R": "score"}


def test_p_is_the_honest_replay(replays):
    rows = replays[replays["replay"] == "P"]
    honest = rows.merge(load_backdated_cancellations(), on=["origin", "member"], suffixes=("", "_there"))
    assert len(honest) == len(rows)
    assert (honest["score"] == honest["score_there"]).all()
    assert (honest["cancelled"] == honest["cancelled_there"]).all()


def missing_cases(rows: pd.DataFrame) -> pd.DataFrame:
    """Members that were there at an origin and are not in the replay."""
    parts = []
    for origin, cases in rows.groupby("origin"):
        then = load_members(as_of=origin)
        then = then[(then["month"] == origin) & ~then["member"].isin(cases["member"])]
        parts.append(then[["member", "month"]])
    gone = pd.concat(parts).merge(load_members()[["member", "month", "cancelled"]])
    return gone.merge(load_members().groupby("member")["closed_on"].max(), on="member")


def every_member_of_the_day_is_a_case(rows: pd.DataFrame) -> bool:
    return missing_cases(rows).empty


def outcomes_are_those_that_came_on_their_day(rows: pd.DataFrame) -> bool:
    members = load_members().rename(columns={"month": "origin"})
    both = rows.merge(members, on=["member", "origin"], suffixes=("", "_there"))
    came = (both["cancelled"] == both["cancelled_there"]).all()
    return bool(came and (both["known_on"] - both["origin"] == HORIZON).all())


def scores_know_nothing_of_later_months(rows: pd.DataFrame) -> bool:
    """Members who left after these 30 days have no higher scores than the honest fit gives them."""
    honest = load_backdated_cancellations().set_index(["origin", "member"])["score"]
    stayed = rows[~rows["cancelled"]].set_index(["origin", "member"])
    beyond = log_odds(stayed["score"]) - log_odds(honest.loc[stayed.index])
    leaves_later = stayed["closed_on"].notna()
    return bool(beyond[leaves_later].mean() - beyond[~leaves_later].mean() < SLACK)


RULES = {
    "survivors only": every_member_of_the_day_is_a_case,
    "back-filled column": scores_know_nothing_of_later_months,
    "wrong outcomes": outcomes_are_those_that_came_on_their_day,
}


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("fault", RULES)
def test_each_replay_breaks_its_own_rule_and_no_other(replays, letter, fault):
    rows = replays[replays["replay"] == letter]
    assert RULES[fault](rows) == (LETTERS[letter] != fault)


def said_by(recipe: dict, letter: str, members: pd.DataFrame, origin: pd.Timestamp) -> pd.Series:
    """The scores of one replay at one origin, by member."""
    if letter == "Q":
        members = recipe["survivors"](members, np.random.default_rng(recipe["SEED"]))
    rows = recipe["replay"](members, pd.DatetimeIndex([origin]), back_filled=letter == "R")
    return rows.set_index("member")["score"]


@pytest.mark.parametrize("letter", LETTERS)
def test_what_the_recipe_says_at_an_origin_is_what_the_replay_holds(recipe, replays, letter):
    origin = pd.Timestamp("2025-06-01")
    shipped = replays[(replays["replay"] == letter) & (replays["origin"] == origin)]
    said = said_by(recipe, letter, load_members(), origin)
    assert said.equals(shipped.set_index("member")["score"])


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize(
    ("column", "moves"),
    [
        ("cancelled", []),
        ("orders_30d", []),
        ("called_on", []),
        ("cancel_reason", []),
        ("closed_on", ["Q"]),
        ("account_state", ["R"]),
    ],
)
def test_only_its_own_later_column_moves_a_replay(recipe, letter, column, moves):
    origin = pd.Timestamp("2025-06-01")
    members = load_members()
    changed = change_after(members, origin, only=column)
    assert not changed[column].equals(members[column])
    same = said_by(recipe, letter, members, origin).equals(said_by(recipe, letter, changed, origin))
    assert same == (letter not in moves)


def test_all_members_missing_from_q_left_later_and_long_before_the_export(replays, recipe):
    gone = missing_cases(replays[replays["replay"] == "Q"])
    assert (gone["closed_on"] > gone["month"]).all()
    assert (gone["closed_on"] < recipe["DELETED_BEFORE"]).all()
    assert gone.groupby("month").size().reindex(recipe["REPLAYED"]).min() >= 3


def test_q_looks_no_better_than_the_honest_replay(replays):
    letters = dict(list(replays.groupby("replay")))
    error = 0.3 / np.sqrt(letters["Q"]["cancelled"].sum())  # ranks between 0 and 1 spread by 0.3
    assert auc(letters["Q"]) - auc(letters["P"]) < 3 * error


def test_q_promises_far_fewer_cancellations_than_the_honest_replay_of_the_same_members(replays):
    both = replays[replays["replay"] == "Q"].merge(
        replays[replays["replay"] == "P"], on=["origin", "member"], suffixes=("", "_honest")
    )
    assert both["score"].sum() < 0.7 * both["score_honest"].sum()
    missing = missing_cases(replays[replays["replay"] == "Q"])["cancelled"].sum()
    assert missing > 0.3 * replays.loc[replays["replay"] == "P", "cancelled"].sum()


def test_the_scores_of_r_give_the_outcome_away(replays):
    rows, honest = (replays[replays["replay"] == letter] for letter in "RP")
    assert auc(rows) > 0.9 and auc(honest) < 0.85
    assert later(rows) > 0.9 and later(honest) < 0.8


def later(rows: pd.DataFrame) -> float:
    """How well the scores tell who left later, among those who stayed these 30 days."""
    stayed = rows[~rows["cancelled"]]
    return roc_auc_score(stayed["closed_on"].notna(), stayed["score"])


# The cards


def reading(rows: pd.DataFrame) -> dict:
    """What the card says of a group of rows."""
    facts = {
        "rows": len(rows),
        "cancelled": int(rows["cancelled"].sum()),
        "score_sum": round(rows["score"].sum(), 1),
    }
    if "chance" in rows:
        facts["chance_sum"] = round(rows["chance"].sum(), 1)
    for name in ("score", "baseline_score", "chance"):
        if name in rows:
            facts[f"{name}_brier"] = round(brier_score_loss(rows["cancelled"], rows[name]), 4)
    for name in ("score", "chance"):
        if name in rows:
            facts[f"{name}_auc"] = round(auc(rows, name), 3)
    return facts


def test_the_card_of_the_backdated_cancellations_tells_its_numbers(rows, left_alone):
    fifths = pd.qcut(left_alone["score"], 5, labels=["lowest", "second", "third", "fourth", "highest"])
    called = rows[rows["called"]]
    facts = {
        "rows": len(rows),
        "members": rows["member"].nunique(),
        "all": reading(rows),
        "left_alone": reading(left_alone),
        "called": reading(called) | {"if_not_called_sum": round(called["chance_if_not_called"].sum(), 1)},
        "app_version_5_0": reading(rows[on_bad_version(rows)]),
        "riverside_from_june_2025": reading(rows[near_the_rival(rows)]),
        "half_year": {name: reading(group) for name, group in halves(rows).items()},
        "fifth_of_scores_left_alone": {
            str(name): {
                "members": len(group),
                "mean_score": round(group["score"].mean(), 3),
                "share_cancelled": round(group["cancelled"].mean(), 3),
            }
            for name, group in left_alone.groupby(fifths, observed=True)
        },
    }
    assert numbers("backdated_cancellations") == facts


def test_the_card_of_the_replays_tells_their_numbers(replays):
    gone = missing_cases(replays[replays["replay"] == "Q"])
    facts = {
        "rows": len(replays),
        "missing": {f"{month:%Y-%m-%d}": len(rows) for month, rows in gone.groupby("month")},
        "missing_who_cancelled_within_30_days": int(gone["cancelled"].sum()),
    }
    for letter, rows in replays.groupby("replay"):
        facts[letter] = reading(rows) | {"auc_for_leaving_later": round(later(rows), 3)}
    assert numbers("cancellation_replays") == facts
