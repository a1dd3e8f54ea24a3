"""What a declaration tells the sidebar."""

from __future__ import annotations

from typing import Any


def widget(group: str, *, advanced: bool = False, **extra: Any) -> dict[str, Any]:
    """Where the sidebar shows a hyperparameter: its group, and whether it is folded away; `extra` are the widget's own."""
    return {"group": group, "advanced": advanced, **extra}
