"""Installs into an empty folder and uses the installation as another project would.

Usage: install_test.py SOURCE_ROOT BUILD_FOLDER
"""
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

from examples_test import check_example

COMPILER = [*os.environ.get("CXX", "g++").split(), "-std=c++20"]
# Libraries that a user of the public headers need not have.
FORBIDDEN = ("fmt", "tbb", "oneapi", "hdf5", "H5", "nlohmann", "boost", "Random123", "Eigen", "curl", "openssl", "png")
MACHINE = {"source": None, "build": None, "meson": None}


def run(*command, **options):
    """Standard output of a command. Raises AssertionError with its last lines if it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode:
        lines = (done.stdout + done.stderr).splitlines()[-15:]
        raise AssertionError("\n".join([" ".join(str(part) for part in command), *lines]))
    return done.stdout


def files_read(source, *options):
    """Compiles `source` without writing code, and lists all files that it includes."""
    with tempfile.NamedTemporaryFile() as rule:
        run(*COMPILER, "-x", "c++", "-fsyntax-only", *options, "-MD", "-MF", rule.name, source)
        words = pathlib.Path(rule.name).read_text().replace("\\\n", " ").split()
    return {pathlib.Path(os.path.normpath(word)) for word in words[1:]} - {pathlib.Path(source)}


def foreign(files, ours, standard):
    """Those of `files` that are neither ours nor the standard library's."""
    return sorted(str(f) for f in files if ours not in f.parents and
                  (f not in standard or any(part.startswith(FORBIDDEN) for part in f.parts)))


def cpp_blocks(markdown):
    return re.findall(r"^```cpp\n(.*?)^```$", markdown, re.M | re.S)


