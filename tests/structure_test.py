"""Who includes whom, and how long the engine and its functions are. Usage: structure_test.py SOURCE_ROOT"""
import pathlib
import re
import sys

FOLDERS = ["engine", "models", "quality", "traces", "inspect", "apps", "bench"]
MAY_INCLUDE = {
    "engine": {"engine"},
    "models": {"engine", "models"},
    "traces": {"engine", "traces"},
    "quality": {"engine", "models", "quality"},
    "inspect": {"engine", "inspect"},
    "apps": {"engine", "models", "quality", "traces", "inspect", "apps"},
    "bench": {"engine", "models", "traces", "inspect", "bench"},
}
ENGINE_LIBRARIES = ("boost/", "fmt/", "tbb/")
ENGINE_LINES = 1000
FUNCTION_LINES = 40
FILE_LINES = 300
TRANSPARENT = re.compile(r"^(template\s*<[^{]*>\s*)?(inline\s+)?(namespace|class|struct|enum|union|extern)\b")
CONTROL = re.compile(r"^(if|for|while|switch|catch|else|do|try)\b")


def include_faults(folder, name, text):
    """A sentence for each #include that its folder may not have."""
    faults = []
    for mark, target in re.findall(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', text, re.M):
        top = target.split("/")[0]
        if mark == '"' and top not in MAY_INCLUDE[folder]:
            faults.append(f"{name} includes {target}; {folder} may include {', '.join(sorted(MAY_INCLUDE[folder]))}")
        if target.startswith("hdf5") and folder != "traces":
            faults.append(f"{name} includes {target}; only traces may")
        is_standard = "/" not in target and "." not in target
        if mark == "<" and folder == "engine" and not is_standard and not target.startswith(ENGINE_LIBRARIES):
            faults.append(f"{name} includes {target}; engine may use the standard library, {', '.join(ENGINE_LIBRARIES)}")
    return faults


def without_comments(text):
    """Comments and the insides of literals blanked out, lines kept."""
    pattern = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""", re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def code_lines(text):
    return sum(1 for line in without_comments(text).splitlines() if line.strip())


def functions(text):
    """(first line, lines) of each outermost function, from its signature (template line apart) to its closing brace."""
    text = re.sub(r"^\s*#[^\n]*", "", without_comments(text), flags=re.M)
    found, stack, head = [], [], 0
    for place, char in enumerate(text):
        if char == "{":
            words = text[head:place].lstrip()
            start = place - len(text[head:place].lstrip())
            words = re.sub(r"^(public|private|protected)\s*:\s*", "", words)
            inside = any(stack)
            is_function = not inside and "(" in words and not TRANSPARENT.match(words) and not CONTROL.match(words)
            if words.startswith("template"):
                start += text[start:place].find("\n") + 1
            stack.append(text.count("\n", 0, start) + 1 if is_function else 0)
        elif char == "}":
            first = stack.pop()
            if first:
                found.append((first, text.count("\n", 0, place) + 2 - first))
        if char in "{};":
            head = place + 1
    return found


def check_the_checks():
    """The checks above must be able to fail."""
    assert include_faults("engine", "x", '#include "models/idx.hpp"')
    assert include_faults("traces", "x", '#include "models/idx.hpp"')
    assert include_faults("models", "x", '#include "traces/x.hpp"')
    assert include_faults("models", "x", "#include <hdf5.h>")
    assert include_faults("engine", "x", "#include <zlib.h>")
    assert not include_faults("traces", "x", '#include <hdf5.h>\n#include "engine/time.hpp"')
    assert not include_faults("engine", "x", "#include <vector>\n#include <boost/heap/d_ary_heap.hpp>")
    assert code_lines("int a;  // one\n\n// two\n/* three\n four */\nint b;\n") == 2
    sample = "namespace n {\nstruct s {\n  int f() {\n    return 1;\n  }\n};\n\ntemplate <class T>\nvoid g(T t) {\n"
    sample += "  for (;;) {\n    if (t) {\n    }\n  }\n}\n}\n"
    assert functions(sample) == [(3, 3), (9, 6)], functions(sample)


def main(root):
    check_the_checks()
    faults, engine, longest, counted = [], 0, (0, ""), 0
    for folder in FOLDERS:
        for path in sorted((root / folder).glob("**/*.[hc]pp")):
            name, text = str(path.relative_to(root)), path.read_text()
            faults += include_faults(folder, name, text)
            if text.count("\n") > FILE_LINES:
                faults.append(f"{name} has {text.count(chr(10))} lines, allowed: {FILE_LINES}")
            if folder == "engine":
                engine += code_lines(text)
            for first, lines in functions(text):
                counted += folder == "engine"
                longest = max(longest, (lines, f"{name}:{first}"))
                if lines > FUNCTION_LINES:
                    faults.append(f"{name}:{first} is a function of {lines} lines, allowed: {FUNCTION_LINES}")
    if engine >= ENGINE_LINES:
        faults.append(f"engine has {engine} lines of code, allowed: below {ENGINE_LINES}")
    if engine < 100 or counted < 20:
        faults.append(f"engine: only {engine} lines and {counted} functions were found; is {root} the source root?")
    print(f"engine: {engine} lines of code, {counted} functions; longest function of all folders {longest}")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
