"""Include directions between folders, and what libraries may not contain. Usage: structure_test.py SOURCE_ROOT"""
import pathlib
import re
import sys

MAY_INCLUDE = {
    "engine": {"engine"},
    "data": {"engine", "data"},
    "models": {"engine", "data", "models"},
    "evaluation": {"engine", "data", "models", "evaluation"},
    "traces": {"engine", "traces"},
    "inspect": {"engine", "inspect"},
    "training": {"engine", "data", "models", "evaluation", "traces", "training"},
    "exports": {"engine", "data", "traces", "inspect", "exports"},
    "report": {"engine", "data", "models", "evaluation", "traces", "inspect", "training", "report"},
    "apps": {"engine", "data", "models", "evaluation", "traces", "inspect", "training", "exports", "report", "apps"},
    "python": {"engine", "data", "models", "evaluation", "traces", "inspect", "training", "exports", "report", "python"},
    "bench": {"engine", "data", "models", "evaluation", "traces", "training", "inspect", "bench"},
}
ENGINE_LIBRARIES = ("boost/", "fmt/", "tbb/", "fcntl.h", "immintrin.h", "sys/mman.h", "sys/stat.h", "unistd.h")
# Libraries that programs must not need in order to include the headers of these folders.
PRIVATE_LIBRARIES = ("nlohmann/", "fmt/", "hdf5", "boost/program_options", "tbb/")
PLAIN_HEADERS = ("exports", "report")
LIBRARIES = sorted(MAY_INCLUDE.keys() - {"apps", "bench", "python"})

# A comment, or a string: where --name is no decrement.
PROSE = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"', re.S)
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
# Of the command: libraries throw, return and call back.
COMMAND_ONLY = re.compile(r"usage_error|\b(?:stdout|stderr|STDOUT_FILENO|STDERR_FILENO)\b|std::(?:cout|cerr|clog)"
                          r"|\b(?:v?f?printf|f?puts|putchar|_?exit|quick_exit)\s*\(|fmt::print|exit (?:code|status)|progress bar"
                          r"|\\033|\\x1[bB]|\\e\[|\\u001[bB]")


def include_faults(folder, name, text):
    """One message for each #include that is not allowed in its folder."""
    faults = []
    for mark, target in re.findall(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', text, re.M):
        if mark == '"':
            project, _, path = target.partition("/")
            if project != "firstspike" or path.split("/")[0] not in MAY_INCLUDE[folder]:
                allowed = ", ".join(f"firstspike/{f}" for f in sorted(MAY_INCLUDE[folder]))
                faults.append(f"{name} includes {target}; {folder} may include {allowed}")
        if target.startswith("hdf5") and folder != "traces":
            faults.append(f"{name} includes {target}; only traces may")
        if folder in PLAIN_HEADERS and name.endswith(".hpp") and target.startswith(PRIVATE_LIBRARIES):
            faults.append(f"{name} includes {target}; that belongs into a .cpp file")
        is_standard = "/" not in target and "." not in target
        if mark == "<" and folder == "engine" and not is_standard and not target.startswith(ENGINE_LIBRARIES):
            faults.append(f"{name} includes {target}; engine may use the standard library, {', '.join(ENGINE_LIBRARIES)}")
    return faults


def command_faults(name, text):
    """A sentence for each flag, output or exit in the source of a library."""
    flags = [flag for prose in PROSE.finditer(text) for flag in FLAG.findall(prose[0])]
    return [f"{name} has {found}, which only apps may know" for found in flags + COMMAND_ONLY.findall(text)]


def check_the_checks():
    """The checks above must be able to fail."""
    assert include_faults("engine", "x", '#include "firstspike/models/gan.hpp"')
    assert include_faults("traces", "x", '#include "firstspike/models/gan.hpp"')
    assert include_faults("models", "x", '#include "firstspike/traces/x.hpp"')
    assert include_faults("models", "x", "#include <hdf5.h>")
    assert include_faults("engine", "x", "#include <zlib.h>")
    assert include_faults("engine", "x", '#include "engine/time.hpp"')
    assert include_faults("exports", "x.hpp", "#include <nlohmann/json.hpp>")
    assert not include_faults("exports", "x.cpp", "#include <nlohmann/json.hpp>")
    assert not include_faults("traces", "x", '#include <hdf5.h>\n#include "firstspike/engine/time.hpp"')
    assert not include_faults("engine", "x", "#include <vector>\n#include <boost/heap/d_ary_heap.hpp>")
    for bad in ('f("--kernel is needed");', "// as --kernel says", "/* one\n--t-max */", "/// (`--t-in`)", 'R"(a\n--json)"',
                "throw usage_error(text);", "std::cout << 1;", 'printf("x");', 'std::fprintf(file, "x");', 'puts("x");',
                'fmt::print("x");', "fputs(text, stderr);", "write(stdout);", "std::exit(1);", "// gives exit code 2",
                "// the progress bar", r'"\033[1m"', r'"\x1b[0m"'):
        assert command_faults("x", bad), bad
    for good in ("--left; x = a - --b;", "// a - b, or a -- b", 'fmt::format("a-b --> {}", a--);', "print_order(exits);",
                 "// see exit_time", "for (int n = 14; n >= 1; --n) {}", "snprintf(text, 4, form);"):
        assert not command_faults("x", good), good


def main(root):
    check_the_checks()
    faults, files = [], 0
    for folder in MAY_INCLUDE:
        for path in sorted((root / folder).glob("**/*.[hc]pp")):
            faults += include_faults(folder, str(path.relative_to(root)), path.read_text())
            files += 1
            if folder in LIBRARIES:
                faults += command_faults(str(path.relative_to(root)), path.read_text())
    print("\n".join(faults) or f"{files} files include what their folders may, and no library has a flag, output or exit")
    return 1 if faults or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
