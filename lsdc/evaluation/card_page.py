"""The model card as a web page: one file that needs no other, in the light and in the dark, on a screen and on paper."""

from __future__ import annotations

from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

STYLE = Path(__file__).with_name("model_card.css")


def card_page(card: str) -> str:
    """A model card as HTML.

    Args:
        card: Markdown, as `model_card` writes it. HTML in it, such as in the name of a data set, stays text; the page
            loads no images, which would tell a server that it is read.
    """
    title = card.partition("\n")[0].removeprefix("# ")
    body = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image").render(card)
    framed = body.replace("<table>", '<div class="table"><table>').replace("</table>", "</table></div>")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n"
        f"<body>\n{framed}</body>\n</html>\n"
    )
