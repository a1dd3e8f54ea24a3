"""The crop cache: whole or absent, never out of date, and equal to what prediction cuts."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from filelock import FileLock

from lsdc.dataset.dicom import decode_slice
from lsdc.dataset.geometry import PixelPoint
from lsdc.errors import DataError
from lsdc.preprocessing.cache import CropCache, build_crop_cache, cache_key
from lsdc.preprocessing.crops import extract_crop, extract_stack, point_fractions

PROJECT_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def build(tmp_path):
    """Build, by default in this process; gives the cache and the progress that was reported."""

    def build_here(data_set, config, *, cache_root=tmp_path / "crops", workers=1):
        root, table = data_set
        reported = []
        cache = build_crop_cache(
            table,
            root,
            config,
            cache_root,
            workers=workers,
            report_progress=lambda done, total: reported.append((done, total)),
        )
        return cache, reported

    return build_here


def visible(folder):
    return [path.name for path in folder.iterdir() if not path.name.endswith(".lock")]


def test_a_cached_crop_is_what_prediction_cuts_from_the_bytes_of_the_file(make_data_set, crop_config, build):
    root, table = make_data_set()
    config = crop_config(32, 10.0, mirror_right=True)

    cache, _ = build((root, table), config)

    assert len(cache.index) == len(table)
    for pixels, row in zip(cache.pixels, cache.index.itertuples(), strict=True):
        image, point = decode_slice((root / row.image).read_bytes()), PixelPoint.from_xy(row.x, row.y)
        mirror = row.side == "right"
        np.testing.assert_array_equal(pixels[0], extract_crop(image, point, config, mirror=mirror))
        assert (row.x_fraction, row.y_fraction) == point_fractions(image, point, mirror=mirror)


def test_a_cached_stack_holds_the_neighbours_by_position(make_data_set, crop_config, build):
    root, table = make_data_set(num_series=1)
    config = crop_config(16, 10.0, neighbours=1)

    cache, _ = build((root, table), config)

    images = [decode_slice((root / f"train_images/7/1/{number}.dcm").read_bytes()) for number in range(1, 6)]
    for pixels, mask, row in zip(cache.pixels, cache.mask, cache.index.itertuples(), strict=True):
        around = [
            images[n - 1] if 1 <= n <= 5 else None for n in range(row.instance_number - 1, row.instance_number + 2)
        ]
        stack, real = extract_stack(around, PixelPoint.from_xy(row.x, row.y), config)
        np.testing.assert_array_equal(pixels, stack)
        np.testing.assert_array_equal(mask, real)


def test_several_processes_give_the_same_as_one(make_data_set, crop_config, build, tmp_path):
    data_set, config = make_data_set(), crop_config()

    alone, _ = build(data_set, config)
    together, _ = build(data_set, config, cache_root=tmp_path / "other", workers=2)

    np.testing.assert_array_equal(together.pixels, alone.pixels)
    pd.testing.assert_frame_equal(together.index, alone.index)


def test_the_second_time_nothing_is_read(make_data_set, crop_config, build, tmp_path):
    data_set, config = make_data_set(), crop_config()
    first, _ = build(data_set, config)
    (folder,) = (path for path in (tmp_path / "crops").iterdir() if path.is_dir())
    written = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}

    second, reported = build(data_set, config)

    assert reported == [(30, 30)]
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == written
    np.testing.assert_array_equal(second.pixels, first.pixels)


def test_progress_counts_rows_up_to_all(make_data_set, crop_config, build):
    _, reported = build(make_data_set(), crop_config())

    assert reported == [(10, 30), (20, 30), (30, 30), (30, 30)]


def test_the_pixels_are_mapped_and_cannot_be_written(make_data_set, crop_config, build):
    cache, _ = build(make_data_set(num_series=1), crop_config())

    assert isinstance(cache.pixels, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        cache.pixels[0] = 0


def test_unreadable_rows_are_listed_and_the_others_keep_their_labels(make_data_set, crop_config, build):
    root, table = make_data_set(num_series=2)
    (root / "train_images/7/1/2.dcm").write_bytes(b"")
    (root / "train_images/7/1/3.dcm").unlink()
    table.loc[8, "x"] = 1000.0
    table.index = table.index + 100

    cache, _ = build((root, table), crop_config())

    gone = [102, 103, 104, 105, 108]
    assert cache.index.index.tolist() == [label for label in table.index if label not in gone]
    assert len(cache.pixels) == len(cache.mask) == len(cache.index)
    assert cache.skipped["image"].tolist() == [f"train_images/7/1/{number}.dcm" for number in (2, 3, 5)]
    empty, missing, outside = cache.skipped["reason"]
    assert "empty" in empty
    assert "cannot be read" in missing
    assert "not on the image" in outside
    complete, _ = build(make_data_set(num_series=2), crop_config())
    np.testing.assert_array_equal(cache.pixels, complete.pixels[cache.index.index - 100])


def test_an_unreadable_neighbour_is_masked_and_costs_no_row(make_data_set, crop_config, build):
    root, table = make_data_set(num_series=1)
    data = (root / "train_images/7/1/3.dcm").read_bytes()
    (root / "train_images/7/1/3.dcm").write_bytes(data[:-1000])  # the header is whole, the pixels are not

    cache, _ = build((root, table[table["instance_number"] == 2]), crop_config(neighbours=1))

    assert cache.mask.tolist() == [[True, True, False]] * 2
    assert cache.skipped.empty


def test_without_any_readable_row_there_is_no_cache(make_data_set, crop_config, build, tmp_path):
    root, table = make_data_set(num_series=1)
    for path in root.rglob("*.dcm"):
        path.write_bytes(b"")

    with pytest.raises(DataError, match="None of the 10 rows"):
        build((root, table), crop_config())
    with pytest.raises(DataError, match="None of the 0 rows"):
        build((root, table.iloc[:0]), crop_config())

    assert visible(tmp_path / "crops") == []


def test_grades_are_those_of_the_table_and_not_of_the_cache(make_data_set, crop_config, build, tmp_path):
    root, table = make_data_set(num_series=1)
    build((root, table), crop_config())

    cache, _ = build((root, table.assign(severity="Severe")), crop_config())

    assert set(cache.index["severity"]) == {"Severe"}
    assert len(visible(tmp_path / "crops")) == 1


class TestKey:
    def test_it_is_the_same_for_the_same_files(self, make_data_set, crop_config):
        root, table = make_data_set()

        assert cache_key(table, root, crop_config()) == cache_key(table.copy(), root, crop_config())

    @pytest.mark.parametrize("change", [{"side_px": 17}, {"side_mm": 17.0}, {"neighbours": 1}, {"mirror_right": True}])
    def test_it_changes_with_every_setting(self, make_data_set, crop_config, change):
        root, table = make_data_set(num_series=1)

        assert cache_key(table, root, crop_config(**change)) != cache_key(table, root, crop_config())

    def test_it_changes_with_the_points(self, make_data_set, crop_config):
        root, table = make_data_set(num_series=1)
        key = cache_key(table, root, crop_config())

        for other in (table.assign(x=table["x"] + 0.001), table.assign(side="left"), table[1:], table[::-1]):
            assert cache_key(other, root, crop_config()) != key

    @pytest.mark.parametrize(("neighbours", "image"), [(0, "1/1.dcm"), (1, "1/2.dcm")])
    def test_it_changes_when_an_image_is_replaced(self, make_data_set, crop_config, neighbours, image):
        root, table = make_data_set(num_series=1)
        table = table[table["instance_number"] == 1]
        config = crop_config(neighbours=neighbours)
        key = cache_key(table, root, config)
        path = root / "train_images/7" / image

        os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
        touched = cache_key(table, root, config)
        path.unlink()

        assert len({key, touched, cache_key(table, root, config)}) == 3


BUILD = """
import sys
from pathlib import Path
import pandas as pd
from lsdc.config import CropConfig
from lsdc.preprocessing.cache import build_crop_cache
table, root, config, cache_root = sys.argv[1:]
print("started", flush=True)
build_crop_cache(
    pd.read_parquet(table), Path(root), CropConfig.model_validate_json(config), Path(cache_root),
    workers=1, report_progress=lambda done, total: print(done, flush=True),
)
print("built", flush=True)
"""


def start_build(data_set, config, folder):
    root, table = data_set
    table.to_parquet(folder / "table.parquet")
    arguments = [folder / "table.parquet", root, config.model_dump_json(), folder / "crops"]
    return subprocess.Popen(
        [sys.executable, "-c", BUILD, *map(str, arguments)], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=[] if seed < 3 else pytest.mark.exhaustive) for seed in range(30)]
)
def test_a_killed_build_leaves_nothing_or_a_whole_cache(make_data_set, crop_config, build, tmp_path, seed):
    data_set, config = make_data_set(num_series=12), crop_config(64, 20.0)
    child = start_build(data_set, config, tmp_path)
    assert child.stdout.readline() == "started\n"

    time.sleep(np.random.default_rng(seed).uniform(0, 0.25))  # the moment of death is what varies
    child.send_signal(signal.SIGKILL)
    child.communicate()

    root, table = data_set
    folder = tmp_path / "crops" / cache_key(table, root, config)
    if folder.exists():
        assert len(CropCache.open(folder, table).pixels) == len(table)
    cache, _ = build(data_set, config)
    assert visible(tmp_path / "crops") == [folder.name]
    assert len(cache.pixels) == len(table)
    image = decode_slice((root / table["image"].iloc[-1]).read_bytes())
    point = PixelPoint.from_xy(table["x"].iloc[-1], table["y"].iloc[-1])
    np.testing.assert_array_equal(cache.pixels[-1, 0], extract_crop(image, point, config))


def test_leftovers_of_other_killed_builds_are_removed_but_not_what_is_being_built(
    make_data_set, crop_config, build, tmp_path
):
    crops = tmp_path / "crops"
    (crops / ".dead.partial").mkdir(parents=True)
    (crops / ".alive.partial").mkdir()

    with FileLock(crops / ".alive.lock"):
        build(make_data_set(num_series=1), crop_config())

    assert not (crops / ".dead.partial").exists()
    assert (crops / ".alive.partial").exists()


def test_two_processes_build_a_cache_once(make_data_set, crop_config, tmp_path):
    data_set, config = make_data_set(num_series=12), crop_config()

    children = [start_build(data_set, config, tmp_path) for _ in range(2)]
    outputs = [child.communicate()[0].split() for child in children]

    assert [output[-1] for output in outputs] == ["built", "built"]
    # The one that waited reports the end, and nothing of the way there.
    assert sorted(len(output) for output in outputs) == [3, 15]


def test_workers_do_not_load_tensorflow():
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, lsdc.preprocessing.cache; print('tensorflow' in sys.modules)"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert loaded.stdout.strip() == "False"
