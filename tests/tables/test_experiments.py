"""The two experiments and their checkpoints: planted effects, what misleads, and the numbers on the cards."""

import math
import os
import runpy

import numpy as np
import pandas as pd
import pytest
from cards import DATASETS, numbers

from hindcast import datasets, field_data

RECIPE = runpy.run_path(str(DATASETS / "recipes" / "experiments.py"))
ETA_ARMS, SWAP_ARMS = ("minute", "range"), ("swap", "ask")
PEEKING_ENDS = "2025-03-02"
LOOKS = ["2025-08-18", "2025-09-01", "2025-09-14"]


@pytest.fixture(scope="module")
def eta() -> pd.DataFrame:
    return datasets.load_eta_experiment()


@pytest.fixture(scope="module")
def substitution() -> pd.DataFrame:
    return datasets.load_substitution_experiment()


@pytest.fixture(scope="module")
def newer(substitution) -> pd.DataFrame:
    return substitution[substitution["app_version"] != RECIPE["OLD"]]


@pytest.fixture(scope="module")
def checkpoints() -> pd.DataFrame:
    return datasets.load_experiment_checkpoints()


def two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))


def compared(control: pd.Series, treatment: pd.Series) -> dict:
    """Treatment minus control, its 95 % interval, standard error and p."""
    groups = [group.dropna().astype(float) for group in (control, treatment)]
    error = math.sqrt(sum(group.var() / len(group) for group in groups))
    change = groups[1].mean() - groups[0].mean()
    return {
        "difference": change,
        "low": change - 1.96 * error,
        "high": change + 1.96 * error,
        "error": error,
        "p": two_sided(change / error),
    }


def effect(table: pd.DataFrame, metric: str, arms: tuple[str, str]) -> dict:
    return compared(*(table.loc[table["arm"] == arm, metric] for arm in arms))


def ratio(table: pd.DataFrame, arms: tuple[str, str]) -> dict:
    """Members by arm, and p of the chi-square test of an even split (one degree of freedom)."""
    control, treatment = (int((table["arm"] == arm).sum()) for arm in arms)
    p = two_sided((control - treatment) / math.sqrt(control + treatment))
    return {arms[0]: control, arms[1]: treatment, "p": p}


def known_by(table: pd.DataFrame, day: str) -> pd.DataFrame:
    return table[table["outcome_known_on"] <= day]


def planted_in_eta(eta: pd.DataFrame) -> float:
    """The change in contacts a member that the recipe gives these members."""
    return float(eta["member_since"].map(RECIPE["CONTACTS"]).mean() * (RECIPE["RANGE_TO_MINUTE"] - 1))


def planted_in_refunds() -> float:
    """The change in euros a member that the recipe gives everybody who was to take part."""
    drawn = pd.Series(RECIPE["VERSION_SHARES"], RECIPE["VERSIONS"]) * pd.Series(RECIPE["REFUNDED"])
    return float(drawn.sum() * (RECIPE["ASK_TO_SWAP"] - 1) * RECIPE["REFUND_MEAN"])


# The range against the exact minute


def test_coin_split_the_members_evenly_and_balanced_what_was_there_before(eta):
    assert ratio(eta, ETA_ARMS)["p"] > 0.05
    for column in ("member_since", "platform"):
        for value in eta[column].unique():
            has = eta.assign(has=eta[column] == value)
            assert effect(has, "has", ETA_ARMS)["p"] > 0.05, value


def test_each_interval_covers_the_effect_that_was_planted(eta):
    planted = {
        "contacts": planted_in_eta(eta),
        "reordered": 0.0,
        "rating": 0.0,
        "opened_map": 0,
        "sessions": 0,
    }
    for metric, change in planted.items():
        found = effect(eta, metric, ETA_ARMS)
        assert found["low"] < change < found["high"], metric


def test_range_lowers_contacts_and_is_not_shown_to_change_reordering_or_rating(eta):
    assert effect(eta, "contacts", ETA_ARMS)["high"] < 0
    for metric in ("reordered", "rating"):
        found = effect(eta, metric, ETA_ARMS)
        assert found["low"] < 0 < found["high"], metric
    assert effect(eta, "reordered", ETA_ARMS)["low"] < -0.03


