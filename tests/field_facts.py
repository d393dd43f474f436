"""The numbers that the cards of the field data give, computed from the files: one function for each card."""

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd

from hindcast import field_data

FIELD_DATA_TOML = Path(__file__).resolve().parents[1] / "datasets" / "field_data.toml"
REGISTRY = tomllib.loads(FIELD_DATA_TOML.read_text(encoding="utf-8"))


def rounded(value: float, digits: int = 4) -> float:
    return round(float(value), digits)


def brier(chance: pd.Series, outcome: pd.Series, digits: int = 4) -> float:
    return rounded(((chance - outcome) ** 2).mean(), digits)


def day(value: pd.Timestamp) -> str:
    return value.strftime("%Y-%m-%d")


def pinned(name: str) -> dict:
    """Facts of a file that both card and registry give. Fetching the file compares its hash."""
    return {key: REGISTRY[name][key] for key in ("sha256", "bytes", "rows", "columns", "licence")}


def mae_of_regression(days: pd.DataFrame, fitted_to: pd.Series) -> int:
    """Mean absolute error, on the other days, of a linear regression on calendar and weather."""
    from sklearn.linear_model import LinearRegression

    classes = pd.get_dummies(days[["mnth", "weekday", "weathersit"]].astype(str))
    inputs = classes.join(days[["holiday", "temp", "hum", "windspeed"]]).astype(float)
    model = LinearRegression().fit(inputs[fitted_to], days["cnt"][fitted_to])
    return round((model.predict(inputs[~fitted_to]) - days["cnt"][~fitted_to]).abs().mean())


def bike_sharing() -> dict:
    days, hours = field_data.fetch_bike_sharing(), field_data.fetch_bike_sharing(by="hour")
    first_year = days["dteday"].dt.year == 2011
    starts = [days["dteday"][first_year & (days["season"] == season)].min() for season in (2, 3, 4)]
    starts.append(days["dteday"][first_year & (days["season"] == 1) & (days["mnth"] == 12)].min())
    sums = [table["casual"] + table["registered"] - table["cnt"] for table in (days, hours)]
    return {
        "first_day": day(days["dteday"].min()),
        "last_day": day(days["dteday"].max()),
        "rentals": int(days["cnt"].sum()),
        "rentals_by_hour": int(hours["cnt"].sum()),
        "rows_where_casual_and_registered_are_not_cnt": sum(int((each != 0).sum()) for each in sums),
        "mean_daily_2011": round(days["cnt"][first_year].mean()),
        "mean_daily_2012": round(days["cnt"][~first_year].mean()),
        "mae_every_other_day": mae_of_regression(days, days["instant"] % 2 == 1),
        "mae_2012_from_2011": mae_of_regression(days, first_year),
        "mae_2012_same_weekday_before": round((days["cnt"].shift(7) - days["cnt"])[~first_year].abs().mean()),
        "season_starts": [day(start) for start in starts],
        "number_of_sunday": int(days["weekday"][days["dteday"].dt.day_name() == "Sunday"].unique().item()),
        "classes_of_weather": [int(each) for each in sorted(hours["weathersit"].unique())],
        **bike_faults(days, hours),
        "by_day": pinned("bike_sharing_day"),
        "by_hour": pinned("bike_sharing_hour"),
    }


def bike_faults(days: pd.DataFrame, hours: pd.DataFrame) -> dict:
    """Hours without a row, the storm, and measurement errors."""
    per_day, storm = hours.groupby("dteday").size(), pd.Timestamp("2012-10-29")
    spans = hours.groupby("dteday")[["temp", "atemp"]].agg(np.ptp)
    stuck = hours[hours["dteday"] == (spans["temp"] - spans["atemp"]).idxmax()]
    means = hours.groupby("dteday")[["temp", "atemp", "hum", "windspeed"]].mean().reset_index(drop=True)
    return {
        "hours_without_row": 24 * len(days) - len(hours),
        "days_with_such_hours": int((per_day < 24).sum()),
        "fewest_rentals_in_an_hour": int(hours["cnt"].min()),
        "storm": {
            "day": day(storm),
            "rentals": int(days["cnt"][days["dteday"] == storm].item()),
            "hours": int(per_day[storm]),
        },
        "humidity_0": {
            "day": day(days["dteday"][days["hum"] == 0].item()),
            "hours": int((hours["hum"] == 0).sum()),
        },
        "felt_temperature_stuck": {
            "day": day(stuck["dteday"].iloc[0]),
            "hours": len(stuck),
            "at": rounded(stuck["atemp"].unique().item()),
            "lowest_temp": rounded(stuck["temp"].min(), 2),
            "highest_temp": rounded(stuck["temp"].max(), 2),
        },
        "wind_0_share_of_hours": rounded((hours["windspeed"] == 0).mean()),
        "largest_gap_of_day_and_mean_of_hours": rounded((means - days[means.columns]).abs().max().max()),
    }


