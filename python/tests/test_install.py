"""What an installation says on a machine that lacks a shared library."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import firstspike as fs
from firstspike import _built_on


def import_of_changed_module(folder, old, new):
    """Standard error of the import of a copy of the package, in whose extension module a text is replaced."""
    copy = folder / "firstspike"
    shutil.copytree(Path(fs.__file__).parent, copy)
    (module,) = copy.glob("_core.*.so")
    content = module.read_bytes()
    assert old in content and len(old) == len(new)
    module.write_bytes(content.replace(old, new))
    done = subprocess.run([sys.executable, "-c", "import firstspike"], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 1
    return done.stderr


def test_a_missing_library_is_named_with_the_packages_to_install(tmp_path):
    message = import_of_changed_module(tmp_path, b"libhdf5", b"libhdf0").splitlines()[-1]
    assert message.startswith("ImportError: libhdf0")
    assert f"built on {_built_on.SYSTEM}. " in message
    assert message.endswith(". On another system, build it again: pip install . in its checkout")
    assert ("apt-get install -y " + " ".join(_built_on.PACKAGES) in message) == bool(_built_on.PACKAGES)


def test_another_fault_of_the_module_keeps_its_words(tmp_path):
    message = import_of_changed_module(tmp_path, b"PyInit__core", b"PyInit__cord").splitlines()[-1]
    assert "PyInit__core" in message and "apt-get" not in message


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="no Debian packages")
def test_the_packages_are_those_of_the_libraries_that_the_loader_finds():
    (module,) = Path(fs.__file__).parent.glob("_core.*.so")
    loaded = subprocess.check_output(["ldd", module], text=True)
    libraries = re.findall(r"(lib(?:curl|fmt|gif|hdf5|png|stdc\+\+|tbb)\S*) =>", loaded)
    assert len(libraries) >= 7
    files = subprocess.check_output(["dpkg-query", "--listfiles", *_built_on.PACKAGES], text=True).splitlines()
    assert set(libraries) <= {Path(file).name for file in files}
