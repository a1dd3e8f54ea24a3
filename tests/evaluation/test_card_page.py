"""The model card as a web page."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from lsdc.evaluation.card_page import card_page
from lsdc.evaluation.markdown import escaped, table

CARD = f"# run-1\n\n**Research only.**\n\n## Numbers\n\n{table(('A', 'B'), [('1', '`2`'), ('3', '4 < 5')])}\n"


class Reader(HTMLParser):
    """The tags of a page and their attributes, and the text of its cells."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.names: set[str] = set()
        self.cells: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.names |= {name for name, _ in attributes}
        if tag != "meta":
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if {"td", "th"} & set(self.open):
            self.cells[-1] += data


def test_a_page_needs_no_other_file_and_no_network():
    page = card_page(CARD)

    assert not Reader(page).names & {"src", "href"}
    assert not re.search(r"url\(|@import|https?:", page)


def test_tables_are_tables_and_every_tag_is_closed():
    read = Reader(card_page(CARD))

    assert read.open == []
    assert read.cells == ["A", "B", "1", "2", "3", "4 < 5"]
    assert read.tags.count("table") == 1
    assert "h1" in read.tags


def test_it_is_made_for_light_dark_and_paper():
    page = card_page(CARD)

    assert "color-scheme: light dark" in page
    assert "@media print" in page
    assert "<title>run-1</title>" in page


def test_a_name_is_no_program():
    page = card_page(CARD.replace("run-1", "<script>alert(1)</script> ![x](https://x.example/y.png)"))

    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<img" not in page


@given(st.lists(st.text("ab|\\\n\r"), min_size=1, max_size=3))
def test_a_cell_stays_a_cell_whatever_is_written_in_it(cells):
    words = [f"x{cell}x" for cell in cells]

    read = Reader(card_page(f"# run-1\n\n{table(['Name'] * len(words), [words])}\n"))

    assert len(read.cells) == 2 * len(words)
    if not any("\\" in cell for cell in cells):
        assert read.cells[len(words) :] == [" ".join(word.splitlines()) for word in words]


@given(st.text(st.sampled_from("a `*_[]<>!|~#&\\()\n") | st.characters(codec="utf-8", categories=["L", "P", "S"])))
def test_escaped_text_is_read_as_it_stands(text):
    page = card_page(f"# run-1\n\nx{escaped(text)}x\n")

    assert f"<p>x{' '.join(text.splitlines())}x</p>" in unescape(page)
