"""A document as one web page: a file that needs no other, in the light and in the dark, on a screen and on paper."""

from __future__ import annotations

from html import escape
from pathlib import Path

STYLE = Path(__file__).with_suffix(".css")


def web_page(title: str, body: str, *, style: Path) -> str:
    """The page.

    Args:
        title: Stands in the browser's tab.
        body: HTML.
        style: A file with what the page looks like besides what all pages do.
    """
    styles = "".join(file.read_text(encoding="utf-8") for file in (STYLE, style))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{styles}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
