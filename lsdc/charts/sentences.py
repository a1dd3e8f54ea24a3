"""What a chart shows, in one sentence with its numbers: its caption, and its text for those who cannot see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from lsdc.charts.learning import kept_epoch
from lsdc.labels import TARGETS, Level, Severity


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun, as “1 study” or “1,975 studies”."""
    return f"{number:,} {one if number == 1 else many}"


def about_conditions(table: pd.DataFrame) -> str:
    """On `condition_counts`."""
    titles = {(target.condition.value, target.side.value): target.title for target in TARGETS}
    counts = table[["condition", "side"]].value_counts()
    most, share = titles[counts.index[0]], counts.iloc[0] / len(table)
    return f"{len(table):,} points; the most, {counts.iloc[0]:,} ({share:.1%}), are {most}."


def about_levels(table: pd.DataFrame) -> str:
    """On `level_counts`."""
    counts = table["level"].value_counts().reindex([level.value for level in Level], fill_value=0)
    if counts.min() == counts.max():
        return f"Every level has the same number of points, {counts.max():,}."
    return (
        f"{counts.idxmax()} has the most points, {counts.max():,}, and {counts.idxmin()} the fewest, {counts.min():,}."
    )


def about_severities(table: pd.DataFrame) -> str:
    """On `severity_counts`."""
    shares = table["severity"].value_counts(normalize=True)
    unlabelled = int(table["severity"].isna().sum())
    rest = f" Points without a grade: {unlabelled:,}." if unlabelled else ""
    return (
        f"{shares.max():.1%} are {shares.idxmax()}: a grader that always answers so is right as often, "
        f"and has learned nothing.{rest}"
    )


def about_severity_by_level(table: pd.DataFrame) -> str:
    """On `severity_by_level`."""
    severe = (table["severity"] == Severity.SEVERE).groupby(table["level"]).mean()
    highest, lowest = f"{severe.max():.1%}", f"{severe.min():.1%}"
    if not severe.any():
        return "No graded point is Severe."
    if len(severe) == 1:
        return f"All graded points are at {severe.index[0]}; {highest} of them are Severe."
    if highest == lowest:
        return f"Severe is as frequent at every level ({highest}): the level alone tells nothing of it."
    return (
        f"Severe is most frequent at {severe.idxmax()} ({highest}) and rarest at {severe.idxmin()} ({lowest}): "
        "the level alone tells something of the grade."
    )


def about_commonest_cell(table: pd.DataFrame) -> str:
    """On `severity_heat_map`."""
    worse = table[table["severity"] != Severity.NORMAL_MILD]
    if worse.empty:
        return "No graded point is Moderate or Severe."
    most = worse.value_counts(["level", "severity"]).reset_index().iloc[0]
    return (
        f"{len(worse):,} of {len(table):,} graded points are Moderate or Severe; the most of one kind are {most['severity']} "
        f"at {most['level']}, {most['count']:,}. The shade is the share of the level."
    )


def about_dropped_studies(studies: pd.DataFrame) -> str:
    """On `dropped_by_balancing`."""
    most = studies.nlargest(1, "dropped").iloc[0]
    if not most["dropped"]:
        return "No condition is Normal/Mild at all five levels of a study, so that balancing drops none."
    return (
        f"Balancing {most['name']} drops the most: {most['dropped']:,} of {most['dropped'] + most['kept']:,} studies are Normal/Mild at "
        "all five levels."
    )


def about_balancing(before: pd.DataFrame, after: pd.DataFrame) -> str:
    """On `balancing`."""
    dropped = before["study_id"].nunique() - after["study_id"].nunique()
    if not dropped:
        return f"Balancing drops no study: all {len(before):,} rows remain."
    if after.empty:
        return "Every study is Normal/Mild at every level: no row remains."
    studies = "1 study that is" if dropped == 1 else f"{dropped:,} studies that are"
    was, is_now = (f"{(rows['severity'] == Severity.NORMAL_MILD).mean():.1%}" for rows in (before, after))
    change = f"stays at {was}" if was == is_now else f"falls from {was} to {is_now}"
    return (
        f"Without the {studies} Normal/Mild at every level, {len(after):,} of {len(before):,} rows remain, "
        f"and the share of Normal/Mild {change}."
    )


