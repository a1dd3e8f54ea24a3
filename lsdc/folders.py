"""Folders that appear whole under their names, and that leave for the trash."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from lsdc.files import sync_folder


def add_folder(root: Path, kind: str, fill: Callable[[Path], None]) -> Path:
    """Make a folder that is named by the moment, and appears under its name only when `fill` has written all of it.

    Args:
        root: Whose child it becomes; made if it is not there.
        kind: The word in its name.
        fill: Writes into the draft that it is given: the later name, behind a dot. What it raises leaves nothing behind.
    """
    root.mkdir(parents=True, exist_ok=True)
    draft = _draft(root, kind)
    try:
        fill(draft)
        folder = draft.rename(root / draft.name.removeprefix("."))
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    sync_folder(root)
    return folder


def move_to_trash(folder: Path, trash_root: Path) -> Path:
    """Move a folder to the trash, where what is there stays; returns where it lies now."""
    trash_root.mkdir(parents=True, exist_ok=True)
    target = trash_root / folder.name
    if target.exists():
        target = trash_root / f"{folder.name}-{secrets.token_hex(2)}"
    folder.rename(target)
    sync_folder(trash_root)
    sync_folder(folder.parent)
    return target


def _draft(root: Path, kind: str) -> Path:
    """A folder behind a dot, so that it is not listed: a kill before its end leaves nothing that anybody sees."""
    while True:
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        name = f"{stamp}-{kind}-{secrets.token_hex(2)}"
        draft = root / f".{name}"
        try:
            # Whoever has the draft has the name: two folders never share one.
            draft.mkdir()
        except FileExistsError:
            continue
        if not (root / name).exists():
            return draft
        draft.rmdir()
