"""What each visit runs: navigation and the frame around every page."""

import streamlit as st

from lsdc.ui.errors import friendly_errors
from lsdc.ui.frame import ICON, draw_frame

st.set_page_config(page_title="Lumbar workbench", page_icon=ICON, layout="wide")

# The files directly in `pages/` only lead the first link into a fresh server here, see docs/decisions/0005.
explore = st.Page("pages/explore/page.py", title="Explore", icon=":material/search:", url_path="explore")
train = st.Page("pages/train/page.py", title="Train", icon=":material/model_training:", url_path="train")
sweep = st.Page("pages/sweep/page.py", title="Sweep", icon=":material/tune:", url_path="sweep")
compare = st.Page("pages/compare/page.py", title="Compare", icon=":material/leaderboard:", url_path="compare")
predict = st.Page("pages/predict/page.py", title="Predict", icon=":material/radiology:", url_path="predict")


def go_to_explore() -> None:
    """The default page has no address of its own; this one leads to Explore, so that `/explore` is a link too."""
    st.switch_page(explore)


home = st.Page(go_to_explore, title="Home", default=True, visibility="hidden")
page = st.navigation([home, explore, train, sweep, compare, predict], position="top")
if page is not home:
    with friendly_errors():
        draw_frame()
with friendly_errors():
    page.run()
