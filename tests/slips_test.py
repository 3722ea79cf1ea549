"""Mutation test: inserts single mutations into a copy of the tree, one at a time, and runs the tests of the folder concerned.

    python3 tests/slips_test.py SOURCE_DIR [--folder engine|data|models|evaluation] [--jobs N] [--only TEXT] [--list FILE]

A slip (mutation) of tests/slips.json is {name, file, old, new}: `old` is in `file` exactly once. It is caught if a test fails,
crashes or exceeds the time limit. Fails if fewer than 90 % are caught, if a test fails without a slip, or if `old` is not in the
source. Each slip takes about a minute, so ./check does not run this test.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

TESTS = {folder: (folder + "_",) for folder in ("engine", "data", "models", "evaluation")}
SLOW = ("engine_reference",)  # run last: another test usually fails before
WANTED = 0.9
SECONDS = 600


def left_out(folder, names):
    """Build directories and files that are not sources."""
    return [n for n in names if n in (".git", "__pycache__") or (pathlib.Path(folder) / n / "build.ninja").exists()]


class Tree:
    """A scratch copy of the source, with a build directory of its own."""

    def __init__(self, source, scratch, jobs):
        self.root, self.build, self.jobs = scratch / "tree", scratch / "tree" / "build", jobs
        shutil.copytree(source, self.root, ignore=left_out, symlinks=True)
        shared = source.parent / "shared"  # reference data, if any
        if shared.exists():
            (scratch / "shared").symlink_to(shared)
        self.environment = {"CCACHE_BASEDIR": str(self.root), **os.environ}
        self.run("meson", "setup", "-Doptimization=1", str(self.build), str(self.root))
        listed = subprocess.run(["meson", "introspect", "--tests", str(self.build)], check=True, capture_output=True, text=True)
        tests = json.loads(listed.stdout)
        self.names = [test["name"] for test in tests if test["cmd"][0].endswith(f"/{test['name']}_test")]  # not scripts

    def run(self, *command):
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command[:3])}: {(done.stdout + done.stderr)[-2000:]}")

    def tests_of(self, folder):
        return sorted((name for name in self.names if name.startswith(TESTS[folder])), key=lambda name: name in SLOW)

    def failing(self, folder):
        """Builds the folder's tests and returns the name of one that fails, or None."""
        tests = self.tests_of(folder)
        self.run("ninja", "-j", str(self.jobs), "-C", str(self.build), *(f"tests/{name}_test" for name in tests))
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            running = {pool.submit(self.passes, name): name for name in tests}
            for done in concurrent.futures.as_completed(running):
                if not done.result():
                    pool.shutdown(wait=False, cancel_futures=True)
                    return running[done]
        return None

    def passes(self, name):
        command = [str(self.build / "tests" / f"{name}_test"), "--no-intro", "--no-version", "--abort-after=1"]
        try:
            return subprocess.run(command, cwd=self.root, capture_output=True, timeout=SECONDS).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def failing_with(self, slip):
        path = self.root / slip["file"]
        text = path.read_text()
        if text.count(slip["old"]) != 1:
            raise RuntimeError(f"{slip['file']} has {text.count(slip['old'])} of: {slip['old']}")
        path.write_text(text.replace(slip["old"], slip["new"]))
        try:
            return self.failing(slip["file"].split("/")[0])
        finally:
            path.write_text(text)


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source", type=lambda p: pathlib.Path(p).resolve(), metavar="SOURCE_DIR")
    parser.add_argument("--folder", choices=sorted(TESTS), help="slips of this folder alone")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="slips whose names contain this")
    parser.add_argument("--list", type=pathlib.Path, default=pathlib.Path(__file__).with_name("slips.json"))
    return parser.parse_args()


def main():
    wanted = options()
    slips = [slip for slip in json.loads(wanted.list.read_text())
             if slip["file"].split("/")[0] in ([wanted.folder] if wanted.folder else TESTS) and wanted.only in slip["name"]]
    caught, faults = 0, []
    with tempfile.TemporaryDirectory(prefix="slips") as scratch:
        tree = Tree(wanted.source, pathlib.Path(scratch), wanted.jobs)
        for folder in sorted({slip["file"].split("/")[0] for slip in slips}):
            if test := tree.failing(folder):
                print(f"{test} fails without any slip")
                return 1
        for slip in slips:
            try:
                test = tree.failing_with(slip)
            except RuntimeError as error:
                faults.append(f"{slip['name']}: {error}")
                print(f"unfit   {slip['file']}: {slip['name']}", flush=True)
                continue
            caught += test is not None
            print(f"{'caught' if test else 'MISSED'}  {slip['file']}: {slip['name']}{f' ({test})' if test else ''}", flush=True)
    fraction = caught / len(slips) if slips else 0
    print(*faults, f"{caught} of {len(slips)} slips were caught, {100 * fraction:.0f} %, wanted: {100 * WANTED:.0f} %", sep="\n")
    return 0 if fraction >= WANTED and not faults else 1


if __name__ == "__main__":
    sys.exit(main())
