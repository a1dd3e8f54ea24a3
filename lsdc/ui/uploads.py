"""Images from outside: hashed once, decoded in a child process, kept by the hash of their bytes."""

from __future__ import annotations

import hashlib

import streamlit as st

from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.untrusted import read_untrusted_slice
from lsdc.errors import UnsupportedImageError

# As `server.maxUploadSize` in config.toml; the browser's own check can be passed by.
MAX_UPLOAD_MB = 64


def read_upload(data: bytes) -> tuple[str, DicomSlice]:
    """The sha256 of an uploaded file, and its slice.

    Raises:
        DicomError: If the file is too large, or no slice that can be graded.
    """
    if len(data) > MAX_UPLOAD_MB * 2**20:
        raise UnsupportedImageError(
            f"The file has {len(data) / 2**20:.0f} MB.",
            f"Expected a single slice of at most {MAX_UPLOAD_MB} MB.",
            "Choose a file with one slice.",
        )
    digest = hashlib.sha256(data).hexdigest()
    return digest, _decoded(digest, data)


# The hash is the key: Streamlit would take a sample of large values, and two images could share an answer.
@st.cache_resource(max_entries=16, show_spinner="Reading the image …")
def _decoded(digest: str, _data: bytes) -> DicomSlice:  # noqa: ARG001  # key
    return read_untrusted_slice(_data)