def about_odds(pairs: pd.DataFrame) -> str:
    """On `odds_ratio_map`."""
    most = pairs.nlargest(1, "log2_odds_ratio").iloc[0]
    return (
        f"Strongest together: where {most['one']} is Moderate or worse, the odds that {most['other']} is too are "
        f"{2 ** most['log2_odds_ratio']:.1f} times as high. Numbers are log base 2 of the odds ratio; 0 is no association."
    )


def about_sides(pairs: pd.DataFrame, kappa: float) -> str:
    """On `sides_matrix`."""
    same = (pairs["left"].astype("str") == pairs["right"].astype("str")).mean()
    words = "" if pd.isna(kappa) else f", quadratic kappa {kappa:.2f}"
    return f"Left and right of the same level have the same grade in {same:.1%} of {len(pairs):,} pairs{words}."


def about_steps(steps: pd.DataFrame) -> str:
    """On `step_bars`."""
    rises = steps[steps["change"] == "higher"]
    most = rises.nlargest(1, "share").iloc[0]
    if not most["share"]:
        return "No study has a higher grade at a level than at the one above it."
    return f"The grade rises most often from {most['step']}: in {most['share']:.0%} of {most['studies']:,} studies."


def about_completeness(graded: pd.DataFrame) -> str:
    """On `completeness_map`."""
    if graded["share"].min() == graded["share"].max():
        least = graded.iloc[0]
        return f"Each is graded in {least['graded']:,} of {counted(least['studies'], 'study', 'studies')}, {least['share']:.1%}."
    least = graded.nsmallest(1, "share").iloc[0]
    return (
        f"{graded['share'].mean():.1%} of what could be graded is; the least is {least['name']} at {least['level']}, of "
        f"{least['share']:.1%} of the studies."
    )


def about_split(counts: pd.DataFrame) -> str:
    """On `grades_of_parts`."""
    judged = counts[counts["part"].isin(["train", "validation", "test"])]
    severe = judged[judged["severity"] == Severity.SEVERE].set_index("part")["share"]
    sizes = judged.groupby("part", sort=False)["count"].sum()
    rows = ", ".join(f"{count:,} for {part}" for part, count in sizes.items())
    return f"{rows}; the share of Severe lies between {severe.min():.1%} and {severe.max():.1%}."


def about_learning_rate(history: pd.DataFrame) -> str:
    """On `learning_rate_curve`."""
    rates = history["learning_rate"]
    return f"From {rates.iloc[0]:.2g} in the first epoch to {rates.iloc[-1]:.2g} in the last."


def about_learning(history: pd.DataFrame, measure: str) -> str:
    """On `learning_curve`."""
    best = kept_epoch(history).iloc[0]
    of_stage = " of the second stage" if best["stage"] > 1 else ""
    return (
        f"The kept network is that of epoch {best['epoch']:.0f}, with the lowest validation loss{of_stage}; there the "
        f"{measure} is {best[measure]:.3f} in training and {best[f'val_{measure}']:.3f} in validation."
    )


def about_confusion(counts: Sequence[Sequence[int]]) -> str:
    """On `confusion_matrix`."""
    severe = counts[Severity.SEVERE.rank]
    if not sum(severe):
        return "Rows are labels, columns predictions. No scored row is Severe."
    missed = severe[Severity.NORMAL_MILD.rank]
    return (
        f"Of {sum(severe):,} Severe points {severe[Severity.SEVERE.rank]:,} are graded Severe, and {missed:,} "
        f"({missed / sum(severe):.0%}) Normal/Mild."
    )


def about_search(trials: pd.DataFrame) -> str:
    """On `search_history`."""
    finished = trials[(trials["state"] == "finished") & trials["loss"].notna()]
    if finished.empty:
        return "No trial has finished yet."
    best = finished.nsmallest(1, "loss").iloc[0]
    return (
        f"Of {len(trials)} trials {len(finished)} have finished. Trial {best['trial']} has the lowest validation loss, "
        f"{best['loss']:.4f}; the median is {finished['loss'].median():.4f}. The line is the lowest so far."
    )


def about_importance(shares: Mapping[str, float]) -> str:
    """On `importance_bars`."""
    first, share = next(iter(shares.items()))
    return (
        f"{first} explains {share:.0%} of the spread of validation losses among the finished trials (fANOVA). With few "
        "trials this is a hint, no proof."
    )


def about_parallel(best: str) -> str:
    """On `parallel_coordinates` of trials."""
    return f"Each line is a finished trial, from its hyperparameters to its validation loss; {best} has the lowest."
