"""clang-tidy finds none of the faults of .clang-tidy in the libraries and the command. Usage: tidy_test.py CLANG_TIDY SOURCE_ROOT"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

LEFT_OUT = ("tests", "bench", "examples")  # what is installed is checked
AT_ONCE = 5  # files of a folder that is compiled in few pieces: most of the time goes into reading headers
FAULTY = """#include <string>
#include <utility>
std::size_t size(std::string text) {
  const std::string moved = std::move(text);
  return moved.size() + text.size();
}
"""


def faults(clang_tidy, root, file):
    flags = ["-std=c++20", f"-I{root / 'include'}", "-isystem", "/usr/include/eigen3", "-isystem", "/usr/include/hdf5/serial",
             "-isystem", "/usr/include/editline"]
    done = subprocess.run([clang_tidy, "--quiet", f"--config-file={root / '.clang-tidy'}", file, "--", *flags],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return [line for line in done.stdout.splitlines() if re.search(r": (error|warning): ", line)]


def pieces(folder, scratch):
    """Files to check: those of the folder or, if it is compiled in few pieces, files that include some of them each."""
    files = sorted(folder.rglob("*.cpp"))
    if "in_few_pieces" not in (folder / "meson.build").read_text():
        return files
    found = []
    for first in range(0, len(files), AT_ONCE):
        found.append(scratch / f"{folder.name}-{first}.cpp")
        found[-1].write_text("".join(f'#include "{file}"\n' for file in files[first:first + AT_ONCE]))
    return found


def main(clang_tidy, root):
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as file:
        file.write(FAULTY)
        file.flush()
        assert any("use-after-move" in line for line in faults(clang_tidy, root, file.name)), "the check cannot fail"
    folders = [path.parent for path in sorted(root.glob("*/meson.build")) if path.parent.name not in LEFT_OUT]
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        files = [file for folder in folders for file in pieces(folder, pathlib.Path(scratch))]
        assert len(files) > 60, files
        found = sorted({line for lines in pool.map(lambda file: faults(clang_tidy, root, file), files) for line in lines})
    print("\n".join(found) or f"{len(files)} pieces have no fault")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2]).resolve()))
