"""Put the tables into the wheel, where `hindcast.datasets` finds them when there is no checkout."""

import json
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DatasetsHook(BuildHookInterface):
    """Puts the described tables into hindcast/_datasets. An editable install reads those of the checkout."""

    def initialize(self, version, build_data):
        """Called by hatchling before it builds; `version` is "editable" or "standard"."""
        if version == "editable":
            return
        folder = Path(self.root, "datasets")
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        tables = [resource["path"] for resource in package["resources"]]
        learners = [path for path in tables if not path.startswith("truth/")]
        for name in ["datapackage.json", "field_data.toml", *learners]:
            build_data["force_include"][str(folder / name)] = f"hindcast/_datasets/{name}"
