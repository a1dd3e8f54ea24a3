"""What a person does without thinking: waiting until the page has settled."""

import time
from weakref import WeakSet

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

SECONDS_TO_SETTLE = 60
# The pages that have asked for a run which the server has not yet begun. Until then they look as still as before.
_asking = WeakSet()


def watch(page):
    """Listen to what a page and its server say to each other; before the page is opened.

    Only so can it be known that a click has not yet been taken up, however slow the machine is.
    """
    page.on("websocket", lambda socket: _listen(page, socket))


def wait_until_still(page):
    """Until the server has done what was last asked of it; what is clicked or pressed before may be lost."""
    deadline = time.monotonic() + SECONDS_TO_SETTLE
    while page in _asking:
        assert time.monotonic() < deadline, "The server has not taken up what was asked."
        page.wait_for_timeout(20)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def _listen(page, socket):
    def sent(message):
        if BackMsg.FromString(message).HasField("rerun_script"):
            _asking.add(page)

    def received(message):
        if page in _asking and ForwardMsg.FromString(message).HasField("new_session"):
            _asking.discard(page)

    socket.on("framesent", sent)
    socket.on("framereceived", received)
