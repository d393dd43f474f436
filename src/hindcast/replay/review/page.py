"""A review as a page of a notebook, and as lines of text: the same sentences, the same tables."""

from __future__ import annotations

import html
import textwrap

import pandas as pd

from hindcast.replay.review import phrases

WIDTH, HARD_SPACE = 88, "\u00a0"
MOST_ROWS = 60  # of a table; by week a table of years is longer than anyone reads
# column of a table -> (its heading, the column with its margin or how it is written)
NUMBER = {
    "n": ("n", "count"),
    "cases": ("cases", "count"),
    "mean_absolute_error": ("off by", "margin"),
    "median_absolute_error": ("half within", "margin"),
    "mean_error": ("too high (+) or low (−)", "mean_error_margin"),
    "baseline": ("baseline off by", "better_by_margin"),
    "better_by": ("better by", "better_by_margin"),
    "in_range": ("in range", "percent"),
}
CHANCE = {
    "n": ("n", "count"),
    "cases": ("cases", "count"),
    "share_came": ("came", "percent"),
    "mean_score": ("scores say", "percent"),
    "brier": ("Brier score", "margin"),
    "baseline": ("baseline's", "better_by_margin"),
    "auc": ("AUC", "two"),
    "caught": ("caught", "count"),
    "missed": ("missed", "count"),
    "false_alarm": ("false alarms", "count"),
}
LIKE = {
    "n": ("n", "count"),
    "said_of_100": ("of 100, the scores say", "whole"),
    "came_of_100": ("of 100, came", "whole"),
}
SIGNED = ("mean_error", "better_by")
CELL = "padding:0.25em 0.6em;border:1px solid #777777;text-align:right;vertical-align:top"


def readable_table(table: pd.DataFrame) -> pd.DataFrame:
    """A table of metrics as texts: no digit that the margin does not bear, groups of few cases marked."""
    forms = LIKE if "said_of_100" in table else CHANCE if "brier" in table else NUMBER
    there = {name: form for name, form in forms.items() if name in table and not _repeats_n(table, name)}
    columns = {heading: _column_texts(table, name, how) for name, (heading, how) in there.items()}
    names = [_row_name(index, row) for index, row in table.iterrows()]
    few = ["few" if row["few"] else "off" if row.get("off") else "" for _, row in table.iterrows()]
    if any(few):
        columns["note"] = few
    return pd.DataFrame(columns, index=pd.Index(names, name=_first_heading(table)))


def _first_heading(table: pd.DataFrame) -> str:
    return "scores" if "said_of_100" in table else str(table.index.name or "")


def _row_name(index: object, row: pd.Series) -> str:
    if "said_of_100" in row:
        return phrases.percents(row["from"], row["to"])
    if isinstance(index, pd.Period):
        return phrases.period_name(index).replace("the week from ", "week from ")
    return str(index)


def _repeats_n(table: pd.DataFrame, name: str) -> bool:
    return name == "cases" and bool((table["cases"] == table["n"]).all())


def _column_texts(table: pd.DataFrame, name: str, how: str) -> list[str]:
    """One column as texts, all with as many decimals as its median margin bears."""
    if how in table:
        enough = table[how][~table["few"]]
        margin = float((enough if len(enough) else table[how]).median())
        return [_signed_amount(value, margin, name in SIGNED) for value in table[name]]
    return [_figure_text(value, how) for value in table[name]]


def _signed_amount(value: float, margin: float, signed: bool) -> str:
    if pd.isna(value):
        return "–"
    text = phrases.amount(value, margin).replace("-", "−")
    return f"+{text}" if signed and value > 0 and text.strip("0.") else text


def _figure_text(value: float, how: str) -> str:
    if pd.isna(value):
        return "–"
    if how == "percent":
        return phrases.share_text(value)
    return f"{value:.2f}" if how == "two" else f"{value:,.0f}"


def page_text(parts: list) -> str:
    """The page for a terminal."""
    blocks = []
    for heading, sentences, tables in parts:
        lines = [heading, "-" * len(heading)]
        for sentence in sentences:
            whole = sentence.replace(" %", HARD_SPACE + "%")  # 9 % stays on one line
            wrapped = textwrap.wrap(whole, WIDTH, initial_indent="* ", subsequent_indent="  ")
            lines += [line.replace(HARD_SPACE, " ") for line in wrapped]
        for table in tables.values():
            lines += ["", _last_rows(readable_table(table)).to_string()]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _last_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The table, or its last rows where it is too long to read."""
    return table if len(table) <= MOST_ROWS else table.tail(MOST_ROWS)


def page_html(parts: list) -> str:
    """The page for a notebook: headings, lists, tables with borders. No colour carries a meaning."""
    body = "".join(_part_html(*part) for part in parts)
    return f"<div style='max-width:60em;line-height:1.45;font-size:1em'>{body}</div>"


def _part_html(heading: str, sentences: list[str], tables: dict[str, pd.DataFrame]) -> str:
    items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in sentences)
    told = f"<ul style='margin:0.2em 0 0.4em 0;padding-left:1.2em'>{items}</ul>" if items else ""
    drawn = "".join(
        _table_html(caption, _last_rows(readable_table(table))) for caption, table in tables.items()
    )
    return f"<h4 style='margin:0.9em 0 0.2em 0'>{html.escape(heading)}</h4>{told}{drawn}"


def _table_html(caption: str, table: pd.DataFrame) -> str:
    headings = [str(table.index.name or ""), *table.columns]
    head = "".join(f"<th scope='col' style='{CELL}'>{html.escape(name)}</th>" for name in headings)
    rows = "".join(_row_html(name, row) for name, row in zip(table.index, table.to_numpy(), strict=True))
    return (
        "<div style='overflow-x:auto'><table style='border-collapse:collapse;margin:0.3em 0'>"
        f"<caption style='text-align:left'>{html.escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row_html(name: str, cells: list[str]) -> str:
    first = f"<th scope='row' style='{CELL};text-align:left'>{html.escape(name)}</th>"
    rest = "".join(f"<td style='{CELL}'>{html.escape(cell)}</td>" for cell in cells)
    return f"<tr>{first}{rest}</tr>"
