"""The course's tables: `load_*()` for those that ship with it, `fetch_*()` for real, public field data.

`as_of=` gives a table as the evening of that day knew it: outcomes that had not come yet are missing, values
are as last reported by that day, and later rows are not there.
"""

import hashlib
import os
import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from hindcast import tables
from hindcast.errors import HindcastError
from hindcast.tables import MEND, data_folder

if TYPE_CHECKING:
    import pandas as pd

NOTHING_ELSE = "Or leave the field notebook out: nothing else needs this table."
ONLINE_SHOPPERS = "online_shoppers"


def load_scores(as_of: str | date | None = None) -> "pd.DataFrame":
    """Cancellation scores of Larder's members: one row for each member and month, 13,250 rows, made up.

    A logistic regression, fitted on the rows of June to August 2025, scored every row. The product alerts
    when `score` is at least 0.20. September (5,900 rows) is the month to judge it by; November (3,900) comes
    later.

    Columns
    * member: text, such as M-00412. Known from the day of joining.
    * month: date, the first of the month; the score stands for that day.
    * household: one adult, couple, family or shared flat; plan: pay as you go, monthly or yearly;
      tenure_months: whole months as a member. All known at `month`.
    * score: 0 to 1, three decimals. Known at `month`.
    * learned_from: True where the model was fitted on the row. Known when it was fitted, 1 September 2025.
    * cancelled: True where the member cancelled within 30 days after `month`. Known on `outcome_known_on`.
    * outcome_known_on: date, `month` + 30 days. Known at `month`.

    The data card is datasets/cards/scores.md. Raises HindcastError when the table is missing or was changed.
    """
    return tables.load("scores", as_of)


def load_tickets(as_of: str | date | None = None) -> "pd.DataFrame":
    """Support messages to Larder in 2025 and the topics given to them: one row each, 2,600 rows, made up.

    The classifier (TF-IDF and logistic regression) is really fitted, on the rows with `learned_from`. The
    language model is simulated: its answers are drawn from written rules, no language model was asked.

    Columns
    * ticket: text, such as T-01234; received: date; text: what the customer wrote. Known when received.
    * topic: late delivery, missing item, damaged item, payment, account, substitution or allergy: what the
      message is about. Known when the support lead settles the ticket.
    * minutes_to_solve: whole minutes of the team's work. Known when the ticket is settled.
    * topic_by_classifier, topic_by_language_model: the same seven topics. Known when received.
    * learned_from: True where the classifier was fitted on the row. Known when it was fitted, 15 June 2025.

    The data card is datasets/cards/tickets.md. Raises HindcastError when the table is missing or was changed.
    """
    return tables.load("tickets", as_of)


def load_ticket_costs() -> "pd.DataFrame":
    """What a ticket at the wrong desk costs: one row for each ordered pair of topics, 49 rows, made up.

    Columns
    * topic: what the ticket is about; sorted_as: the topic whose desk it was sent to.
    * minutes_lost: how many minutes longer the customer waits; 0 where the two are the same.

    All known beforehand: the support lead's estimate of January 2025. The data card is
    datasets/cards/ticket_costs.md. Raises HindcastError when the table is missing or was changed.
    """
    return tables.load("ticket_costs")


def load_deliveries(as_of: str | date | None = None) -> "pd.DataFrame":
    """The table deliveries."""
    return tables.load("deliveries", as_of)


def load_members(as_of: str | date | None = None) -> "pd.DataFrame":
    """The table members."""
    return tables.load("members", as_of)


def load_demand(as_of: str | date | None = None) -> "pd.DataFrame":
    """The table demand."""
    return tables.load("demand", as_of)


def load_backdated_arrivals(as_of: str | date | None = None) -> "pd.DataFrame":
    """The table backdated_arrivals."""
    return tables.load("backdated_arrivals", as_of)


def load_backdated_cancellations(as_of: str | date | None = None) -> "pd.DataFrame":
    """The table backdated_cancellations."""
    return tables.load("backdated_cancellations", as_of)


def load_backdated_demand(as_of: str | date | None = None) -> "pd.DataFrame":
    """The table backdated_demand."""
    return tables.load("backdated_demand", as_of)


def load_demand_replays(as_of: str | date | None = None) -> "pd.DataFrame":
    """The table demand_replays."""
    return tables.load("demand_replays", as_of)


def load_cancellation_replays(as_of: str | date | None = None) -> "pd.DataFrame":
    """The table cancellation_replays."""
    return tables.load("cancellation_replays", as_of)


def load_eta_experiment(as_of: str | date | None = None) -> "pd.DataFrame":
    """The table eta_experiment."""
    return tables.load("eta_experiment", as_of)


def load_substitution_experiment(as_of: str | date | None = None) -> "pd.DataFrame":
    """The table substitution_experiment."""
    return tables.load("substitution_experiment", as_of)


