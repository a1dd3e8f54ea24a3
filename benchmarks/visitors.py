"""Users of the app without a browser: each speaks to the server as a page does, by its web socket.

Twenty browsers would take the processors that the server is measured on.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

LARGEST_MESSAGE = 64 * 2**20


class Visitor:
    """One session, which knows the widgets that were drawn for it by their labels."""

    def __init__(self, url: str, page: str, query: str) -> None:
        address = url.replace("http://", "ws://") + "/_stcore/stream"
        self._socket = connect(address, subprotocols=["streamlit"], max_size=LARGEST_MESSAGE)  # type: ignore[list-item] # a NewType of str
        self._page, self._query = page, query
        self._script = ""
        self._values: dict[str, WidgetState] = {}
        self.widgets: dict[str, Any] = {}
        self.texts: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def visit(self, values: dict[str, dict[str, object]] | None = None, *, until: str = "") -> float:
        """Let the page run to its end with some widgets changed.

        Args:
            values: By label, as keywords of the widget's state, such as `dict(trigger_value=True)`.
            until: Begins the text that is waited for; empty for the end of the run.

        Returns:
            Seconds until it was there.

        Raises:
            RuntimeError: If the page shows an error, or never that text.
        """
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name, state.page_script_hash = self._query, self._page, self._script
        for label, value in (values or {}).items():
            widget = WidgetState(id=self.widgets[label].id, **value)
            state.widget_states.widgets.append(widget)
            if "trigger_value" not in value:
                self._values[widget.id] = widget
        known = {widget.id for widget in state.widget_states.widgets}
        state.widget_states.widgets.extend(widget for name, widget in self._values.items() if name not in known)
        began = time.perf_counter()
        self._socket.send(message.SerializeToString())
        self.texts = []
        seen: float | None = None
        while not self._take(ForwardMsg.FromString(bytes(self._socket.recv(timeout=120)))):
            if seen is None and until and self.texts and self.texts[-1].startswith(until):
                seen = time.perf_counter() - began
        if until and seen is None:
            raise RuntimeError(f"The page did not show {until!r}.")
        return time.perf_counter() - began if seen is None else seen

    def _take(self, message: ForwardMsg) -> bool:
        """Note what a message draws; whether it is the last one."""
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self._script = message.navigation.page_script_hash
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            drawn = getattr(element, element.WhichOneof("type"))
            if element.WhichOneof("type") == "exception" or getattr(drawn, "format", None) == Alert.ERROR:
                raise RuntimeError(str(drawn)[:500])
            if getattr(drawn, "id", "") and getattr(drawn, "label", ""):
                self.widgets[drawn.label] = drawn
            if hasattr(drawn, "body"):
                self.texts.append(drawn.body)
        return kind == "script_finished"
