"""Checks of the course's tables and the field data."""

import hashlib
import json

from hindcast import downloads, tables
from hindcast.kit.doctor.findings import Finding, mend, not_needed, ok, shell_command
from hindcast.kit.doctor.workplace import Workplace

KEY = "truth/"  # the answers that learners look for: only a checkout has them


def look_at_shipped_tables(place: Workplace) -> Finding:
    """Check that every described table is there, byte for byte."""
    folder = tables.data_folder()
    resources = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    wanted = [one for one in resources if (folder / "truth").is_dir() or not one["path"].startswith(KEY)]
    wrong = []
    for one in wanted:
        path = folder / one["path"]
        if not path.is_file():
            wrong.append(f"{one['path']} is missing")
        elif "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest() != one["hash"]:
            wrong.append(f"{one['path']} was changed")
    if not wrong:
        return ok(f"all {len(wanted)} tables are there")
    more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    fix = shell_command("git", "-C", folder, "checkout", ".")
    return mend(f"{wrong[0]}{more}", fix if place.is_checkout else "Unpack or install the course once more.")


def look_at_field_data(place: Workplace) -> Finding:
    """Check the real, public tables. Only field notebooks need them, and these can fetch them."""
    states = {name: downloads.state(name) for name in downloads.registered()}
    changed = [name for name, state in states.items() if state == "changed"]
    there = sum(state == "there" for state in states.values())
    bring = shell_command("hindcast", "data", "fetch")
    if changed:
        return mend(f"{', '.join(changed)} in {downloads.folder()} was changed", bring)
    if there < len(states):
        return not_needed(f"{there} of {len(states)} are there; field notebooks fetch them, or: {bring}")
    return ok(f"all {there} are there")
