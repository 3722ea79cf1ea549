"""Manual pages and completions hold what --help shows. Usage: manual_test.py PATH_OF_FIRSTSPIKE FOLDER_OF_PAGES"""
import pathlib
import re
import subprocess
import sys

from command_frame import CommandTest, run_tests

FOLDER = pathlib.Path(sys.argv.pop(2)).resolve()
# An option in --help, with its placeholder and text.
OPTION = re.compile(r"^  (?:-h, )?--([a-z0-9-]+) *(.*(?:\n {10,}.*)*)", re.M)

BASH = """source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _firstspike; printf '%s\\n' "${COMPREPLY[@]}" """
# Instead of completing, prints what zsh would be asked to complete.
ZSH = """_arguments() { print -rl -- "$@" } ; _describe() { print -rl -- $below } ; file=$1; shift
words=("$@"); CURRENT=$#; source "$file" """


def complete(*words):
    done = subprocess.run(["bash", "-c", BASH, "bash", str(FOLDER / "firstspike"), *words], capture_output=True, text=True,
                          cwd=FOLDER)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.split()


def zsh_specifications(*words):
    done = subprocess.run(["zsh", "-fc", ZSH, "zsh", str(FOLDER / "_firstspike"), *words], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.splitlines()


def page(command):
    return (FOLDER / ("-".join(["firstspike", *command]) + ".1")).read_text()


def options_of_page(text):
    """The options that the page explains, each with the line of its name."""
    names = {}
    for line in text.split(".SH OPTIONS\n")[1].split(".SH ")[0].replace("\\-", "-").splitlines():
        for name in re.findall(r"\\fB--([a-z0-9-]+)\\fR", line):
            names[name] = re.sub(r"\\f.", "", line)
    return names


def lines_of(command, width):
    """The page as a terminal of that width shows it."""
    shown = subprocess.run(["groff", "-man", "-Tutf8", "-P-c", "-P-b", "-P-o", "-P-u", f"-rLL={width}n"],
                           input=page(command), capture_output=True, text=True, check=True).stdout
    return shown.splitlines()


def warnings_of(roff):
    return subprocess.run(["groff", "-ww", "-man", "-Tutf8", "-z"], input=roff, capture_output=True, text=True).stderr


class Manual(CommandTest):
    def commands(self, above=()):
        """All commands, as tuples of words, with their --help; () is firstspike itself."""
        text = self.succeed(*above, "--help")
        found = {above: text}
        if " COMMAND " in text.splitlines()[0]:
            for name in re.findall(r"^  ([a-z]+) ", text, re.M):
                found |= self.commands((*above, name))
        return found

    def programs(self):
        return {command: dict(OPTION.findall(text)) for command, text in self.commands().items()
                if " COMMAND " not in text.splitlines()[0]}

    def test_there_is_a_page_for_each_command_and_no_other(self):
        pages = {"-".join(["firstspike", *command]) + ".1" for command in self.commands()}
        self.assertEqual({path.name for path in FOLDER.glob("*.1")}, pages)
        self.assertIn("firstspike-train-gan.1", pages)

    def test_pages_explain_the_options_of_help_and_no_others(self):
        for command, options in self.programs().items():
            self.assertEqual(set(options_of_page(page(command))), set(options), command)
            for name, line in options_of_page(page(command)).items():
                placeholder = line.split("--" + name)[1].strip()
                self.assertTrue(options[name].startswith(placeholder), f"{command} {name}: {placeholder}")
            self.assertIn("help", options)
        self.assertEqual(set(options_of_page(page(["trace"]))), {"help"})
        self.assertEqual(set(options_of_page(page([]))), {"help", "version"})

    def test_pages_have_the_usual_sections_and_show_defaults(self):
        for command in self.commands():
            sections = re.findall(r"^\.SH (.*)$", page(command), re.M)
            self.assertEqual(sections[:3], ["NAME", "SYNOPSIS", "DESCRIPTION"])
            self.assertLessEqual({"OPTIONS", "EXIT STATUS", "SEE ALSO"}, set(sections))
        gan = page(["train", "gan"])
        self.assertRegex(gan, r"\.SS Network\n")
        self.assertRegex(gan, r"\\fI100\\fR|noise neurons \(default 100\)")
        self.assertIn("default all processors", gan)  # the same on every machine
        for words in ("checkpoint.h5", "FIRSTSPIKE_DATA"):
            self.assertIn(words, gan)

    def test_pages_are_formatted_without_a_warning(self):
        for command in self.commands():
            self.assertEqual(warnings_of(page(command)), "", command)
        self.assertNotEqual(warnings_of(".TH X 1\n.SH NAME\n.nosuch\n"), "")

    def test_help_and_pages_fit_80_columns(self):
        for command, text in self.commands().items():
            for line in [*text.splitlines(), *lines_of(command, 80)]:
                self.assertLessEqual(len(line), 80, f"{command}: {line}")
        words = " ".join(" ".join(lines_of(["train", "classifier"], 80)).split())
        for item in ("free constant thresholds, tested at all times", "straight_through gradients are propagated for"):
            self.assertIn(item, words)
        self.assertRegex(" ".join(lines_of(["inspect"], 80)), r" next \[N\] +do the next instant")

    def test_bash_completes_commands_options_words_and_files(self):
        self.assertEqual(complete("firstspike", "train", "cl"), ["classifier"])
        for command, text in self.commands().items():
            options = dict(OPTION.findall(text))
            if not options:  # it has commands below
                below = re.findall(r"^  ([a-z]+) ", text, re.M)
                self.assertEqual(complete("firstspike", *command, ""), below)
                options = ["help"] if command else ["help", "version"]
            self.assertEqual(set(complete("firstspike", *command, "--")), {"--" + name for name in options}, command)
        self.assertEqual(complete("firstspike", "simulate", "--engine", ""), ["auto", "heap", "sweep", "naive"])
        self.assertEqual(complete("firstspike", "simulate", "--json", "--engine", "=", "s"), ["sweep"])
        self.assertEqual(complete("firstspike", "train", "gan", "--lr", ""), [])
        self.assertEqual(complete("firstspike", "data", "get", "m"), ["mnist"])
        self.assertIn("firstspike-data.1", complete("firstspike", "trace", "info", "firstspike-d"))
        self.assertEqual(complete("firstspike", "simulate", "--model", "firstspike-trace-d"), ["firstspike-trace-diff.1"])
        self.assertEqual(complete("firstspike", "trace", "report"), [])

    def test_completions_know_the_words_that_an_option_allows(self):
        with_words = 0
        for command in self.programs():
            specifications = zsh_specifications("firstspike", *command, "--")
            for name, line in options_of_page(page(command)).items():
                placeholder = line.split("--" + name)[1].strip()
                if not re.fullmatch(r"[a-z0-9_]+(\|[a-z0-9_]+)+", placeholder):
                    continue
                words = placeholder.split("|")
                self.assertEqual(complete("firstspike", *command, "--" + name, ""), words, command)
                found = [s for s in specifications if s.startswith(f"--{name}=")]
                self.assertTrue(found and found[0].endswith(f":({' '.join(words)})"), f"{command}: {found}")
                with_words += 1
        self.assertGreater(with_words, 30)

    def test_zsh_completes_the_options_of_help_and_no_others(self):
        for command, options in self.programs().items():
            specifications = zsh_specifications("firstspike", *command, "--")
            found = {name for s in specifications for name in re.findall(r"^(?:\(- \*\))?--([a-z0-9-]+)[=\[]", s)}
            self.assertEqual(found, set(options), command)
        for command, text in self.commands().items():
            if " COMMAND " in text.splitlines()[0]:
                names = [s.split(":")[0] for s in zsh_specifications("firstspike", *command, "")]
                self.assertEqual([n for n in names if not n.startswith("-")], re.findall(r"^  ([a-z]+) ", text, re.M))
        self.assertEqual(subprocess.run(["zsh", "-n", str(FOLDER / "_firstspike")]).returncode, 0)


if __name__ == "__main__":
    run_tests()
