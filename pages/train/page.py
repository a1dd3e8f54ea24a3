"""Choose hyperparameters, start a run, and watch it."""

import streamlit as st

from lsdc.ui.datasets import require_data_set
from lsdc.ui.errors import friendly_errors
from lsdc.ui.frame import open_page
from lsdc.ui.hyperparameters import choose_hyperparameters
from lsdc.ui.runs import choose_run, read_runs, show_damaged
from pages.train.listing import draw_listing
from pages.train.live import draw_run
from pages.train.manage import draw_import, draw_management
from pages.train.plan import draw_plan
from pages.train.queue import draw_queue

open_page(
    "Train", "Set the hyperparameters on the left, check what will run, and start. A run goes on without this page."
)
data = require_data_set()

with friendly_errors():
    draw_plan(data, choose_hyperparameters())

st.subheader("Runs", anchor=False)
runs, damaged = read_runs()
with friendly_errors():
    draw_queue(runs)
if not runs:
    st.info("No run yet. The preset “quick”, on the left, trains in a minute or two.", icon=":material/model_training:")
else:
    with friendly_errors():
        chosen = choose_run("Run", runs, key="train_run")
        draw_management(chosen)
        draw_run(chosen)
        draw_listing(runs)
draw_import()
show_damaged(damaged)
