"""Real, public tables: one `fetch_*()` for each, whose docstring is a small data card.

A file is downloaded once, compared with its hash and kept (`hindcast.downloads`).
"""

import zipfile
from typing import TYPE_CHECKING, Literal

from hindcast import downloads
from hindcast.errors import HindcastError
from hindcast.words import listed

if TYPE_CHECKING:
    import pandas as pd


def fetch_bike_sharing(by: Literal["day", "hour"] = "day") -> "pd.DataFrame":
    """Bicycles rented in Washington, D.C., 2011 and 2012, with calendar and weather: real and public.

    by="day": one row for each day, 731 x 16, a download of 0.1 MB. by="hour": one row for each hour with a
    rental, 17,379 x 17, 1.2 MB; 165 hours have no row.

    Columns that matter
    * dteday: date; hr: 0 to 23 (by hour only); weekday: 0 is Sunday; holiday, workingday: 0 or 1; season: 1
      begins on 21 December. Known beforehand.
    * weathersit: 1 (clear) to 4 (heavy rain); temp, atemp, hum, windspeed: scaled to 0 to 1, not degrees or
      km/h. Observed, not forecast, and by day the mean of the hours: known when the day or hour is over.
    * cnt: rentals, the outcome. casual + registered is cnt on every row: both tell the outcome.

    The service grows: mean daily cnt is 3,406 in 2011 and 5,600 in 2012, so days drawn at random flatter a
    model, and a split by time does not. 2012-10-29 has 22 rentals: a hurricane.

    Downloaded once, verified by its hash and kept in the cache of your account. The columns are the
    publisher's; the data card is datasets/cards/bike_sharing.md. Licence: CC BY 4.0 (UCI Machine Learning
    Repository, data set 275). Citation: Fanaee-T, H., Gama, J. (2013). Event labeling combining ensemble
    detectors and background knowledge. Progress in Artificial Intelligence.

    Raises HindcastError for another `by`, and, saying what to do, when the file cannot be had.
    """
    import pandas as pd

    path = downloads.fetch_file(f"bike_sharing_{_checked_choice('by', by, ('day', 'hour'))}")
    return pd.read_csv(path, parse_dates=["dteday"])


def fetch_hotel_bookings() -> "pd.DataFrame":
    """Bookings at two hotels in Portugal and whether they were cancelled: real, one row each, 119,390 x 32.

    Arrivals of July 2015 to August 2017. A booking was made `lead_time` days before it was to arrive
    (arrival_date_year, _month, _day_of_month).

    Columns that matter
    * is_canceled: 1 where the booking did not arrive (37.0 %), the outcome. Known on reservation_status_date:
      for a cancellation a median of 56 days before arrival.
    * reservation_status (Check-Out, Canceled, No-Show) and reservation_status_date hold the outcome.
    * lead_time: days; adr: average price of a night, in euros; agent, company: codes, missing where there was
      none. hotel, market_segment, customer_type: text. Known when booking, though a booking may be changed.
    * Known later than the booking: assigned_room_type, booking_changes, country, required_car_parking_spaces
      (0 % cancelled where any). deposit_type: of the Non Refund 99.4 % cancelled.

    31,994 rows are exact copies of an earlier one. Rows are chosen by arrival: those booked late in the
    period are all short-notice ones, so do not compare cancellation by day of booking.

    Downloaded once (1.3 MB, a zip), verified by its hash and kept in the cache of your account. The columns
    are the publisher's; the data card is datasets/cards/hotel_bookings.md. Licence: CC BY 4.0 (the data
    article). Citation: Antonio, N., de Almeida, A., Nunes, L. (2019). Hotel booking demand datasets. Data in
    Brief 22, 41-49.

    Raises HindcastError, saying what to do, when the file cannot be had.
    """
    import pandas as pd

    missing = {"children": "NA", "country": "NULL", "agent": "NULL", "company": "NULL"}
    with (  # pandas would not know which: a Mac left a second file in the zip
        zipfile.ZipFile(downloads.fetch_file("hotel_bookings")) as archive,
        archive.open("hotel_bookings.csv") as file,
    ):
        return pd.read_csv(
            file,
            keep_default_na=False,
            na_values=missing,
            dtype=dict.fromkeys(("children", "agent", "company"), "Int64"),
            parse_dates=["reservation_status_date"],
        )


def fetch_online_shoppers() -> "pd.DataFrame":
    """Visits to a real online shop and whether they ended in a purchase: one row for each visit, 12,330 x 18.

    Downloaded once (1.1 MB), verified by its hash and kept in the cache of your account. The columns are the
    publisher's; `Revenue` is True where the visit ended in a purchase (1,908 visits, 15.5 %). Durations are
    in seconds, rates and `SpecialDay` 0 to 1. Counts are totals at the end of the visit, `PageValues` is
    computed from completed purchases, and there are no dates: the table cannot be backdated. 125 rows are
    exact copies of an earlier one. The data card is datasets/cards/online_shoppers.md.

    Licence: CC BY 4.0 (UCI Machine Learning Repository, data set 468). Citation: Sakar, C.O., Polat, S.O.,
    Katircioglu, M., Kastro, Y. (2018). Real-time prediction of online shoppers' purchasing intention.
    Neural Computing and Applications.

    Raises HindcastError, saying what to do, when the file cannot be had.
    """
    import pandas as pd

    return pd.read_csv(downloads.fetch_file("online_shoppers"))


