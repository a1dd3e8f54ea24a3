"""Which run grades best, and what its errors are."""

import streamlit as st

from lsdc.ui.errors import friendly_errors
from lsdc.ui.frame import open_page
from lsdc.ui.runs import read_runs, show_damaged, show_failed
from lsdc.ui.scores import read_scores
from pages.compare.details import draw_details
from pages.compare.reference import draw_reference
from pages.compare.scoreboard import draw_scoreboard

open_page(
    "Compare",
    "Scored runs beside graders that see no pixels. Only runs that were scored on the same rows are ranked together.",
)
runs, damaged = read_runs()
groups, unscored = read_scores(runs)
if groups:
    for group in groups:
        with friendly_errors():
            draw_scoreboard(group)
    with friendly_errors():
        draw_details(groups)
else:
    st.info("No scored run yet. Start one, and it appears here when it has finished.", icon=":material/leaderboard:")
    st.page_link("pages/train/page.py", label="Go to Train", icon=":material/model_training:")
show_failed(runs)
show_damaged([*damaged, *unscored])
draw_reference(groups)
