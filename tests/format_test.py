"""Every C++ file has the format of .clang-format. Usage: format_test.py CLANG_FORMAT SOURCE_ROOT"""
import pathlib
import subprocess
import sys
import tempfile


def faults(clang_format, root, files):
    done = subprocess.run([clang_format, f"--style=file:{root / '.clang-format'}", "--dry-run", "-Werror", *files],
                          stderr=subprocess.PIPE, text=True)
    return [line for line in done.stderr.splitlines() if ": error: " in line]


def main(clang_format, root):
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as file:
        file.write("int   x;\n")
        file.flush()
        assert faults(clang_format, root, [file.name]), "the check cannot fail"
    folders = [f for f in root.iterdir() if f.is_dir() and not (f / "build.ninja").exists() and not f.name.startswith(".")]
    files = sorted(path for f in folders if f.name != "include" for path in f.rglob("*.[hc]pp"))
    assert len(files) > 100, files
    found = faults(clang_format, root, files)
    print("\n".join(found) or f"{len(files)} files are formatted")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2])))
