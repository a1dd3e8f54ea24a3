"""The server, before anybody has come."""

import asyncio
import webbrowser

import numpy as np
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartParser

import app


def test_an_upload_never_lies_on_the_disk_while_it_arrives(monkeypatch):
    monkeypatch.setattr(webbrowser, "open", lambda _url: True)
    monkeypatch.setattr(MultiPartParser, "spool_max_size", MultiPartParser.spool_max_size)
    image = np.random.default_rng(0).bytes(3 * 2**20)

    content, on_disk = asyncio.run(_received(image))

    assert content == image
    assert not on_disk


async def _received(image):
    """What a running server has of a file that was sent to it, and whether it is on the disk."""
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="1.dcm"\r\n\r\n'

    async def stream():
        for part in (head, image, b"\r\n--edge--\r\n"):
            yield part

    headers = Headers({"content-type": "multipart/form-data; boundary=edge"})
    async with app.ready(app.app):
        form = await MultiPartParser(headers, stream()).parse()
        content = await form["file"].read()
        on_disk = form["file"].file._rolled
        await form.close()
    return content, on_disk
