"""Grade one point of one slice."""

import streamlit as st

from lsdc.config import InputKind
from lsdc.ui.errors import friendly_errors
from lsdc.ui.frame import open_page
from lsdc.ui.help import offer_help
from lsdc.ui.images import windowed_picture
from lsdc.ui.picker import pick_point
from lsdc.ui.runs import choose_run, read_runs
from pages.predict.answer import draw_answer
from pages.predict.model import describe_model
from pages.predict.question import choose_place
from pages.predict.source import choose_image

EMPTY_HEIGHT_PX = 420

open_page(
    "Predict",
    "Choose a model and an image, mark a disc level's point, and grade it. Levels are not located automatically.",
)
runs, _ = read_runs()
able = [listed for listed in runs if listed.run.can_predict]
offer_help(key="predict")
if not able:
    st.info("No model yet. A finished run leaves one.", icon=":material/radiology:")
    st.page_link("pages/train/page.py", label="Go to Train", icon=":material/model_training:")
    st.stop()

picture_column, question_column = st.columns([3, 2], gap="large")
chosen = None
with question_column, friendly_errors():
    listed = choose_run("Model", able, key="predict_run")
    config = listed.config
    describe_model(listed)
    chosen = choose_image(config)
if chosen is None:
    with picture_column.container(border=True, height=EMPTY_HEIGHT_PX, vertical_alignment="center"):
        st.caption("The image appears here once you have chosen one.", text_alignment="center")
    st.stop()

with question_column, friendly_errors():
    key = f"predict_{chosen.image_id}"
    picture = windowed_picture(chosen.image, chosen.image_id, key="predict")
    with picture_column:
        crop_mm = config.crop_mm if config.input_kind is InputKind.CROP else None
        point = pick_point(picture, crop_mm=crop_mm, start=chosen.start, key=key)
    place = choose_place(config, chosen, key=key)
    draw_answer(listed, chosen, point, place, explanation=picture_column)
