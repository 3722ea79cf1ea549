"""The documents do what they say: the README's example, the table of calls, the notebooks, the API reference."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import firstspike as fs

ROOT = Path(__file__).resolve().parents[2]


def test_the_quick_start_of_the_readme_runs(tmp_path):
    (program,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert float(lines[0]) > 0.85
    assert lines[2:] == ["(5, 28, 28)", "[[2.66666667]]"]
    assert (tmp_path / "classifier.h5").exists()


def test_the_table_of_calls_names_what_there_is():
    text = (ROOT / "docs" / "python.md").read_text()
    owners = {"fs": fs, "clf": fs.Classifier, "gan": fs.GAN, "net": fs.Network, "rec": fs.SpikeRecord}
    names = set(re.findall(r"\b(fs|clf|gan|net|rec)\.(\w+)", text))
    assert len(names) > 25
    for owner, name in names:
        assert hasattr(owners[owner], name) or name in ("times", "potentials"), f"{owner}.{name}"
    listed = set(re.findall(r"^\| `(\w+)", text, re.M)) | set(re.findall(r"`(\w+)`: `", text))
    assert {"train", "evaluate", "simulate", "generate", "inspect", "trace", "report", "data"} <= listed


@pytest.mark.parametrize("name", ["gan", "why"])
def test_a_notebook_runs(name, tmp_path):
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.read(ROOT / "docs" / "notebooks" / f"{name}.ipynb", as_version=4)
    lines = [line for cell in notebook.cells if cell.cell_type == "code" for line in cell.source.splitlines()]
    assert name != "why" or len(lines) <= 60
    for cell in notebook.cells:
        cell.source = cell.source.replace("steps=4000", "steps=60")
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert any("image/png" in o.get("data", {}) for c in notebook.cells for o in c.get("outputs", []))


@pytest.mark.skipif(importlib.util.find_spec("breathe") is None, reason="no Breathe")
@pytest.mark.skipif(shutil.which("doxygen") is None, reason="no doxygen")
def test_the_api_reference_is_built_without_warnings(tmp_path):
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "api" / "build.py", tmp_path / "html"],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "html" / "python.html").read_text()
    for name in fs.__all__:
        if name != "datasets":
            assert f"firstspike.{name}" in page, name
    for folder, name in {"engine": "simulate", "models": "classifier_options", "training": "gan_trainer"}.items():
        assert name in (tmp_path / "html" / f"cpp_{folder}.html").read_text()
