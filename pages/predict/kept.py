"""What the session keeps of the images that are read, by the names it is kept under, and how all of it is forgotten."""

import streamlit as st

from lsdc.ui.images import forget_pictures
from lsdc.ui.uploads import forget_uploads

GRADES_KEY = "predict_grades"
WHY_KEY = "predict_why"
MARKS_KEY = "predict_marks"
CHOSEN_MARK_KEY = "predict_chosen_mark"
ANSWERS_KEY = "predict_answers"
BEGUN_KEY = "predict_begun"
PLACE_OF_KEY = "predict_place_of"
# What the marked point stands for.
PLACE_KEYS = {"condition": "predict_condition", "level": "predict_level", "side": "predict_side"}
SERIES_KEY = "predict_series"
# Those of the series follow it: the slice and the point that are shown, the window, and what stands beside.
VIEW_KEY = "predict_view"
BESIDE_KEY = "predict_beside"
OF_IMAGES = (
    GRADES_KEY,
    WHY_KEY,
    MARKS_KEY,
    CHOSEN_MARK_KEY,
    ANSWERS_KEY,
    BEGUN_KEY,
    PLACE_OF_KEY,
    *PLACE_KEYS.values(),
    SERIES_KEY,
    VIEW_KEY,
    BESIDE_KEY,
)


def forget_images() -> None:
    """Forget the slices, the points on them, the grades, what explains them, and the pictures."""
    forget_uploads()
    forget_pictures()
    for key in [key for key in st.session_state if str(key).startswith(OF_IMAGES)]:
        del st.session_state[key]
