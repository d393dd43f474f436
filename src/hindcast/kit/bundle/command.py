"""`hindcast bundle`: packs the bundle and prints what was written."""

import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from hindcast.kit.bundle.packing import PackedBundle, pack_bundle
from hindcast.words import plural


def run_bundle(root: Path, names: list[str], to: Path | None, as_json: bool) -> None:
    """Pack the units `names`, with progress on stderr, and print what was written, as a sentence or JSON."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    with console.status("packing ...") as status:
        made = pack_bundle(root, names, to, lambda words: status.update(f"packing {words}"))
    for note in made.notes:
        console.print(note, markup=False)
    print(
        json.dumps(asdict(made) | {"path": str(made.path)}, indent=1) if as_json else written_in_words(made)
    )


def written_in_words(made: PackedBundle) -> str:
    """Return sentences: where the zip is, its size and units, and whom it is for."""
    state = "Wrote" if made.written else "Nothing to change:"
    numbers = ", ".join(unit[:2] for unit in made.units)
    return (
        f"{state} {made.path} ({made.bytes / 1e6:.1f} MB; {plural(len(made.units), 'unit')} {numbers}).\n"
        "It is for learners: they unpack it and open START.html."
    )
