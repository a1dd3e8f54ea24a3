"""What an ensemble says of the runs whose probabilities it averages."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, TypeAdapter

# A plain name, in which there is no path.
RUN_ID = "[A-Za-z0-9][A-Za-z0-9._-]{0,127}"

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Member(BaseModel, frozen=True, extra="forbid"):
    """One run of an ensemble.

    Args:
        run_id: Its name.
        network_sha256: The hash of its exported network, as it was when they were averaged.
    """

    run_id: Annotated[str, Field(pattern=f"^{RUN_ID}$")]
    network_sha256: Sha256


MEMBERS: TypeAdapter[Annotated[tuple[Member, ...], Field(min_length=2)]] = TypeAdapter(
    Annotated[tuple[Member, ...], Field(min_length=2)]
)
