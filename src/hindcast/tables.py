"""Find and read the shipped tables, and cut them down to what was known on a day.

The tables lie in the folder `datasets/` of a checkout or of an unpacked bundle, or inside an installed
package. The environment variable HINDCAST_DATA names another folder. `datapackage.json` beside them says for
each column its type and, as `knownAt`, when its values become known.
"""

import json
import os
import pickle
import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from hindcast.errors import HindcastError

if TYPE_CHECKING:
    import pandas as pd

MARKER = "hindcast-bundle.json"  # lies in the folder of every unpacked bundle
MEND = "Put it back with `git checkout datasets/`, or download the course again."
# The data package's types: how pandas holds them without and with missing values, and what they are in words.
HELD_AS = {
    "string": ("str", "str", "text"),
    "boolean": ("bool", "boolean", "true and false only"),
    "integer": ("int64", "Int64", "whole numbers"),
    "number": ("float64", "float64", "numbers"),
    "date": ("datetime64[us]", "datetime64[us]", "days such as 2025-09-01"),
    "datetime": ("datetime64[us]", "datetime64[us]", "moments such as 2025-09-01T18:30"),
}
WRITTEN_AS = {"date": "%Y-%m-%d", "datetime": "%Y-%m-%dT%H:%M"}
_CACHE: dict[tuple, bytes] = {}  # pickled: each caller gets a copy of its own
FIXED = {"always": "1900-01-01", "never": "9999-12-31"}
RULE = re.compile(r"(\d{4}-\d{2}-\d{2}|\w+)(?: ([+-]) (?:(\d+) days|(\w+) minutes))?")


def load_table(name: str, as_of: str | date | None = None) -> "pd.DataFrame":
    """The shipped table `name`, whole or, with `as_of`, as the evening of that day knew it.

    With `as_of`, rows that were not there yet are left out, and a value that was not known yet is missing, or
    is what stood in its place before (such as the first count of orders). Raises HindcastError when the
    table is missing or was changed, or when `as_of` is not a day.
    """
    resource = describe_table(name)
    table = _read_cached(data_folder(), resource)
    return table if as_of is None else as_known(table, resource, read_day(as_of))


def data_folder() -> Path:
    """The folder that holds the shipped tables. Raises HindcastError when there is none."""
    named = os.environ.get("HINDCAST_DATA")
    for folder in [Path(named)] if named else _possible_folders():
        if (folder / "datapackage.json").is_file():
            return folder
    if named:
        raise HindcastError(
            f"HINDCAST_DATA names {named}, but there is no datapackage.json in it.",
            "Name the folder that holds the course's tables, or unset HINDCAST_DATA.",
        )
    raise HindcastError(f"There is no {folder / 'datapackage.json'}, which describes the tables.", MEND)


def _possible_folders() -> Iterator[Path]:
    """Where tables can lie: in the package, in its checkout, in the bundle it was set up in or is used in."""
    here = Path(__file__).resolve()
    yield here.parent / "_datasets"
    yield here.parents[2] / "datasets"
    for place in (Path(sys.prefix), Path.cwd()):
        if bundle := bundle_of(place):
            yield bundle / "datasets"


def bundle_of(place: Path) -> Path | None:
    """The unpacked bundle that holds `place`, or None. A bundle's own Python lies in it too, as .venv."""
    place = place.resolve()
    return next((folder for folder in (place, *place.parents) if (folder / MARKER).is_file()), None)


def describe_table(name: str) -> dict:
    """The entry of table `name` in datapackage.json. Raises HindcastError when it or the file is broken."""
    path = data_folder() / "datapackage.json"
    state = _file_version(path)
    if (*state, name) not in _CACHE:
        try:
            resources = json.loads(path.read_text(encoding="utf-8"))["resources"]
            _CACHE.update({(*state, entry["name"]): pickle.dumps(entry) for entry in resources})
        except (ValueError, KeyError, TypeError) as error:
            raise HindcastError(
                f"{path} should be JSON with a list of resources, but is not.", MEND
            ) from error
    if (*state, name) not in _CACHE:
        raise HindcastError(f"{path} should describe the table {name!r}, but has no such resource.", MEND)
    return pickle.loads(_CACHE[(*state, name)])


def _read_cached(folder: Path, resource: dict) -> "pd.DataFrame":
    """As `read_csv_table`, but a file is read once while it and its description stay the same.

    A notebook asks for the same table often.
    """
    try:
        key = (*_file_version(folder / resource["path"]), pickle.dumps(resource))
    except (OSError, KeyError, TypeError):
        return read_csv_table(folder, resource)  # raises the error that says what is wrong
    if key not in _CACHE:
        _CACHE[key] = pickle.dumps(read_csv_table(folder, resource))
    return pickle.loads(_CACHE[key])


def _file_version(path: Path) -> tuple[str, int, int]:
    """Path, modification time (ns) and size (bytes) of a file. A changed file differs in one of them."""
    seen = path.stat()
    return str(path), seen.st_mtime_ns, seen.st_size


def read_csv_table(folder: Path, resource: dict) -> "pd.DataFrame":
    """Read a table under `folder` with the types its description gives, and check that it is whole.

    Raises HindcastError, naming file and column, when it is missing, changed or cut short.
    """
    path, _ = _path_and_fields(folder, resource)
    if not path.is_file():
        raise HindcastError(f"There is no {path}, the table {resource['name']!r}.", MEND)
    table = parse_csv_table(path, folder, resource)
    if len(table) != resource.get("rows", len(table)):
        raise HindcastError(f"{path} should have {resource['rows']:,} rows, but has {len(table):,}.", MEND)
    return table


