"""What a chart shows, in one sentence with its numbers: its caption, and its text for those who cannot see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lsdc.charts.learning import kept_epoch
from lsdc.charts.words import counted, each_of, listed
from lsdc.labels import TARGETS, Level, Severity


def about_conditions(table: pd.DataFrame) -> str:
    """On `condition_counts`."""
    titles = {(target.condition.value, target.side.value): target.title for target in TARGETS}
    counts = table[["condition", "side"]].value_counts()
    most = counts.max()
    names = [title for key, title in titles.items() if counts.get(key) == most]
    points = counted(len(table), "point", "points")
    if len(counts) == 1:
        return f"{points}, of {names[0]} alone."
    return f"{points}; the most, {most:,} ({most / len(table):.1%}){each_of(names)}, are {listed(names)}."


def about_levels(table: pd.DataFrame) -> str:
    """On `level_counts`."""
    counts = table["level"].value_counts().reindex([level.value for level in Level], fill_value=0)
    if counts.min() == counts.max():
        return f"Every level has the same number of points, {counts.max():,}."
    most, fewest = (counts.index[counts == end].tolist() for end in (counts.max(), counts.min()))
    return (
        f"{listed(most)} {'have' if len(most) > 1 else 'has'} the most points, {counts.max():,}{each_of(most)}, and "
        f"{listed(fewest)} the fewest, {counts.min():,}{each_of(fewest)}."
    )


def about_severities(table: pd.DataFrame) -> str:
    """On `severity_counts`."""
    shares = table["severity"].value_counts(normalize=True)
    names = [word.value for word in Severity if shares.get(word.value) == shares.max()]
    unlabelled = int(table["severity"].isna().sum())
    rest = f" Points without a grade: {unlabelled:,}." if unlabelled else ""
    always = "so" if len(names) == 1 else "one of them"
    return (
        f"{shares.max():.1%}{each_of(names)} are {listed(names)}: a grader that always answers {always} is right as often, "
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
    most, rarest = (listed(severe.index[severe == end].tolist()) for end in (severe.max(), severe.min()))
    return (
        f"Severe is most frequent at {most} ({highest}) and rarest at {rarest} ({lowest}): "
        "the level alone tells something of the grade."
    )


def about_commonest_cell(table: pd.DataFrame) -> str:
    """On `severity_heat_map`."""
    worse = table[table["severity"] != Severity.NORMAL_MILD]
    if worse.empty:
        return "No graded point is Moderate or Severe."
    counts = worse.value_counts(["level", "severity"]).reset_index()
    most = counts[counts["count"] == counts["count"].max()].sort_values("level")
    cells = [f"{severity} at {level}" for severity, level in zip(most["severity"], most["level"], strict=True)]
    return (
        f"{len(worse):,} of {counted(len(table), 'graded point is', 'graded points are')} Moderate or Severe; the most of one "
        f"kind are {listed(cells)}, {counts['count'].max():,}{each_of(cells)}. The shade is the share of the level."
    )


def about_dropped_studies(studies: pd.DataFrame) -> str:
    """On `dropped_by_balancing`."""
    most = studies[studies["dropped"] == studies["dropped"].max()]
    dropped = int(most["dropped"].iloc[0])
    if not dropped:
        return "No condition is Normal/Mild at all five levels of a study, so that balancing drops none."
    if len(most) > 1:
        return f"Balancing {listed(most['name'].tolist())} drops the most, {counted(dropped, 'study', 'studies')} each, Normal/Mild at all five levels."
    every = counted(dropped + int(most["kept"].iloc[0]), "study is", "studies are")
    return f"Balancing {most['name'].iloc[0]} drops the most: {dropped:,} of {every} Normal/Mild at all five levels."


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
    # Each pair stands in both orders.
    alike = int(np.isclose(pairs["log2_odds_ratio"], most["log2_odds_ratio"]).sum()) // 2 - 1
    others = f", as {'is' if alike == 1 else 'are'} {counted(alike, 'other pair', 'other pairs')}" if alike else ""
    return (
        f"Strongest together{others}: where {most['one']} is Moderate or worse, the odds that {most['other']} is too are "
        f"{2 ** most['log2_odds_ratio']:.1f} times as high. Numbers are log base 2 of the odds ratio; 0 is no association."
    )


def about_sides(pairs: pd.DataFrame, kappa: float) -> str:
    """On `sides_matrix`."""
    same = (pairs["left"].astype("str") == pairs["right"].astype("str")).mean()
    words = "" if pd.isna(kappa) else f", quadratic kappa {kappa:.2f}"
    return f"Left and right of the same level have the same grade in {same:.1%} of {counted(len(pairs), 'pair', 'pairs')}{words}."


def about_steps(steps: pd.DataFrame) -> str:
    """On `step_bars`."""
    rises = steps[steps["change"] == "higher"]
    most = rises[rises["share"] == rises["share"].max()]
    first = most.iloc[0]
    if not first["share"]:
        return "No study has a higher grade at a level than at the one above it."
    often = f"The grade rises most often from {listed(most['step'].tolist())}: in {first['share']:.0%}"
    if len(most) > 1:
        return f"{often} of the studies that are graded at both."
    return f"{often} of {counted(first['studies'], 'study', 'studies')}."


def about_completeness(graded: pd.DataFrame) -> str:
    """On `completeness_map`."""
    if graded["share"].min() == graded["share"].max():
        least = graded.iloc[0]
        return f"Each is graded in {least['graded']:,} of {counted(least['studies'], 'study', 'studies')}, {least['share']:.1%}."
    least = graded.nsmallest(1, "share").iloc[0]
    alike = int((graded["share"] == least["share"]).sum()) - 1
    others = f" and {counted(alike, 'other', 'others')}" if alike else ""
    return (
        f"{graded['share'].mean():.1%} of what could be graded is; the least is {least['name']} at {least['level']}{others}, of "
        f"{least['share']:.1%} of {counted(least['studies'], 'study', 'studies')}."
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
        f"Of {counted(sum(severe), 'Severe point', 'Severe points')} {severe[Severity.SEVERE.rank]:,} "
        f"{'is' if severe[Severity.SEVERE.rank] == 1 else 'are'} graded Severe, and {missed:,} "
        f"({missed / sum(severe):.0%}) Normal/Mild."
    )


def about_search(trials: pd.DataFrame) -> str:
    """On `search_history`."""
    finished = trials[(trials["state"] == "finished") & trials["loss"].notna()]
    if finished.empty:
        return "No trial has finished yet."
    best = finished.nsmallest(1, "loss").iloc[0]
    return (
        f"Of {counted(len(trials), 'trial', 'trials')} {counted(len(finished), 'has', 'have')} finished. Trial {best['trial']} has the lowest validation loss, "
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