def fetch_ab_experiments() -> "pd.DataFrame":
    """Checkpoints of 78 real experiments of an online shop (ASOS), anonymous: 24,153 x 10.

    One row for each experiment, variant, metric and checkpoint: what the variant and its control had come to
    by then.

    Columns
    * experiment_id: text; variant_id: the treatment, 0 to 4 (a control has no number); metric_id: 1 is yes or
      no, 2 and 3 are counts, 4 an amount, the same four everywhere, and what they measure is not published.
    * time_since_start: days, in halves. Everything else in the row is known then.
    * count_c, count_t: people so far in control and treatment; mean_c, mean_t, variance_c, variance_t: of the
      metric so far. Some variances are missing (779 of the treatment), none of metric 1.

    Checkpoints are cumulative: the same people again, so rows are not independent. Looking at each of them
    finds "effects": 26.5 % of comparisons are beyond 1.96 standard errors at the end, 56.8 % at some
    checkpoint. Effects are small. The planned split is not published, so a mismatch may be a plan.

    Downloaded once (2.7 MB), verified by its hash and kept in the cache of your account. The data card is
    datasets/cards/ab_experiments.md. Licence: CC BY 4.0 (datasheet of ASOS.com). Citation: Liu, C.H.B.,
    Cardoso, Â., Couturier, P., McCoy, E.J. (2021). Datasets for Online Controlled Experiments. NeurIPS
    Datasets and Benchmarks.

    Raises HindcastError, saying what to do, when the file cannot be had.
    """
    import pandas as pd

    table = pd.read_csv(downloads.fetch_file("ab_experiments"))
    return table.astype({"count_c": "int64", "count_t": "int64"})  # written as 188065.0


def fetch_governor_forecasts() -> "pd.DataFrame":
    """FiveThirtyEight's forecasts of races for governor, 2010, 2018 and 2022, with what came: 19,831 x 13.

    One row for each day of forecast, model (lite, classic, deluxe), race and candidate.

    Columns that matter
    * forecast_date: date; projected_voteshare: percent; probwin: chance to win, 0 to 1. Known on that date.
    * election_date: date; actual_voteshare: percent; probwin_outcome: 1 for the winner. Known after it.
    * state, party, candidate: text; special: True for an election out of turn.

    A race is repeated daily and by three models: choose one day and one model before you count cases.
    actual_voteshare is there for 2022 only; the 82 rows of 2010 have no candidate, model or projected share.
    On the last day of 2022 the deluxe model's mean absolute error is 2.28 points and its Brier score 0.029,
    over 89 candidates; which model did best is known only afterwards.

    Downloaded once (1.9 MB), verified by its hash and kept in the cache of your account. The columns are the
    publisher's; the data card is datasets/cards/governor_forecasts.md. Licence: CC BY 4.0 (FiveThirtyEight).
    Citation: FiveThirtyEight, Checking Our Work data (2023).

    Raises HindcastError, saying what to do, when the file cannot be had.
    """
    import pandas as pd

    days = ["election_date", "forecast_date"]
    path = downloads.fetch_file("governor_forecasts")
    return pd.read_csv(path, parse_dates=days, dtype={"special": "boolean"})


def fetch_game_forecasts(sport: Literal["nba", "mlb"] = "nba") -> "pd.DataFrame":
    """FiveThirtyEight's win chances of games and their results, 2016 to 2022: one row for each game.

    sport="nba": basketball, 8,886 x 8, a download of 0.7 MB. sport="mlb": baseball, 15,748 x 9, 1.2 MB.

    Columns
    * season: the year it ends in; date; team1 (the home side), team2: text. mlb only: dh, 1 for the second
      game of two on a day.
    * prob1, prob2: chances to win, 0 to 1. Known before the game.
    * prob1_outcome, prob2_outcome: 1 for the winner. Known after it. One baseball game is a tie (0.5).

    prob2 is 1 - prob1: a game is one case. Basketball overrates the home side (forecast 61.9 %, came 57.2 %)
    and is overconfident: home forecasts of 0.7 to 0.8 averaged 0.75 and came true 0.67 of the time, Brier
    score 0.2147. Baseball is well calibrated and barely better than the base rate (0.2399 against 0.2488).

    Downloaded once, verified by its hash and kept in the cache of your account. The columns are the
    publisher's; the data card is datasets/cards/game_forecasts.md. Licence: CC BY 4.0 (FiveThirtyEight).
    Citation: FiveThirtyEight, Checking Our Work data (2023).

    Raises HindcastError for another `sport`, and, saying what to do, when the file cannot be had.
    """
    import pandas as pd

    path = downloads.fetch_file(f"game_forecasts_{_checked_choice('sport', sport, ('nba', 'mlb'))}")
    return pd.read_csv(path, parse_dates=["date"])


def _checked_choice(argument: str, given: str, allowed: tuple[str, ...]) -> str:
    """`given`, where it is allowed. Raises HindcastError where it is not."""
    if given not in allowed:
        choices = listed(allowed, last=" or ", quote=True)
        raise HindcastError(f"{argument} should be {choices}, but is {given!r}.")
    return given


__all__ = [name for name in globals() if name.startswith("fetch_")]