def changed(monkeypatch, **values) -> pd.DataFrame:
    """The first experiment from a recipe in which these values stand."""
    for name, value in values.items():
        monkeypatch.setitem(RECIPE["make_eta"].__globals__, name, value)
    return RECIPE["make_eta"]()


def test_recipe_gives_the_arms_the_same_chances_in_all_but_contacts(monkeypatch):
    """With thirty times the members no effect shows that was not planted."""
    size = {"LONGER_MEMBERS": 60_000, "NEW_MEMBERS": 36_000}
    many = changed(monkeypatch, names=lambda first_digit, count, rng: np.arange(count), **size)
    for metric in ("reordered", "rating", "opened_map", "sessions"):
        found = effect(many, metric, ETA_ARMS)
        assert abs(found["difference"]) < 3 * found["error"], metric
    contacts = effect(many, "contacts", ETA_ARMS)
    assert abs(contacts["difference"] - planted_in_eta(many)) < 3 * contacts["error"]


def arm_intervals(table: pd.DataFrame) -> list[tuple[float, float]]:
    groups = [table.loc[table["arm"] == arm, "contacts"] for arm in ETA_ARMS]
    return [(group.mean() - 1.96 * group.sem(), group.mean() + 1.96 * group.sem()) for group in groups]


def test_intervals_of_the_arms_overlap_though_the_difference_is_shown(eta):
    control, treatment = arm_intervals(eta)
    assert treatment[1] > control[0] and effect(eta, "contacts", ETA_ARMS)["p"] < 0.05


def map_users_against_the_rest(eta: pd.DataFrame) -> dict:
    return compared(*(eta.loc[eta["opened_map"] == opened, "reordered"] for opened in (False, True)))


def test_whoever_opened_the_map_reorders_more_but_the_map_does_nothing(eta, monkeypatch):
    found = map_users_against_the_rest(eta)
    assert found["difference"] > 3 * found["error"] and found["difference"] > 0.1
    by_a_coin = changed(monkeypatch, KEENNESS=RECIPE["KEENNESS"] | {"opened_map": 0.0})
    same = map_users_against_the_rest(by_a_coin)
    assert abs(same["difference"]) < 3 * same["error"], "opened by a coin's will, the map changes nothing"


def halves(eta: pd.DataFrame) -> list[pd.DataFrame]:
    """Who entered in the first two weeks, and in the last two."""
    days = (eta["entered_on"] - eta["entered_on"].min()).dt.days
    return [eta[days < 14], eta[days >= 28]]


def test_contacts_of_everybody_rise_over_the_weeks_since_more_members_are_new(eta):
    first, last = halves(eta)
    assert (last["member_since"] == "new").mean() > (first["member_since"] == "new").mean() + 0.4
    everybody = compared(first["contacts"], last["contacts"])
    assert everybody["difference"] > 3 * everybody["error"]
    ranges = compared(*(half.loc[half["arm"] == "range", "contacts"] for half in (first, last)))
    assert ranges["difference"] > 3 * ranges["error"]
    for since in ("new", "longer"):
        alike = compared(*(half.loc[half["member_since"] == since, "contacts"] for half in (first, last)))
        assert abs(alike["difference"]) < 3 * alike["error"], since


def test_sessions_are_no_people_and_counted_as_such_make_the_interval_too_narrow(eta):
    by_member = effect(eta, "contacts", ETA_ARMS)["error"] / (eta["contacts"].mean())
    sums = eta.groupby("arm")[["contacts", "sessions"]].sum()
    share = sums["contacts"].sum() / sums["sessions"].sum()
    by_session = math.sqrt((share * (1 - share) / sums["sessions"]).sum()) / share
    assert sums["sessions"].sum() > 4 * len(eta) and by_session < 0.9 * by_member


def p_by_day(checkpoints: pd.DataFrame, experiment: str, metric: str) -> pd.Series:
    """p of the difference on each day, from the checkpoints alone."""
    rows = checkpoints[(checkpoints["experiment"] == experiment) & (checkpoints["metric"] == metric)]
    rows = rows.set_index("day")
    error = np.sqrt(rows["variance_c"] / rows["count_c"] + rows["variance_t"] / rows["count_t"])
    return ((rows["mean_t"] - rows["mean_c"]) / error).map(two_sided)


