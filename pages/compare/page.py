"""Which run grades best, and what its errors are."""

import streamlit as st

from lsdc.ui.errors import friendly_errors
from lsdc.ui.frame import open_page
from lsdc.ui.runs import read_runs, show_damaged, show_failed
from lsdc.ui.scores import read_scores
from pages.compare.board import choose_board
from pages.compare.details import draw_details
from pages.compare.reference import draw_reference
from pages.compare.scoreboard import draw_scoreboard, draw_together


def _asks_for_one_table() -> bool:
    st.info(
        "These runs were scored on different rows, so they stand in groups that are not ranked together: rows differ "
        "in how hard they are. “All pairs” below compares runs on the rows that they share.",
        icon=":material/rule:",
    )
    return st.toggle("Put all of them in one table anyway", key="compare_together")


def _say_what_is_outdated(number: int) -> None:
    if number:
        runs = "1 run was" if number == 1 else f"{number} runs were"
        st.caption(
            f"{runs} scored by another version, or before the predictions changed, and scored again for this page. "
            "`python -m lsdc compare --rescore` keeps the result."
        )


open_page(
    "Compare", "Which run is best, is it really better, where does it fail, and can its probabilities be trusted?"
)
runs, damaged = read_runs()
groups, unscored = read_scores(runs)
if groups:
    board = choose_board(groups)
    if len(groups) > 1 and _asks_for_one_table():
        with friendly_errors():
            draw_together(groups, board)
    else:
        for group in groups:
            with friendly_errors():
                draw_scoreboard(group, board)
    _say_what_is_outdated(sum(not run.is_stored for group in groups for run in group.runs))
    with friendly_errors():
        draw_details(groups)
else:
    st.info("No scored run yet. Start one, and it appears here when it has finished.", icon=":material/leaderboard:")
    st.page_link("pages/train/page.py", label="Go to Train", icon=":material/model_training:")
show_failed(runs)
show_damaged([*damaged, *unscored])
draw_reference(groups)
