"""Picture of roles_and_stages.csv: who drives and who contributes, stage by stage."""

import pandas as pd

from hindcast.figures import BLUE, INK, Picture, new_figure

FACES = {"drives": BLUE, "contributes": "white"}


def draw(roles_and_stages: pd.DataFrame) -> Picture:
    """A grid of roles and stages: a full square drives, a ring contributes, an empty place was not named."""
    stages, roles = (list(roles_and_stages[column].unique()) for column in ("stage", "role"))
    figure = new_figure(6.4, 2.8)
    axes = figure.subplots()
    for part, marker in (("drives", "s"), ("contributes", "o")):
        rows = roles_and_stages[roles_and_stages["part"] == part]
        x, y = rows["stage"].map(stages.index), rows["role"].map(roles.index)
        axes.plot(x, y, marker, ms=13, mfc=FACES[part], mec=INK, mew=1.5, label=part)
    axes.set(xlim=(-0.6, len(stages) - 0.4), ylim=(len(roles) - 0.5, -0.5))
    axes.set_xticks(range(len(stages)), [stage.replace(" & ", " &\n") for stage in stages], fontsize=10)
    axes.set_yticks(range(len(roles)), roles, fontsize=10)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    figure.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=10)
    return Picture(figure, sentence(roles_and_stages))


def sentence(roles_and_stages: pd.DataFrame) -> str:
    """Who drives each stage, and who contributes to how many, in words."""
    by_part = dict(list(roles_and_stages.groupby("part", sort=False)))
    drivers, helpers = by_part["drives"].groupby("stage", sort=False)["role"], by_part["contributes"]
    driven = "; ".join(f"{stage} by {listed(list(roles))}" for stage, roles in drivers)
    helped = [f"the {role} to {stages}" for role, stages in helpers["role"].value_counts(sort=True).items()]
    return f"Who drives: {driven}. Who contributes: {listed(helped)} of {drivers.ngroups} stages."


def listed(names: list[str]) -> str:
    """The names with commas and a last "and"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
