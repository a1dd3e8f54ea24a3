"""`python -m lsdc models`: the catalogue."""

from __future__ import annotations

from lsdc.cli.options import JsonOption, print_json
from lsdc.config import preset
from lsdc.models.catalogue import CATALOG, network_size


def models(as_json: JsonOption = False) -> None:
    """List the networks, with what they cost: at the report's settings, or the recommended ones if they see neighbours."""
    rows = []
    for name, entry in CATALOG.items():
        recipe = "recommended" if entry.several_slices else "report"
        config = preset(recipe).changed(model=name)
        size = network_size(config)
        rows.append(
            {
                "name": name,
                "description": entry.description,
                "preset": recipe,
                "image_px": config.image_px,
                "parameters": size.total,
                "trainable": size.trainable,
                "multiply_adds": size.multiply_adds,
            }
        )
    if as_json:
        print_json(rows)
        return
    print(f"{'network':<17} {'preset':<12} {'px':>4} {'parameters':>11} {'multiply-adds':>14}")
    for row in rows:
        costs = f"{row['parameters']:>11,} {row['multiply_adds']:>14,}"
        print(f"{row['name']:<17} {row['preset']:<12} {row['image_px']:>4} {costs}  {row['description']}")
    print("Multiply-adds are those of the encoder, for one slice.")
