"""Where data and artifacts live."""

from lsdc import settings


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
