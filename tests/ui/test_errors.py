"""How failures reach a reader."""

import logging

from streamlit.testing.v1 import AppTest

from lsdc.ui.errors import as_text


def known_failure():
    import streamlit as st

    from lsdc.errors import DeviceError
    from lsdc.ui.errors import friendly_errors

    with friendly_errors():
        raise DeviceError("There is no GPU_0.", "A GPU was asked for.", "Choose the CPU.")
    st.write("The rest of the page.")


def bug():
    import streamlit as st

    from lsdc.ui.errors import friendly_errors

    with friendly_errors():
        raise KeyError("secret value")
    st.write("The rest of the page.")


def full_disk():
    import errno

    import streamlit as st

    from lsdc.ui.errors import friendly_errors

    with friendly_errors():
        raise OSError(errno.ENOSPC, "No space left on device", "/data/run_1")
    st.write("The rest of the page.")


def test_a_known_failure_is_shown_as_advice_and_the_page_goes_on():
    app = AppTest.from_function(known_failure, default_timeout=60).run()

    (shown,) = app.error
    assert shown.value == r"**There is no GPU\_0.** A GPU was asked for. Choose the CPU."
    assert [text.value for text in app.markdown] == ["The rest of the page."]


def test_a_bug_keeps_its_traceback_in_the_log_and_its_words_off_the_page(caplog):
    with caplog.at_level(logging.ERROR):
        app = AppTest.from_function(bug, default_timeout=60).run()

    (shown,) = app.error
    assert "not your doing" in shown.value
    assert "secret" not in shown.value
    assert "KeyError: 'secret value'" in caplog.text
    assert [text.value for text in app.markdown] == ["The rest of the page."]


def test_a_file_that_cannot_be_written_is_shown_as_advice_and_kept_in_the_log(caplog):
    with caplog.at_level(logging.ERROR):
        app = AppTest.from_function(full_disk, default_timeout=60).run()

    (shown,) = app.error
    assert r"/data/run\_1 cannot be read or written\: No space left on device." in shown.value
    assert "Free some space" in shown.value
    assert "Traceback" in caplog.text
    assert [text.value for text in app.markdown] == ["The rest of the page."]


def test_nothing_in_a_name_is_taken_as_markdown():
    assert as_text("a`b|c<d") == r"a\`b\|c\<d"
