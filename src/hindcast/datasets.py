"""The course's tables: `load_*()` for those that ship with it, `fetch_*()` for real, public field data.

The shipped tables lie in the folder `datasets/` of a checkout, or inside an installed package. The
environment variable HINDCAST_DATA names another folder, such as an unpacked bundle. Field data are downloaded
once, verified and kept; HINDCAST_FIELD_DATA names a folder that already holds them.
"""

import hashlib
import json
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from hindcast.errors import HindcastError

if TYPE_CHECKING:
    import pandas as pd

MEND = "Put it back with `git checkout datasets/`, or download the course again."
NOTHING_ELSE = "Or leave the field notebook out: nothing else needs this table."
ONLINE_SHOPPERS = "online_shoppers"
# The data package's types: how pandas holds them, and what they are in words.
HELD_AS = {
    "string": ("str", "text"),
    "boolean": ("bool", "true and false only"),
    "integer": ("int64", "whole numbers"),
    "number": ("float64", "numbers"),
    "date": ("datetime64[us]", "days such as 2025-09-01"),
}


def load_scores() -> "pd.DataFrame":
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
    return _load("scores")


def load_tickets() -> "pd.DataFrame":
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
    return _load("tickets")


def load_ticket_costs() -> "pd.DataFrame":
    """What a ticket at the wrong desk costs: one row for each ordered pair of topics, 49 rows, made up.

    Columns
    * topic: what the ticket is about; sorted_as: the topic whose desk it was sent to.
    * minutes_lost: how many minutes longer the customer waits; 0 where the two are the same.

    All known beforehand: the support lead's estimate of January 2025. The data card is
    datasets/cards/ticket_costs.md. Raises HindcastError when the table is missing or was changed.
    """
    return _load("ticket_costs")


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


def data_folder() -> Path:
    """The folder that holds the shipped tables. Raises HindcastError when there is none."""
    named = os.environ.get("HINDCAST_DATA")
    here = Path(__file__).resolve()
    folders = [Path(named)] if named else [here.parent / "_datasets", here.parents[2] / "datasets"]
    for folder in folders:
        if (folder / "datapackage.json").is_file():
            return folder
    if named:
        raise HindcastError(
            f"HINDCAST_DATA names {named}, but there is no datapackage.json in it. "
            "Name the folder that holds the course's tables, or unset HINDCAST_DATA."
        )
    raise HindcastError(f"There is no {folders[-1] / 'datapackage.json'}, which describes the tables. {MEND}")


def describe(name: str) -> dict:
    """The entry of table `name` in datapackage.json. Raises HindcastError when it or the file is broken."""
    path = data_folder() / "datapackage.json"
    try:
        resources = json.loads(path.read_text(encoding="utf-8"))["resources"]
        found = [resource for resource in resources if resource["name"] == name]
    except (ValueError, KeyError, TypeError) as error:
        raise HindcastError(f"{path} should be JSON with a list of resources, but is not. {MEND}") from error
    if not found:
        raise HindcastError(f"{path} should describe the table {name!r}, but has no such resource. {MEND}")
    return found[0]


def _load(name: str) -> "pd.DataFrame":
    """Read a shipped table with the types that datapackage.json gives, and check that it is whole."""
    import pandas as pd

    resource = describe(name)
    path, types = _path_and_types(resource)
    if not path.is_file():
        raise HindcastError(f"There is no {path}, the table {name!r}. {MEND}")
    try:
        table = pd.read_csv(path, keep_default_na=False, na_values=[""], encoding="utf-8")
        _check_columns(path, list(types), list(table.columns))
        table = table.assign(**{column: _typed(table[column], kind) for column, kind in types.items()})
    except (ValueError, TypeError) as error:  # pandas' parser errors and UnicodeDecodeError are ValueErrors
        reason = str(error).splitlines()[0].rstrip(".")
        raise HindcastError(f"{path} is not as datapackage.json describes it: {reason}. {MEND}") from error
    if len(table) != resource.get("rows", len(table)):
        raise HindcastError(f"{path} should have {resource['rows']:,} rows, but has {len(table):,}. {MEND}")
    return table


def _path_and_types(resource: dict) -> tuple[Path, dict[str, str]]:
    try:
        types = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
        if not set(types.values()) <= set(HELD_AS):
            raise KeyError("a type that the loaders do not know")
        return data_folder() / resource["path"], types
    except (KeyError, TypeError) as error:
        path = data_folder() / "datapackage.json"
        raise HindcastError(
            f"{path} should give {resource['name']!r} a path and its fields. {MEND}"
        ) from error


def _check_columns(path: Path, expected: list[str], came: list[str]) -> None:
    if came != expected:
        names = f"{', '.join(expected)}, but has {', '.join(came)}"
        raise HindcastError(f"{path} should have the columns {names}. {MEND}")


def _typed(column: "pd.Series", kind: str) -> "pd.Series":
    """The column as a type of the data package. A value that does not fit raises ValueError."""
    import pandas as pd

    held_as, words = HELD_AS[kind]
    if column.isna().any():
        raise ValueError(f"{column.name} has a row without a value")
    if kind == "boolean" and column.dtype != bool:  # astype would take any text for true
        raise ValueError(f"{column.name} should hold {words}")
    try:
        values = pd.to_datetime(column, format="%Y-%m-%d") if kind == "date" else column
        return values.astype(held_as)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{column.name} should hold {words}") from error


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