class Installation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="firstspike-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        run(*MACHINE["meson"], "install", "-C", MACHINE["build"], "--no-rebuild", "--destdir", cls.folder / "root")
        options = json.loads(run(*MACHINE["meson"], "introspect", "--buildoptions", MACHINE["build"]))
        option = {o["name"]: o["value"] for o in options}
        cls.prefix = pathlib.Path(str(cls.folder / "root") + option["prefix"])
        cls.include = cls.prefix / option["includedir"] / "firstspike"
        cls.libraries = cls.prefix / option["libdir"]
        cls.headers = sorted(cls.include.glob("**/*.hpp"))
        cls.programs = cls.compiled_programs()

    @classmethod
    def pkg_config(cls, *arguments):
        # The prefix is that of the build; here all of it lies elsewhere.
        environment = {**os.environ, "PKG_CONFIG_PATH": str(cls.libraries / "pkgconfig")}
        return run("pkg-config", f"--define-variable=prefix={cls.prefix}", *arguments, "firstspike",
                   env=environment).split()

    @classmethod
    def compiled_programs(cls):
        """All examples and all programs of the README, as objects by name."""
        sources = {path.stem: path for path in (MACHINE["source"] / "examples").glob("*.cpp")}
        for number, block in enumerate(cpp_blocks((MACHINE["source"] / "README.md").read_text())):
            sources[f"readme{number}"] = cls.folder / f"readme{number}.cpp"
            sources[f"readme{number}"].write_text(block)
        flags = cls.pkg_config("--cflags")
        objects = {name: cls.folder / f"{name}.o" for name in sources}
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda name: run(*COMPILER, *flags, "-c", sources[name], "-o", objects[name]), sources))
        cls.sources = sources
        return objects

    def check_programs(self, kind, *link):
        for name, compiled in self.programs.items():
            with self.subTest(kind=kind, program=name):
                program = self.folder / f"{name}-{kind}"
                run(*COMPILER, compiled, "-o", program, *link)
                self.check_runs(name, program, is_shared=kind == "shared")

    def check_runs(self, name, program, is_shared):
        needed = "libfirstspike.so" in run("readelf", "--dynamic", program)
        self.assertEqual(needed, is_shared)
        command = ["env", f"LD_LIBRARY_PATH={self.libraries}" if is_shared else "LC_ALL=C", str(program)]
        if name.startswith("readme"):
            run(*command)
        else:
            check_example(name, command)

    def test_there_are_public_headers_and_no_internal_ones(self):
        installed = {str(path.relative_to(self.include)) for path in self.headers}
        self.assertTrue({"firstspike.hpp", "engine/network.hpp", "training/gan_trainer.hpp"} <= installed)
        internal = {"engine/require.hpp", "engine/parallel.hpp", "engine/heap.hpp", "data/random.hpp",
                    "models/training_kernels.hpp", "traces/hdf5_file.hpp", "training/resume.hpp"}
        self.assertFalse(internal & installed)

    def test_every_public_header_compiles_alone_and_needs_the_standard_library_alone(self):
        everything = self.folder / "everything.cpp"
        everything.write_text("#include <bits/stdc++.h>\n")
        standard = files_read(everything)

        def faults(header):
            try:
                read = files_read(header, "-I", self.include.parent)
            except AssertionError as error:
                return [str(error)]
            return [f"{header.relative_to(self.include)} includes {f}" for f in foreign(read, self.include, standard)]

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            found = [fault for fault_list in pool.map(faults, self.headers) for fault in fault_list]
        self.assertEqual(found, [])

        # The check can fail: for what does not compile alone, and for each library.
        wrong = self.folder / "wrong.hpp"
        wrong.write_text("std::string text();\n")
        self.assertRaises(AssertionError, files_read, wrong)
        for other in ("fmt/core.h", "fmt/format.h", "tbb/parallel_for.h", "nlohmann/json.hpp", "boost/program_options.hpp",
                      "boost/heap/d_ary_heap.hpp", "Random123/philox.h", "hdf5/serial/hdf5.h", "zlib.h"):
            wrong.write_text(f"#include <{other}>\n")
            self.assertTrue(foreign(files_read(wrong), self.include, standard), other)

    def test_firstspike_hpp_brings_every_public_header(self):
        read = files_read(self.include / "firstspike.hpp", "-I", self.include.parent)
        missing = set(self.headers) - read - {self.include / "firstspike.hpp"}
        self.assertEqual(missing, set())

    def test_the_static_library_holds_its_objects(self):
        self.assertEqual((self.libraries / "libfirstspike.a").read_bytes()[:8], b"!<arch>\n")  # a thin one: !<thin>

    def test_the_command_is_there(self):
        version = json.loads(run(*MACHINE["meson"], "introspect", "--projectinfo", MACHINE["build"]))["version"]
        self.assertIn(version, run(self.prefix / "bin" / "firstspike", "--version"))

    def test_manual_pages_and_completions_are_there(self):
        options = json.loads(run(*MACHINE["meson"], "introspect", "--buildoptions", MACHINE["build"]))
        folder = {o["name"]: self.prefix / o["value"] for o in options if o["name"] in ("mandir", "datadir")}
        for page in ("firstspike", "firstspike-simulate", "firstspike-train-gan", "firstspike-trace-diff"):
            self.assertIn(".SH NAME", (folder["mandir"] / "man1" / f"{page}.1").read_text())
        completion = folder["datadir"] / "bash-completion" / "completions" / "firstspike"
        self.assertIn("_firstspike", run("bash", "-c", 'source "$1"; complete -p firstspike', "bash", completion))
        completion = folder["datadir"] / "zsh" / "site-functions" / "_firstspike"
        self.assertTrue(completion.read_text().startswith("#compdef firstspike\n"))

    def test_examples_and_readme_link_the_shared_library_by_pkg_config(self):
        self.assertGreaterEqual(len(self.programs), 5)
        self.check_programs("shared", *self.pkg_config("--libs"))

    def test_examples_and_readme_link_the_static_library_by_pkg_config(self):
        libraries = self.pkg_config("--libs", "--static")
        self.assertIn("-lfirstspike", libraries)
        static = [self.libraries / "libfirstspike.a" if l == "-lfirstspike" else l for l in libraries]
        self.check_programs("static", *static)
        with self.assertRaisesRegex(AssertionError, "undefined reference"):  # without what it needs
            self.check_programs_without_needs()

    def check_programs_without_needs(self):
        run(*COMPILER, self.programs["train_gan"], self.libraries / "libfirstspike.a", "-o", self.folder / "fails")

    @unittest.skipUnless(shutil.which("cmake"), "no cmake")
    def test_cmake_finds_both_libraries(self):
        project = self.folder / "cmake"
        project.mkdir()
        names = ["explain_spike", "readme0"]
        (project / "CMakeLists.txt").write_text("\n".join([
            "cmake_minimum_required(VERSION 3.25)",
            "project(user CXX)",
            "find_package(firstspike ${WANTED} REQUIRED)",
            *(f"add_executable({n} {self.sources[n]})\ntarget_link_libraries({n} firstspike::firstspike)"
              for n in names)]))
        configure = ["cmake", "-S", project, f"-DCMAKE_PREFIX_PATH={self.prefix}"]
        for kind, static in (("shared", "OFF"), ("static", "ON")):
            build = project / kind
            run(*configure, "-B", build, "-DWANTED=0.2", f"-Dfirstspike_USE_STATIC_LIBS={static}")
            run("cmake", "--build", build)
            for name in names:
                with self.subTest(kind=kind, program=name):
                    self.check_runs(name, build / name, is_shared=kind == "shared")
        for wrong in ("0.1", "0.3", "1"):
            with self.assertRaisesRegex(AssertionError, "firstspike"):
                run(*configure, "-B", project / wrong, f"-DWANTED={wrong}")

    def test_meson_finds_it_as_a_subproject(self):
        project = self.folder / "meson"
        (project / "subprojects").mkdir(parents=True)
        (project / "subprojects" / "firstspike").symlink_to(MACHINE["source"])
        (project / "meson.build").write_text(
            "project('user', 'cpp', default_options: ['cpp_std=c++20'])\n"
            f"executable('user', '{self.sources['readme0']}', dependencies: dependency('firstspike'))\n")
        shutil.copy(self.sources["readme0"], project)
        run(*MACHINE["meson"], "setup", project / "build", project)
        targets = json.loads(run(*MACHINE["meson"], "introspect", "--targets", project / "build"))
        names = {target["name"] for target in targets}
        self.assertTrue({"user", "firstspike"} <= names)
        self.assertFalse(any(name.endswith("_test") for name in names))

    def configure_without_compilers(self, installed):
        """What the configuration says where only the named tools are found, and dpkg-query answers `installed`."""
        tools = self.folder / f"tools-{installed}"
        tools.mkdir()
        for tool in ("bash", "env", "grep", "ninja", "sed"):
            (tools / tool).symlink_to(shutil.which(tool))
        (tools / "dpkg-query").write_text(f"#!/bin/sh\n{'echo install ok installed' if installed else 'exit 1'}\n")
        (tools / "dpkg-query").chmod(0o755)
        interpreter = shutil.which(MACHINE["meson"][0])
        environment = {name: value for name, value in os.environ.items() if name not in ("CC", "CXX")}
        with self.assertRaises(AssertionError) as caught:
            run(interpreter, *MACHINE["meson"][1:], "setup", "-Dpython=true", self.folder / f"bare-{installed}", MACHINE["source"],
                env={**environment, "PATH": str(tools)})
        return str(caught.exception)

    def test_a_bare_machine_is_told_what_to_install(self):
        listed = (MACHINE["source"] / "packages").read_text().splitlines()
        build = [line for line in listed if line and "#" not in line and ":" not in line]
        python = [line.removeprefix("python: ") for line in listed if line.startswith("python: ")]
        self.assertGreater(len(build), 10)
        self.assertIn("firstspike needs compilers of C and C++, not found here; run as root: apt-get update && "
                      f"apt-get install -y {' '.join(build + python)}\n", self.configure_without_compilers(installed=False))
        self.assertIn("not found here; all of its Debian packages are installed, so see the log\n",
                      self.configure_without_compilers(installed=True))


if __name__ == "__main__":
    source, build = (pathlib.Path(path).resolve() for path in sys.argv[1:])
    # The Meson that made the build folder: another version would refuse it.
    made_by = re.search(r"command = (.*) --internal regenerate", (build / "build.ninja").read_text())[1]
    MACHINE.update(source=source, build=build, meson=shlex.split(made_by))
    unittest.main(argv=sys.argv[:1])