def arrival(bookings: pd.DataFrame) -> pd.Series:
    parts = [bookings[f"arrival_date_{part}"].astype(str) for part in ("year", "month", "day_of_month")]
    return pd.to_datetime(parts[0] + "-" + parts[1] + "-" + parts[2], format="%Y-%B-%d")


def hotel_bookings() -> dict:
    bookings = field_data.fetch_hotel_bookings()
    repeated = bookings.duplicated()
    people = bookings[["adults", "children", "babies"]].fillna(0).sum(axis=1)
    return (
        pinned("hotel_bookings")
        | hotel_dates(bookings)
        | hotel_shares(bookings)
        | {
            "repeated_rows": int(repeated.sum()),
            "cancelled_share_without_repeats": rounded(bookings[~repeated]["is_canceled"].mean()),
            "without_agent": int(bookings["agent"].isna().sum()),
            "without_company": int(bookings["company"].isna().sum()),
            "without_country": int(bookings["country"].isna().sum()),
            "without_children": int(bookings["children"].isna().sum()),
            "without_people": int((people == 0).sum()),
            "lowest_price": rounded(bookings["adr"].min(), 2),
            "highest_price": rounded(bookings["adr"].max(), 2),
        }
    )


def hotel_dates(bookings: pd.DataFrame) -> dict:
    arrives, settled = arrival(bookings), bookings["reservation_status_date"]
    booked = arrives - pd.to_timedelta(bookings["lead_time"], unit="D")
    nights = bookings["stays_in_weekend_nights"] + bookings["stays_in_week_nights"]
    leaves = arrives + pd.to_timedelta(nights, unit="D")
    status, outcome = bookings["reservation_status"], bookings["is_canceled"]
    cancelled, no_show, stayed = (status == word for word in ("Canceled", "No-Show", "Check-Out"))
    before = (arrives - settled).dt.days
    return {
        "first_arrival": day(arrives.min()),
        "last_arrival": day(arrives.max()),
        "cancelled": int(outcome.sum()),
        "no_shows": int(no_show.sum()),
        "rows_where_status_and_outcome_differ": int((stayed != (outcome == 0)).sum()),
        "median_days_cancelled_before_arrival": int(before[cancelled].median()),
        "median_days_cancelled_before_arrival_no_shows_too": int(before[outcome == 1].median()),
        "cancelled_on_the_day_of_booking": int((settled == booked)[cancelled].sum()),
        "cancelled_before_booking": int((settled < booked)[cancelled].sum()),
        "no_shows_dated_on_another_day": int((before[no_show] != 0).sum()),
        "stays_dated_before_their_end": int((settled < leaves)[stayed].sum()),
        "first_status_date": day(settled.min()),
        "cancelled_share_booked_2014_q4": rounded(outcome[booked.between("2014-10-01", "2014-12-31")].mean()),
        "cancelled_share_booked_2017_q3": rounded(outcome[booked >= "2017-07-01"].mean()),
    }


def hotel_shares(bookings: pd.DataFrame) -> dict:
    other_room = bookings["reserved_room_type"] != bookings["assigned_room_type"]
    parking = bookings["required_car_parking_spaces"] > 0
    groups = {
        "city": bookings["hotel"] == "City Hotel",
        "resort": bookings["hotel"] == "Resort Hotel",
        "where_parking": parking,
        "non_refund": bookings["deposit_type"] == "Non Refund",
        "no_deposit": bookings["deposit_type"] == "No Deposit",
        "other_room": other_room,
        "same_room": ~other_room,
        "changed": bookings["booking_changes"] > 0,
        "unchanged": bookings["booking_changes"] == 0,
        "portugal": bookings["country"] == "PRT",
        "elsewhere": bookings["country"] != "PRT",
    }
    cancelled = bookings["is_canceled"]
    shares = {f"cancelled_share_{name}": rounded(cancelled[rows].mean()) for name, rows in groups.items()}
    return {
        "cancelled_share": rounded(cancelled.mean()),
        "bookings_where_parking": int(parking.sum()),
    } | shares