def test_reordering_looks_significant_on_some_early_days_and_fades(checkpoints):
    p = p_by_day(checkpoints, "eta", "reordered")
    assert (p[:PEEKING_ENDS] < 0.05).sum() >= 4
    assert (p["2025-03-03":] > 0.05).all() and p.iloc[-1] > 0.3


def share_of_draws_that_peek(eta: pd.DataFrame, draws: int, rng: np.random.Generator) -> float:
    """How often a new coin for every member gives some day of reordering with p below 0.05."""
    rows = eta.sort_values("outcome_known_on", kind="stable")
    reordered = rows["reordered"].to_numpy(float)
    ends = rows["outcome_known_on"].value_counts().sort_index().cumsum().to_numpy() - 1
    treated = rng.random((draws, len(rows))) < 0.5
    sums = [
        (np.cumsum(arm, 1)[:, ends], np.cumsum(arm * reordered, 1)[:, ends]) for arm in (~treated, treated)
    ]
    means = [total / count for count, total in sums]
    error = np.sqrt(sum(m * (1 - m) / (n - 1) for (n, _), m in zip(sums, means, strict=True)))
    return float((np.abs(means[1] - means[0]) > 1.96 * error).any(axis=1).mean())


def test_with_daily_looks_a_new_coin_peeks_in_a_fifth_to_a_third_of_the_draws(eta):
    assert 1 / 5 < share_of_draws_that_peek(eta, 1000, np.random.default_rng(3)) < 1 / 3


def test_keen_members_rate_more_often_and_better(eta):
    given = eta.assign(given=eta["rating"].notna())
    for metric, rows in (("given", given), ("rating", given)):
        groups = [rows.loc[rows["opened_map"] == opened, metric] for opened in (False, True)]
        assert compared(*groups)["low"] > 0, metric
    assert given["given"].mean() < 0.5


# Asking before a swap


@pytest.mark.parametrize("day", LOOKS)
def test_sample_ratio_is_wrong_at_every_look_by_entries_and_by_outcomes(substitution, day):
    entered = substitution[substitution["entered_on"] <= day]
    for rows in (entered, known_by(substitution, day)):
        found = ratio(rows, SWAP_ARMS)
        assert found["ask"] < found["swap"] and found["p"] < 0.001


def test_only_the_old_app_loses_rows(substitution, newer):
    assert ratio(substitution, SWAP_ARMS)["p"] < 0.001
    for version, rows in substitution.groupby("app_version"):
        p = ratio(rows, SWAP_ARMS)["p"]
        assert (p < 0.001) if version == RECIPE["OLD"] else (p > 0.05), version
    assert ratio(newer, SWAP_ARMS)["p"] > 0.05
    old = ratio(substitution[substitution["app_version"] == RECIPE["OLD"]], SWAP_ARMS)
    kept = 1 - RECIPE["LOST_SHARE"]
    assert abs(old["ask"] / old["swap"] - kept) < 3 * kept * math.sqrt(1 / old["ask"] + 1 / old["swap"])


def test_contacts_seem_to_fall_though_asking_does_nothing_to_them(substitution, newer):
    found = effect(substitution, "contacts", SWAP_ARMS)
    assert found["high"] < 0, "the naive interval leaves out the planted effect, which is none"
    for version, rows in substitution.groupby("app_version"):
        within = effect(rows, "contacts", SWAP_ARMS)
        assert within["low"] < 0 < within["high"], version
    within = effect(newer, "contacts", SWAP_ARMS)
    assert within["low"] < 0 < within["high"]


def test_members_with_the_old_app_write_to_support_more(substitution, newer):
    old = substitution[substitution["app_version"] == RECIPE["OLD"]]
    found = compared(newer["contacts"], old["contacts"])
    assert found["difference"] > 3 * found["error"]


def test_last_look_tempts_to_stop_and_ship_on_contacts(checkpoints):
    p = p_by_day(checkpoints, "substitution", "contacts")
    assert p[LOOKS[0]] > 0.05 > p[LOOKS[1]] > p[LOOKS[2]]


