"""Builds the API reference, Python and C++, as HTML. Warnings are errors.

usage: python docs/api/build.py OUT

Needs doxygen, and a Python with firstspike and its optional packages `test` (pyproject.toml).
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def public_headers():
    """Paths such as engine/network.hpp, in the order of firstspike.hpp."""
    return re.findall(r'^#include "firstspike/(.*)"$', (ROOT / "firstspike.hpp").read_text(), re.M)


def run_doxygen(headers, folder):
    """Writes the declarations of the headers as XML below `folder`. Doxygen warns of what it cannot read."""
    settings = {"INPUT": " ".join(str(ROOT / header) for header in headers), "OUTPUT_DIRECTORY": folder,
                "STRIP_FROM_PATH": ROOT, "GENERATE_XML": "YES", "GENERATE_HTML": "NO", "GENERATE_LATEX": "NO",
                "XML_PROGRAMLISTING": "NO", "EXTRACT_ALL": "YES", "JAVADOC_AUTOBRIEF": "YES", "QUIET": "YES",
                "WARN_IF_UNDOCUMENTED": "NO", "WARN_AS_ERROR": "FAIL_ON_WARNINGS"}
    text = "".join(f"{name} = {value}\n" for name, value in settings.items())
    subprocess.run(["doxygen", "-"], input=text, text=True, check=True)


def write_pages(headers, folder):
    """One page for each folder of the libraries, one section for each header."""
    folders = sorted({header.split("/")[0] for header in headers}, key=[h.split("/")[0] for h in headers].index)
    for name in folders:
        lines = [f"{name}/", "=" * (len(name) + 1), ""]
        for header in headers:
            if header.startswith(name + "/"):
                lines += [header, "-" * len(header), "", f".. doxygenfile:: {header.split('/')[-1]}", ""]
        (folder / f"cpp_{name}.rst").write_text("\n".join(lines))


def build(out):
    headers = public_headers()
    with tempfile.TemporaryDirectory() as scratch:
        source = pathlib.Path(scratch) / "source"
        shutil.copytree(HERE, source, ignore=shutil.ignore_patterns("build.py", "__pycache__"))
        run_doxygen(headers, scratch)
        write_pages(headers, source)
        subprocess.run([sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html",
                        "-D", f"breathe_projects.firstspike={scratch}/xml", source, out], check=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    build(sys.argv[1])