def load_experiment_checkpoints(as_of: str | date | None = None) -> "pd.DataFrame":
    """The table experiment_checkpoints."""
    return tables.load("experiment_checkpoints", as_of)


def load_product_health(as_of: str | date | None = None) -> "pd.DataFrame":
    """The table product_health."""
    return tables.load("product_health", as_of)


def load_incidents(as_of: str | date | None = None) -> "pd.DataFrame":
    """The table incidents."""
    return tables.load("incidents", as_of)


def load_costs() -> "pd.DataFrame":
    """The table costs."""
    return tables.load("costs")


def load_capacities() -> "pd.DataFrame":
    """The table capacities."""
    return tables.load("capacities")


def load_product_targets() -> "pd.DataFrame":
    """The table product_targets."""
    return tables.load("product_targets")


def load_problem_cards() -> "pd.DataFrame":
    """The table problem_cards."""
    return tables.load("problem_cards")


def load_roles_and_stages() -> "pd.DataFrame":
    """The table roles_and_stages."""
    return tables.load("roles_and_stages")


def load_artefacts() -> "pd.DataFrame":
    """The table artefacts."""
    return tables.load("artefacts")


def fetch_online_shoppers() -> "pd.DataFrame":
    """Visits to a real online shop and whether they ended in a purchase: one row for each visit, 12,330 x 18.

    Downloaded once (1.1 MB), verified by its hash and kept in the cache of your account. The columns are the
    publisher's; `Revenue` is True where the visit ended in a purchase (1,908 visits, 15.5 %). Durations are
    in seconds, rates and `SpecialDay` 0 to 1. Counts are totals at the end of the visit, `PageValues` is
    computed from completed purchases, and there are no dates: the table cannot be backdated.

    Licence: CC BY 4.0 (UCI Machine Learning Repository, data set 468). Citation: Sakar, C.O., Polat, S.O.,
    Katircioglu, M., Kastro, Y. (2018). Real-time prediction of online shoppers' purchasing intention.
    Neural Computing and Applications.

    Raises HindcastError, saying what to do, without a network, when the file is a wrong or a cut one, and
    when the cache cannot be written.
    """
    import pandas as pd

    return pd.read_csv(_fetch(ONLINE_SHOPPERS))


def _fetch(name: str) -> Path:
    """The path of a verified copy of a field table: from HINDCAST_FIELD_DATA, the cache or its address."""
    entry = _registered(name)
    named = os.environ.get("HINDCAST_FIELD_DATA")
    return _from_folder(Path(named), entry) if named else _from_cache(entry)


def _registered(name: str) -> dict:
    """The entry of a field table in field_data.toml."""
    path = data_folder() / "field_data.toml"
    try:
        entry = tomllib.loads(path.read_text(encoding="utf-8"))[name]
        return {key: entry[key] for key in ("file", "address", "sha256")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HindcastError(
            f"{path} should give the file, address and sha256 of {name}, but does not. {MEND}"
        ) from error


def _from_folder(folder: Path, entry: dict) -> Path:
    path = folder / entry["file"]
    if not path.is_file():
        raise HindcastError(
            f"HINDCAST_FIELD_DATA names {folder}, but there is no {entry['file']} in it. {_by_hand(entry)}"
        )
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != entry["sha256"]:
        raise HindcastError(_not_the_file(str(path), entry))
    return path


def _from_cache(entry: dict) -> Path:
    """Download once with pooch: it writes to a temporary file and moves it only when the hash is right."""
    import pooch
    import requests

    folder = Path(pooch.os_cache("hindcast"))
    logger, level = pooch.get_logger(), pooch.get_logger().level
    logger.setLevel("WARNING")
    try:
        return Path(pooch.retrieve(entry["address"], entry["sha256"], entry["file"], folder))
    except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
        raise HindcastError(
            f"The download broke off half way, nothing was kept. {_by_hand(entry)}"
        ) from error
    except requests.exceptions.HTTPError as error:
        raise HindcastError(f"The server answered: {error}. {_by_hand(entry)}") from error
    except requests.exceptions.RequestException as error:
        raise HindcastError(f"No answer from {entry['address']}: no network? {_by_hand(entry)}") from error
    except ValueError as error:
        raise HindcastError(_not_the_file("What came, and was not kept,", entry)) from error
    except OSError as error:
        raise HindcastError(
            f"Cannot write to the cache {folder}: read-only, or the disk is full? {_by_hand(entry)}"
        ) from error
    finally:
        logger.setLevel(level)


def _not_the_file(what: str, entry: dict) -> str:
    return (
        f"{what} is not the table that was expected ({entry['file']}, sha256 {entry['sha256'][:12]}…): "
        f"it was changed or cut short. {_by_hand(entry)}"
    )


def _by_hand(entry: dict) -> str:
    return (
        f"You can download {entry['address']} by hand, save it as {entry['file']} in a folder, "
        f"and set HINDCAST_FIELD_DATA to that folder. {NOTHING_ELSE}"
    )
