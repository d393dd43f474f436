"""Counts of people in words."""

FEW = "fewer than three"


def people(many: int) -> str:
    """Such as "one person"."""
    return "nobody" if many == 0 else "one person" if many == 1 else f"{many:,} people"


def few(many: int | None) -> str:
    """A count; in the anonymous form it may be too small to be shown, and is None."""
    return FEW if many is None else f"{many:,}"
