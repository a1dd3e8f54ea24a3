"""`python -m lsdc models`: the catalogue."""

from __future__ import annotations

from lsdc.cli.options import JsonOption, print_json
from lsdc.config import preset
from lsdc.models.catalogue import CATALOG, parameter_count


def models(as_json: JsonOption = False) -> None:
    """List the networks, with their parameters at the report's settings."""
    rows = []
    for name, entry in CATALOG.items():
        count = parameter_count(preset("report").changed(model=name))
        rows.append(
            {"name": name, "description": entry.description, "parameters": count.total, "trainable": count.trainable}
        )
    if as_json:
        print_json(rows)
        return
    for row in rows:
        print(f"{row['name']:<20} {row['parameters']:>12,} parameters, {row['trainable']:,} trainable")
        print(f"{'':<20} {row['description']}")