def test_refund_effect_is_covered_and_reordering_is_not_moved(substitution, newer):
    refunds = effect(substitution, "refund_euros", SWAP_ARMS)
    assert refunds["low"] < planted_in_refunds() < refunds["high"]
    reordered = effect(substitution, "reordered", SWAP_ARMS)
    assert reordered["low"] < 0 < reordered["high"]


# Both, and the checkpoints


def test_checkpoints_can_be_recomputed_from_the_two_tables(eta, substitution, checkpoints):
    tables = {"eta": (eta, ETA_ARMS), "substitution": (substitution, SWAP_ARMS)}
    for row in checkpoints.itertuples():
        table, arms = tables[row.experiment]
        known = known_by(table, row.day)
        for letter, arm in zip("ct", arms, strict=True):
            values = known.loc[known["arm"] == arm, row.metric].dropna().astype(float)
            assert getattr(row, f"count_{letter}") == len(values)
            assert getattr(row, f"mean_{letter}") == round(values.mean(), 5)
            assert getattr(row, f"variance_{letter}") == round(values.var(ddof=1), 5)


def test_checkpoints_have_every_day_on_which_an_outcome_came(eta, substitution, checkpoints):
    for name, table in (("eta", eta), ("substitution", substitution)):
        days = pd.date_range(table["outcome_known_on"].min(), table["outcome_known_on"].max())
        rows = checkpoints[checkpoints["experiment"] == name]
        assert [list(metric["day"]) for _, metric in rows.groupby("metric")] == [list(days)] * 3


@pytest.mark.skipif(not os.environ.get("HINDCAST_FIELD_DATA"), reason="needs HINDCAST_FIELD_DATA")
def test_checkpoints_name_counts_means_and_variances_as_the_public_archive_does(checkpoints):
    named = [f"{what}_{arm}" for what in ("count", "mean", "variance") for arm in "ct"]
    assert set(named) <= set(checkpoints) and set(named) <= set(field_data.fetch_ab_experiments())


def test_as_of_hides_outcomes_and_members_who_had_not_entered():
    eta = datasets.load_eta_experiment(as_of="2025-02-24")
    outcomes = ["opened_map", "sessions", "contacts", "reordered", "rating"]
    due = eta["outcome_known_on"] <= "2025-02-24"
    assert eta["entered_on"].max() == pd.Timestamp("2025-02-24") and 0 < due.sum() < len(eta)
    assert eta.loc[~due, outcomes].isna().all(axis=None)
    assert eta.loc[due, outcomes[:-1]].notna().all(axis=None) and eta.loc[due, "rating"].notna().any()
    substitution = datasets.load_substitution_experiment(as_of=LOOKS[0])
    due = substitution["outcome_known_on"] <= LOOKS[0]
    hidden = substitution.loc[~due, ["contacts", "reordered", "refund_euros"]]
    assert len(hidden) and hidden.isna().all(axis=None)
    assert datasets.load_experiment_checkpoints(as_of=LOOKS[0])["day"].max() == pd.Timestamp(LOOKS[0])


def test_outcomes_become_known_after_the_days_that_the_cards_name(eta, substitution):
    for table, days in ((eta, RECIPE["ETA_KNOWN_AFTER"]), (substitution, RECIPE["SWAP_KNOWN_AFTER"])):
        assert (table["outcome_known_on"] - table["entered_on"]).eq(pd.Timedelta(days=days)).all()


def test_members_of_the_experiments_are_in_no_other_table(eta, substitution):
    others = set(datasets.load_scores()["member"]) | set(datasets.load_members()["member"])
    assert not others & (set(eta["member"]) | set(substitution["member"]))
    assert not set(eta["member"]) & set(substitution["member"])


# The cards


def shown(found: dict) -> dict:
    """Rounded as on the card: p to two digits that count."""
    rounded = {name: round(float(found[name]), 4) for name in ("difference", "low", "high")}
    return rounded | {"p": float(f"{found['p']:.1e}")}


def by_arm(table: pd.DataFrame, metrics: list[str], arms: tuple[str, str]) -> dict:
    """For each metric the means by arm and the difference."""
    means = table.groupby("arm")[metrics].mean()
    return {
        metric: {arm: round(float(means.loc[arm, metric]), 4) for arm in arms}
        | shown(effect(table, metric, arms))
        for metric in metrics
    }