def online_shoppers() -> dict:
    visits = field_data.fetch_online_shoppers()
    by_value = visits.groupby(visits["PageValues"] > 0)["Revenue"].mean()
    return pinned("online_shoppers") | {
        "bought": int(visits["Revenue"].sum()),
        "bought_share": rounded(visits["Revenue"].mean()),
        "always_no_accuracy": rounded(1 - visits["Revenue"].mean()),
        "bought_where_page_values_above_0": rounded(by_value[True]),
        "bought_where_page_values_is_0": rounded(by_value[False]),
        "months": visits["Month"].nunique(),
        "repeated_rows": int(visits.duplicated().sum()),
    }


COMPARISON = ["experiment_id", "variant_id", "metric_id"]


def ab_experiments() -> dict:
    table = field_data.fetch_ab_experiments()
    table = table.sort_values([*COMPARISON, "time_since_start"], kind="stable").reset_index(drop=True)
    yes_or_no = table[table["metric_id"] == 1]
    gap = yes_or_no["variance_c"] - yes_or_no["mean_c"] * (1 - yes_or_no["mean_c"])
    lacking, halves = table["variance_t"].isna() | table["variance_c"].isna(), table["time_since_start"] * 2
    variants = table.groupby("experiment_id")["variant_id"].nunique()
    people = table.groupby(COMPARISON)[["count_c", "count_t"]].diff()
    return (
        pinned("ab_experiments")
        | {
            "experiments": table["experiment_id"].nunique(),
            "metrics": table["metric_id"].nunique(),
            "experiments_with_more_than_one_variant": int((variants > 1).sum()),
            "variants": [int(each) for each in sorted(table["variant_id"].unique())],
            "longest_days": rounded(table["time_since_start"].max(), 1),
            "shortest_days": rounded(table.groupby("experiment_id")["time_since_start"].max().min(), 1),
            "rows_off_half_days": int(((halves - halves.round()).abs() > 1e-9).sum()),
            "rows_where_people_fell_in_treatment": int((people["count_t"] < 0).sum()),
            "rows_where_people_fell_in_control": int((people["count_c"] < 0).sum()),
            "rows_without_people": int((table["count_c"] == 0).sum()),
            "missing_variance_of_treatment": int(table["variance_t"].isna().sum()),
            "missing_variance_of_control": int(table["variance_c"].isna().sum()),
            "rows_with_a_missing_variance": int(lacking.sum()),
            "rows_with_a_missing_variance_of_metric_1": int(lacking[table["metric_id"] == 1].sum()),
            "experiments_with_a_missing_variance": table["experiment_id"][lacking].nunique(),
            "largest_gap_of_metric_1_from_yes_or_no": rounded(gap.abs().max()),
        }
        | looked_at(table)
    )


def looked_at(table: pd.DataFrame) -> dict:
    """Effects, splits, and how often some checkpoint seems to show an effect."""
    errors = np.sqrt(table["variance_c"] / table["count_c"] + table["variance_t"] / table["count_t"])
    table = table.assign(beyond=((table["mean_t"] - table["mean_c"]) / errors).abs() > 1.96)
    groups = table.groupby(COMPARISON)
    last = groups.tail(1)
    people = last[last["metric_id"] == 1]
    total = people["count_c"] + people["count_t"]
    share = people["count_t"] / total
    return {
        "comparisons": len(people),
        "comparisons_by_metric": len(last),
        "median_checkpoints": int(groups.size().median()),
        "median_effect": rounded((last["mean_t"] / last["mean_c"] - 1).abs().median()),
        "beyond_at_the_end": rounded(last["beyond"].mean()),
        "beyond_at_some_checkpoint": rounded(groups["beyond"].any().mean()),
        "lowest_treatment_share": rounded(share.min()),
        "highest_treatment_share": rounded(share.max()),
        "comparisons_off_half_by_3_29_standard_errors": int(
            ((share - 0.5).abs() * 2 * np.sqrt(total) > 3.29).sum()
        ),
    }


RACE_AND_DAY = ["year", "state", "forecast_date", "forecast_type"]


