"""Where data and artifacts live."""

import pytest

from lsdc import settings
from lsdc.errors import ConfigError


def test_the_phantom_is_in_use_until_something_else_is_chosen(empty_artifacts):
    assert settings.data_root() == settings.phantom_root() == empty_artifacts.resolve() / "phantom"


def test_a_chosen_folder_goes_before_the_environment(empty_artifacts, tmp_path, monkeypatch):
    monkeypatch.setenv("LSDC_DATA", str(tmp_path / "environment"))
    assert settings.data_root() == (tmp_path / "environment").resolve()

    settings.choose_data_root(tmp_path / "chosen")
    assert settings.data_root() == tmp_path / "chosen"

    settings.choose_data_root(None)
    assert settings.data_root() == (tmp_path / "environment").resolve()


def test_damaged_settings_count_as_none(empty_artifacts):
    settings.choose_data_root(empty_artifacts / "chosen")
    (empty_artifacts / "settings.json").write_text("{")

    assert settings.data_root() == settings.phantom_root()


@pytest.mark.parametrize("value", ["10.0.0.1", "ray://10.0.0.1:10001", ":6379", "head:port"])
def test_a_cluster_is_named_by_host_and_port(value, monkeypatch):
    monkeypatch.setenv("LSDC_RAY", "head:6379")
    assert settings.ray_address() == "head:6379"

    monkeypatch.setenv("LSDC_RAY", value)
    with pytest.raises(ConfigError, match="host:port"):
        settings.ray_address()


def test_a_run_may_miss_some_beats_of_the_heartbeat_that_is_set(monkeypatch):
    assert settings.grace_seconds() == 60

    monkeypatch.setenv("LSDC_HEARTBEAT", "2")
    assert settings.grace_seconds() == 8

    monkeypatch.setenv("LSDC_HEARTBEAT", "often")
    with pytest.raises(ConfigError, match="often"):
        settings.grace_seconds()


def test_a_first_start_makes_as_many_phantoms_as_is_said(monkeypatch):
    assert settings.phantom_studies() == 40

    monkeypatch.setenv("LSDC_PHANTOM_STUDIES", "8")
    assert settings.phantom_studies() == 8

    monkeypatch.setenv("LSDC_PHANTOM_STUDIES", "some")
    with pytest.raises(ConfigError, match="some"):
        settings.phantom_studies()


def test_processes_on_other_hosts_get_the_variables_of_the_program_and_no_others(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LSDC_ARTIFACTS", "relative")
    monkeypatch.setenv("LSDC_SLOTS", "2")

    handed_on = settings.own_environment()

    assert handed_on["LSDC_ARTIFACTS"] == str(tmp_path / "relative")
    assert handed_on["LSDC_SLOTS"] == "2"
    assert all(name.startswith("LSDC_") for name in handed_on)