def eta_facts(eta: pd.DataFrame) -> dict:
    first, last = halves(eta)
    return {
        "rows": len(eta),
        "members": {arm: int((eta["arm"] == arm).sum()) for arm in ETA_ARMS},
        "sample_ratio_p": round(ratio(eta, ETA_ARMS)["p"], 4),
        "sessions": int(eta["sessions"].sum()),
        "ratings": int(eta["rating"].notna().sum()),
        "planted": {
            "contacts": round(planted_in_eta(eta), 4),
            "contacts_range_to_minute": RECIPE["RANGE_TO_MINUTE"],
            "reordered": 0.0,
            "rating": 0.0,
        },
        **by_arm(eta, ["contacts", "reordered", "rating"], ETA_ARMS),
        "contacts_of_an_arm": {
            arm: [round(float(end), 4) for end in interval]
            for arm, interval in zip(ETA_ARMS, arm_intervals(eta), strict=True)
        },
        "map_users_against_the_rest": shown(map_users_against_the_rest(eta)),
        "last_two_weeks_against_first_two": shown(compared(first["contacts"], last["contacts"])),
        "new_share": {
            "first_two_weeks": round(float((first["member_since"] == "new").mean()), 4),
            "last_two_weeks": round(float((last["member_since"] == "new").mean()), 4),
        },
    }


def substitution_facts(substitution: pd.DataFrame) -> dict:
    newer = substitution[substitution["app_version"] != RECIPE["OLD"]]
    facts = {
        "rows": len(substitution),
        "planted": {
            "members": RECIPE["SWAP_MEMBERS"],
            "lost_share_of_app_4_9_when_asked": RECIPE["LOST_SHARE"],
            "contacts": 0.0,
            "reordered": 0.0,
            "refund_euros": round(planted_in_refunds(), 4),
            "refunds_ask_to_swap": RECIPE["ASK_TO_SWAP"],
        },
        **by_arm(substitution, ["contacts", "reordered", "refund_euros"], SWAP_ARMS),
        "contacts_with_newer_apps": shown(effect(newer, "contacts", SWAP_ARMS)),
        "members_by_version": {
            version: {arm: int((rows["arm"] == arm).sum()) for arm in SWAP_ARMS}
            for version, rows in substitution.groupby("app_version")
        },
        "look": {},
    }
    for day in LOOKS:
        entered, known = substitution[substitution["entered_on"] <= day], known_by(substitution, day)
        facts["look"][day] = {
            "entered": {arm: int((entered["arm"] == arm).sum()) for arm in SWAP_ARMS},
            "entered_p": float(f"{ratio(entered, SWAP_ARMS)['p']:.1e}"),
            "known": {arm: int((known["arm"] == arm).sum()) for arm in SWAP_ARMS},
            "known_p": float(f"{ratio(known, SWAP_ARMS)['p']:.1e}"),
            "contacts": shown(effect(known, "contacts", SWAP_ARMS)),
        }
    return facts


def checkpoint_facts(checkpoints: pd.DataFrame) -> dict:
    p = p_by_day(checkpoints, "eta", "reordered")
    days = checkpoints.groupby("experiment")["day"]
    return {
        "rows": len(checkpoints),
        "first_day": {name: f"{day:%Y-%m-%d}" for name, day in days.min().items()},
        "last_day": {name: f"{day:%Y-%m-%d}" for name, day in days.max().items()},
        "days_on_which_reordering_looked_significant": [f"{day:%Y-%m-%d}" for day in p.index[p < 0.05]],
        "largest_p_of_those_days": round(float(p[p < 0.05].max()), 4),
        "smallest_p": round(float(p.min()), 4),
        "last_p": round(float(p.iloc[-1]), 4),
    }


def test_card_of_the_eta_experiment_tells_the_tables_numbers(eta):
    assert numbers("eta_experiment") == eta_facts(eta)


def test_card_of_the_substitution_experiment_tells_the_tables_numbers(substitution):
    assert numbers("substitution_experiment") == substitution_facts(substitution)


def test_card_of_the_checkpoints_tells_the_tables_numbers(checkpoints):
    assert numbers("experiment_checkpoints") == checkpoint_facts(checkpoints)
