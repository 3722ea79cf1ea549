"""clang-tidy finds none of the faults of .clang-tidy in the libraries and the command. Usage: tidy_test.py CLANG_TIDY SOURCE_ROOT"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

LEFT_OUT = ("tests", "bench", "examples", "python")  # what `meson install` installs is checked
AT_ONCE = 9  # files that are checked as one: most of the time goes into reading headers
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


def pieces(folder):
    """Lists of files to check as one. The files of a subfolder have equal names on purpose, one function for each part."""
    files = sorted(folder.glob("*.cpp"))
    count = -(-len(files) // AT_ONCE)  # neighbours, such as X.cpp and X_state.cpp, go into different pieces
    return [files[k::count] for k in range(count)] + [[file] for file in sorted(folder.glob("*/*.cpp"))]


def faults_of_piece(clang_tidy, root, files, scratch):
    if len(files) == 1:
        return faults(clang_tidy, root, files[0])
    piece = scratch / f"{files[0].parent.name}-{files[0].stem}.cpp"
    piece.write_text("".join(f'#include "{file}"\n' for file in files))
    found = faults(clang_tidy, root, piece)
    if any("[clang-diagnostic-error]" in line for line in found):  # names that are equal in two of the files
        found = [line for file in files for line in faults(clang_tidy, root, file)]
    return found


def main(clang_tidy, root):
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as file:
        file.write(FAULTY)
        file.flush()
        assert any("use-after-move" in line for line in faults(clang_tidy, root, file.name)), "the check cannot fail"
    folders = [path.parent for path in sorted(root.glob("*/meson.build")) if path.parent.name not in LEFT_OUT]
    checked = [piece for folder in folders for piece in pieces(folder)]
    assert sum(len(piece) for piece in checked) > 130, checked
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        all_found = pool.map(lambda piece: faults_of_piece(clang_tidy, root, piece, pathlib.Path(scratch)), checked)
        found = sorted({line for lines in all_found for line in lines})
    print("\n".join(found) or f"{len(checked)} pieces have no fault")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2]).resolve()))