def governor_forecasts() -> dict:
    table = field_data.fetch_governor_forecasts()
    year = dict(iter(table.groupby("year")))
    races = table.groupby(RACE_AND_DAY, dropna=False)
    of_a_party = table.groupby([*RACE_AND_DAY, "party"]).size()
    return (
        pinned("governor_forecasts")
        | {
            "rows_by_year": {str(each): len(rows) for each, rows in year.items()},
            "days_by_year": {str(each): rows["forecast_date"].nunique() for each, rows in year.items()},
            "races_by_year": {str(each): rows["state"].nunique() for each, rows in year.items()},
            "first_day_2018": day(year[2018]["forecast_date"].min()),
            "first_day_2022": day(year[2022]["forecast_date"].min()),
            "election_day_2022": day(year[2022]["election_date"].max()),
            "rows_after_the_election": int((table["forecast_date"] > table["election_date"]).sum()),
            "years_with_actual_share": [
                int(each) for each, rows in year.items() if rows["actual_voteshare"].notna().any()
            ],
            "without_actual_share": int(table["actual_voteshare"].isna().sum()),
            "without_candidate": int(table["candidate"].isna().sum()),
            "without_model": int(table["forecast_type"].isna().sum()),
            "without_projected_share": int(table["projected_voteshare"].isna().sum()),
            "special_elections": int(table["special"].sum()),
            "winners_of_each_race": [int(count) for count in races["probwin_outcome"].sum().unique()],
            "lowest_sum_of_chances_in_a_race": rounded(races["probwin"].sum().min(), 2),
            "states_with_two_of_a_party": sorted(of_a_party[of_a_party > 1].reset_index()["state"].unique()),
        }
        | last_day(year[2022])
    )


def last_day(table: pd.DataFrame) -> dict:
    """Errors of the three models on the last day of a year."""
    final = table[table["forecast_date"] == table["forecast_date"].max()]
    models = dict(iter(final.groupby("forecast_type")))
    deluxe = models["deluxe"]
    won, favourites = deluxe["probwin_outcome"], deluxe.loc[deluxe.groupby("state")["probwin"].idxmax()]
    return {
        "last_day_2022": day(final["forecast_date"].max()),
        "candidates": len(deluxe),
        "races": deluxe["state"].nunique(),
        "favourites_that_won": int(favourites["probwin_outcome"].sum()),
        "mean_absolute_error_points": {
            model: rounded((rows["projected_voteshare"] - rows["actual_voteshare"]).abs().mean(), 2)
            for model, rows in models.items()
        },
        "brier": {
            model: brier(rows["probwin"], rows["probwin_outcome"], 5) for model, rows in models.items()
        },
        "brier_base_rate": brier(pd.Series(won.mean(), deluxe.index), won, 5),
    }


def game_facts(sport: str) -> dict:
    games = field_data.fetch_game_forecasts(sport)
    chance, outcome = games["prob1"], games["prob1_outcome"]
    at_home = chance >= 0.5
    key = ["date", "team1", "team2"] + (["dh"] if "dh" in games else [])
    return pinned(f"game_forecasts_{sport}") | {
        "first_day": day(games["date"].min()),
        "last_day": day(games["date"].max()),
        "rows_where_chances_are_not_1": int(((chance + games["prob2"] - 1).abs() > 1e-9).sum()),
        "rows_where_outcomes_are_not_1": int((outcome + games["prob2_outcome"] != 1).sum()),
        "ties": int((outcome == 0.5).sum()),
        "rows_not_told_apart": int(games.duplicated(key).sum()),
        "home": forecast_and_came(chance, outcome),
        "brier": brier(chance, outcome),
        "brier_base_rate": brier(pd.Series(outcome.mean(), games.index), outcome),
        "home_in_a_band": in_a_band(chance, outcome),
        "favourites_in_a_band": in_a_band(
            chance.where(at_home, games["prob2"]), outcome.where(at_home, games["prob2_outcome"])
        ),
        **{
            f"home_{season}": forecast_and_came(chance[rows], outcome[rows])
            for season in (2016, 2022)
            for rows in [games["season"] == season]
        },
    }


def forecast_and_came(chance: pd.Series, outcome: pd.Series) -> dict:
    return {"games": len(chance), "forecast": rounded(chance.mean()), "came": rounded(outcome.mean())}


def in_a_band(chance: pd.Series, outcome: pd.Series) -> dict:
    rows = chance.between(0.7, 0.8, "left")
    return {"from": 0.7, "below": 0.8} | forecast_and_came(chance[rows], outcome[rows])


def game_forecasts() -> dict:
    baseball = field_data.fetch_game_forecasts("mlb")
    return {
        "nba": game_facts("nba"),
        "mlb": game_facts("mlb")
        | {
            "second_games_of_a_day": int((baseball["dh"] == 1).sum()),
            "games_forecast_above_0_8": int((baseball["prob1"] > 0.8).sum()),
        },
    }
