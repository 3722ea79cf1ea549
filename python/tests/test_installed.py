"""The trained models of the package are found from where it is installed, without the checkout."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import firstspike as fs

PACKAGE = Path(fs.__file__).parent
LIBRARY = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture(scope="module")
def other(gan, tmp_path_factory):
    """A generator that is not the one of the package, under its name."""
    path = tmp_path_factory.mktemp("other") / "digits-generator.h5"
    gan.save(path)
    return path


def drawn_by(command, folder):
    environment = {"PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [command, "generate", "--model", "digits-generator", "--count", "3", "--out", folder / "drawn.idx"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return fs.datasets.idx(folder / "drawn.idx")[0]


@pytest.mark.parametrize(
    "place",
    [f"{LIBRARY}/site-packages/firstspike", f"{LIBRARY}/dist-packages/firstspike", "firstspike"],
    ids=["venv", "debian", "target"],
)
def test_the_command_finds_the_models_of_the_package_beside_it(place, other, gan, command, tmp_path):
    (tmp_path / "bin").mkdir()
    shutil.copy(command.path, tmp_path / "bin" / "firstspike")
    (tmp_path / place / "pretrained").mkdir(parents=True)
    shutil.copy(other, tmp_path / place / "pretrained")
    np.testing.assert_array_equal(drawn_by(tmp_path / "bin" / "firstspike", tmp_path), gan.generate(3))


def test_the_command_finds_them_through_a_link(other, gan, command, tmp_path):
    (tmp_path / "a" / "bin").mkdir(parents=True)
    shutil.copy(command.path, tmp_path / "a" / "bin" / "firstspike")
    (tmp_path / "a" / "firstspike" / "pretrained").mkdir(parents=True)
    shutil.copy(other, tmp_path / "a" / "firstspike" / "pretrained")
    (tmp_path / "fs").symlink_to(tmp_path / "a" / "bin" / "firstspike")
    np.testing.assert_array_equal(drawn_by(tmp_path / "fs", tmp_path), gan.generate(3))


def test_python_finds_them_in_the_package(other, gan, tmp_path):
    copied = tmp_path / "library" / "firstspike"
    shutil.copytree(PACKAGE, copied)
    shutil.copy(other, copied / "pretrained")
    program = "import sys, numpy, firstspike as fs; numpy.save(sys.argv[1], fs.load('digits-generator').generate(3))"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "library")}
    subprocess.run([sys.executable, "-c", program, tmp_path / "d.npy"], cwd=tmp_path, env=environment, check=True)
    np.testing.assert_array_equal(np.load(tmp_path / "d.npy"), gan.generate(3))


def test_the_package_has_its_models():
    assert {p.name for p in (PACKAGE / "pretrained").iterdir()} == {"digits-classifier.h5", "digits-generator.h5"}
