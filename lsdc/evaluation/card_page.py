"""The model card as a web page."""

from __future__ import annotations

from pathlib import Path

from markdown_it import MarkdownIt

from lsdc.web_page import web_page

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
    return web_page(title, framed, style=STYLE)
