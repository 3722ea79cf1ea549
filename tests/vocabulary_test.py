"""Files use the terms of docs/glossary.md, not those that they replaced. Usage: vocabulary_test.py SOURCE_ROOT"""
import pathlib
import re
import subprocess
import sys

# Files that may use every old term: the history, the list of replaced terms, and this table.
EXEMPT = ("CHANGELOG.md", "docs/glossary.md", "tests/vocabulary_test.py")

OLD_SPELLING = "the old spelling of an option, still accepted or named with its replacement"

# (regular expression of the old term, an example that it finds, {file in which it is allowed: why}, new term). A space in an
# expression matches any white space, and a line break with the comment marker of the next line.
TERMS = [
    (r"reference neurons?", "a reference neuron", {}, "bias neuron"),
    (r"told the class", "told the class: one column each", {}, "class-conditional"),
    (r"(one|same|single) blob", "one blob whatever the noise", {}, "mode collapse"),
    (r"judg(e|es|ed|ing)", "two judges", {"apps/evaluate_command.cpp": "a key of --json, kept for one version",
                                          "tests/apps/training_test.py": "the same key", "bench/gan.py": OLD_SPELLING},
     "reference classifier"),
    (r"(run|read|write)_facts|fact_text", "run_facts", {}, "metadata"),
    (r"runnable", "a runnable", {}, "loaded_model"),
    (r"(first|second)(_| )look", "the second look", {}, "discriminator pass, second pass"),
    (r"(hold|holds|held|holding) (the )?slopes?|slopes? (is |are )?held|follow(s|ed)? held", "with held slopes", {},
     "constrain, project"),
    (r"(hold|holds|held|holding) (\w+ )?against", "holds it against its goals",
     {}, "compared with"),
    (r"told to (fire|come)", "a neuron is told to fire at",
     {}, "fires at a given time"),
    (r"(network|lane|discriminator|generator)'s clock", "each network's clock", {}, "the network's time"),
    (r"least(-|_| )slope", "a least slope", {"apps/train_options.cpp": OLD_SPELLING, "tests/apps/training_test.py": OLD_SPELLING},
     "minimum slope"),
    (r"softness", "its softness", {}, "temperature"),
    (r"spread over seeds|spread of (the )?(initial )?weights", "the spread over seeds", {},
     "range over seeds; initial standard deviation"),
    (r"shares? of (the )?(learning )?rate", "a share of the rate", {}, "learning-rate factor"),
    (r"membrane courses?|course of (the|a) (membrane|potential|v_m)", "membrane courses", {}, "voltage trace"),
    (r"same bits", "the same bits", {}, "bit-identical"),
    (r"bare (row|weight-row)( addition)?s?", "bare row additions", {}, "weight-row additions"),
    (r"contenders?", "contenders take turns", {}, "candidate; runs are interleaved"),
    (r"with repetitions?", "images with repetitions", {}, "sampled with replacement"),
    (r"(samples|images|digits),? (are )?not chosen", "100 samples, not chosen", {}, "uncurated samples"),
    (r"read at one instant", "read at one instant", {}, "sampled at a fixed time"),
    (r"rests at", "where it rests at", {}, "resting time"),
    (r"hears", "a neuron hears", {}, "receives"),
    (r"what is learnt", "decides what is learnt", {}, "the result of training"),
]


def pattern(old):
    gap = r"(?:[ \t]|\n[ \t]*(?://[/<]*|#|\*)?[ \t]*)+"
    return re.compile(rf"(?<![\w-])(?:{old.replace(' ', gap)})(?![\w-])")


def key_words(old):
    """A text of which each match has one: the longest fixed word of each alternative."""
    alternatives = re.sub(r"\([^()]*\)\??|\w\?", " ", old).split("|")
    return [max(re.findall(r"[a-z_]+", alternative), key=len) for alternative in alternatives]


PATTERNS = [(key_words(old), pattern(old), allowed, new) for old, _, allowed, new in TERMS]


def faults(name, text):
    """One line for each old term in the text of a file."""
    if name in EXEMPT:
        return []
    text = text.lower()
    found = [(text.count("\n", 0, match.start()) + 1, " ".join(match.group().split()), new)
             for words, expression, allowed, new in PATTERNS if name not in allowed and any(word in text for word in words)
             for match in expression.finditer(text)]
    return [f"{name}:{line}: '{old}', use: {new}" for line, old, new in sorted(found)]


def check_itself():
    for old, example, allowed, new in TERMS:
        assert faults("a.md", f"One line.\nThen {example}.\n"), f"'{old}' does not find '{example}'"
        assert not any(faults(name, example) for name in allowed), f"'{old}' is not allowed where it should be"
    assert faults("a.hpp", "int a;\n/// The reference\n/// neuron fires.\n") == [
        "a.hpp:2: 'reference /// neuron', use: bias neuron"]
    assert faults("a.md", "A bias neuron fires; we overheard a prejudged thing.\n") == []


def tracked(root):
    listed = subprocess.run(["git", "-C", root, "ls-files", "-z"], capture_output=True, text=True)
    if listed.returncode == 0:
        return [name for name in listed.stdout.split("\0") if name]
    folders = [f for f in root.iterdir() if f.is_dir() and not (f / "build.ninja").exists() and f.name not in (".git", "include")]
    return [str(f.relative_to(root)) for top in folders for f in top.rglob("*") if "__pycache__" not in f.parts] + [
        f.name for f in root.iterdir()]


def main(root):
    check_itself()
    found, count = [], 0
    for name in tracked(root):
        path = root / name
        if not path.is_file() or path.is_symlink():
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:  # a picture
            continue
        count += 1
        found += faults(name, text)
    assert count > 100, count
    print("\n".join(found) or f"{count} files use the terms of docs/glossary.md")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