def parse_csv_table(csv: Path | BinaryIO, folder: Path, resource: dict) -> "pd.DataFrame":
    """The table in `csv`, a path or an open file, with the types of its description. Raises HindcastError."""
    import pandas as pd

    path, fields = _path_and_fields(folder, resource)
    texts = {field["name"]: "str" for field in fields if field["type"] == "string"}
    try:
        table = pd.read_csv(csv, keep_default_na=False, na_values=[""], dtype=texts, encoding="utf-8")
        _check_columns(path, [field["name"] for field in fields], list(table.columns))
        return table.assign(**{field["name"]: _typed(table[field["name"]], field) for field in fields})
    except (ValueError, TypeError) as error:  # pandas' parser errors and UnicodeDecodeError are ValueErrors
        reason = str(error).splitlines()[0].rstrip(".")
        raise HindcastError(f"{path} is not as datapackage.json describes it: {reason}.", MEND) from error


def _path_and_fields(folder: Path, resource: dict) -> tuple[Path, list[dict]]:
    try:
        fields = resource["schema"]["fields"]
        if not {field["type"] for field in fields} <= set(HELD_AS):
            raise KeyError("a type that the loaders do not know")
        return folder / resource["path"], [field | {"name": field["name"]} for field in fields]
    except (KeyError, TypeError) as error:
        path = folder / "datapackage.json"
        raise HindcastError(
            f"{path} should give {resource['name']!r} a path and its fields.", MEND
        ) from error


def _check_columns(path: Path, expected: list[str], came: list[str]) -> None:
    if came != expected:
        names = f"{', '.join(expected)}, but has {', '.join(came)}"
        raise HindcastError(f"{path} should have the columns {names}.", MEND)


def _typed(column: "pd.Series", field: dict) -> "pd.Series":
    """The column as a type of the data package. A value that does not fit raises ValueError."""
    import pandas as pd

    kind, required = field["type"], field.get("constraints", {}).get("required", False)
    whole, with_missing, words = HELD_AS[kind]
    if required and column.isna().any():
        raise ValueError(f"{column.name} has a row without a value")
    if kind == "boolean" and not column.dropna().isin([True, False]).all():  # astype takes any text for true
        raise ValueError(f"{column.name} should hold {words}")
    try:
        values = pd.to_datetime(column, format=WRITTEN_AS[kind]) if kind in WRITTEN_AS else column
        return values.astype(whole if required else with_missing)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{column.name} should hold {words}") from error


def read_day(given: "str | date") -> "pd.Timestamp":
    """`given` as the midnight a day begins with. Raises HindcastError when it is not one whole day."""
    import pandas as pd

    try:
        day = pd.Timestamp(given)
        if day is pd.NaT or day.tzinfo or day != day.normalize() or isinstance(given, int | float):
            raise ValueError("not one whole day")
    except (ValueError, TypeError) as error:
        raise HindcastError(f'as_of should be a day such as "2025-09-01", but is {given!r}.') from error
    return day


def as_known(table: "pd.DataFrame", resource: dict, day: "pd.Timestamp") -> "pd.DataFrame":
    """The rows and values of `table` that were known by the end of `day`, by its description.

    Columns that can be unknown are held with the types that allow missing values.
    """
    fields = {field["name"]: field for field in resource["schema"]["fields"]}
    there = ~(known_on(table, resource.get("rowKnownAt", "always")) > day)
    known = {name: _column_as_known(table, fields, name, day) for name in fields}
    return table.assign(**known)[there].reset_index(drop=True)


def _column_as_known(table: "pd.DataFrame", fields: dict, name: str, day: "pd.Timestamp") -> "pd.Series":
    """One column; where it was not known yet, what stood there before."""
    field, column = fields[name], table[name]
    if field["knownAt"] == "always":
        return column
    days, before = known_on(table, field["knownAt"]), field.get("before", {})
    if "value" in before:
        return column.mask(days > day, before["value"])
    column = column.astype(HELD_AS[field["type"]][1])
    if "column" in before:
        return column.where(days <= day, _column_as_known(table, fields, before["column"], day))
    return column.mask(days > day)


def known_on(table: "pd.DataFrame", rule: str | list[str]) -> "pd.Series":
    """The day on which each row's value becomes known, by a rule of datapackage.json.

    A rule is "always", "never", a day, a column of days or moments, such a column "+ 30 days", "- 14 days" or
    "+ COLUMN minutes", or a list of these, of which the latest counts. Missing where the column is: then the
    event never came. Raises HindcastError when the rule cannot be read.
    """
    import pandas as pd

    if isinstance(rule, list):
        return pd.concat([known_on(table, part) for part in rule], axis=1).max(axis=1)
    found = RULE.fullmatch(rule)
    if rule in FIXED or (found and found[1][0].isdigit()):
        return pd.Series(pd.Timestamp(FIXED.get(rule, rule)), index=table.index)
    if not found or not {found[1], found[4] or found[1]} <= set(table.columns):
        raise HindcastError(f"datapackage.json should say when values become known, but says {rule!r}.", MEND)
    return (table[found[1]] + _offset(table, found)).dt.normalize()


def _offset(table: "pd.DataFrame", found: re.Match) -> "pd.Series | pd.Timedelta":
    """What a rule adds to its column."""
    import pandas as pd

    sign, days, minutes = found[2], found[3], found[4]
    span = pd.to_timedelta(table[minutes], unit="min") if minutes else pd.Timedelta(days=int(days or 0))
    return -span if sign == "-" else span
