"""`firstspike inspect` on a terminal, and what it shows of names. Usage: inspect_terminal_test.py PATH_OF_FIRSTSPIKE"""
import json
import os
import pty
import select
import signal
import subprocess
import time

import h5py
import numpy as np

from command_frame import CommandTest, WithModel, run_tests

import command_files as files

PROMPT = b"(inspect) "
CTRL_C, CTRL_D, TAB, UP = b"\x03", b"\x04", b"\t", b"\x1b[A"


class Terminal:
    """A session of its own on a terminal of its own, whose Ctrl-C is the signal."""

    def __init__(self, arguments, environment, folder, stdout=None):
        self.shown = b""
        self.process, self.leader = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            if stdout:
                os.dup2(os.open(stdout, os.O_WRONLY | os.O_CREAT), 1)
            os.execve(arguments[0], arguments, environment)

    def read(self, end, seconds=60):
        """What is shown up to and with `end`; all there is where the other side has closed."""
        limit = time.monotonic() + seconds
        while end not in self.shown:
            assert time.monotonic() < limit, (end, self.shown)
            if not select.select([self.leader], [], [], 1)[0]:
                continue
            try:
                part = os.read(self.leader, 65536)
            except OSError:
                part = b""
            if not part:
                assert end == b"<closed>", (end, self.shown)
                break
            self.shown += part
        found = self.shown.find(end)
        cut = len(self.shown) if found < 0 else found + len(end)
        text, self.shown = self.shown[:cut], self.shown[cut:]
        return text

    def press(self, keys):
        time.sleep(0.03)  # the prompt is there a moment before single keys are read
        os.write(self.leader, keys)

    def type(self, keys, end=b"\n" + PROMPT):
        self.press(keys)
        return self.read(end)

    def exit_code(self):
        shown = self.read(b"<closed>")
        status = os.waitpid(self.process, 0)[1]
        os.close(self.leader)
        return os.waitstatus_to_exitcode(status), shown


def write_network(path, name, neurons=3):
    """A source and a population `name` in a ring: a spike goes round, one step at a time. In double precision."""
    with h5py.File(path, "w") as f:
        for population, kind, size in (("source", "source", 1), (name, "neurons", neurons)):
            group = f.create_group(b"nodes/" + (population.encode() if isinstance(population, str) else population))
            group.attrs.update({"kind": kind, "n_nodes": np.uint64(size)})
            if kind == "neurons":
                group["0/v_th"] = np.full(size, 0.5)
        around = np.arange(neurons)
        for edges, pre, sources, targets in (("in", "source", [0], [0]), ("around", name, around, (around + 1) % neurons)):
            group = f.create_group(f"edges/{edges}")
            group.attrs["kernel"] = "step"
            for end, population, ids in (("source", pre, sources), ("target", name, targets)):
                group[f"{end}_node_id"] = np.array(ids, np.uint64)
                group[f"{end}_node_id"].attrs["node_population"] = population
            group["0/syn_weight"] = np.ones(len(sources))
            group["0/delay"] = np.ones(len(sources))
    return path


class InspectTest(WithModel):
    def setUp(self):
        super().setUp()
        self.run = ["inspect", "--model", self.model, "--images", self.images]
        self.history = self.folder / ".local/state/firstspike/inspect_history"

    def environment(self, more=()):
        environment = {"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "xterm"}
        environment |= {name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ}
        return environment | dict(more)

    def open(self, *more, environment=(), stdout=None):
        arguments = [self.binary, *map(str, self.run), *more]
        return Terminal(arguments, self.environment(environment), self.folder, stdout)

    def session(self, *more, environment=()):
        terminal = self.open(*more, environment=environment)
        terminal.read(b"\n" + PROMPT)
        return terminal

    def end(self, terminal, code=0):
        terminal.press(CTRL_D)
        self.assertEqual(terminal.exit_code()[0], code)

    def use_network(self, name, neurons=3, t_max=50):
        network = write_network(self.folder / "net.h5", name, neurons)
        spikes = files.write_spikes(self.folder / "in.h5", {"source": ([5.0], [0])})
        self.run = ["inspect", "--network", network, "--spikes", spikes, "--t-max", str(t_max)]

    def piped(self, lines, *more):
        done = subprocess.run([self.binary, *map(str, self.run), *more], cwd=self.folder, env=self.environment(),
                              input="".join(line + "\n" for line in lines).encode(), capture_output=True, timeout=300)
        return done.returncode, done.stdout, done.stderr


class Interruption(InspectTest):
    def test_ctrl_c_at_the_prompt_clears_the_line_and_ctrl_d_ends_the_session(self):
        terminal = self.session()
        for _ in range(3):  # not only the first one
            self.assertNotIn(b"instant", terminal.type(b"next" + CTRL_C))
        self.assertIn(b"after instant 0;", terminal.type(b"goto 0\n"))
        self.end(terminal)

    def test_after_ctrl_c_a_person_may_wait_and_type_slowly(self):
        terminal = self.session()
        terminal.type(b"next" + CTRL_C)
        time.sleep(1.5)
        for key in b"goto 0":
            terminal.press(bytes([key]))
            time.sleep(0.25)
        self.assertIn(b"after instant 0;", terminal.type(b"\n"))
        terminal.type(CTRL_C)
        time.sleep(1.5)  # with nothing typed before either
        self.assertIn(b"after instant 0;", terminal.type(b"goto 0\n"))
        self.end(terminal)

    def test_ctrl_c_in_quick_succession_clears_the_line_and_ends_nothing(self):
        terminal = self.session()
        for wait in (0.3, 0.05, 0):
            for _ in range(4):
                os.write(terminal.leader, b"next" + CTRL_C)
                time.sleep(wait)
        time.sleep(1.2)
        terminal.type(b"goto 0\n", b"after instant 0;")
        self.end(terminal)

    def test_ctrl_c_stops_a_long_verb_with_one_line_and_the_state_can_be_used(self):
        self.use_network("ring", 200000, 1000000)
        terminal = self.session()
        for _ in range(2):
            terminal.press(b"next 200000\n")
            time.sleep(0.5)
            shown = terminal.type(CTRL_C).split(b"next 200000\r\n")[1].replace(b"\r\x1b[K", b"")
            self.assertRegex(shown, rb"\A(\^C)?interrupted at t = \d+, after instant \d+\r\n\(inspect\) \Z")
        instants = int(shown.split(b"instant ")[1].split(b"\r")[0])
        self.assertGreater(instants, 0)
        self.assertIn(b"after instant %d;" % (instants - 1), terminal.type(b"back\n"))
        # The source fires at 5, and instant n is n steps later.
        self.assertIn(b"t = %d, after instant %d," % (5 + instants - 1, instants - 1), terminal.type(b"state\n"))
        self.end(terminal)

    def test_ctrl_c_ends_a_script_with_130(self):
        self.use_network("ring", 200000, 1000000)
        script = self.folder / "s.txt"
        script.write_text("next 200000\nstate\n")
        for more in (["--script", script], []):
            with subprocess.Popen([self.binary, *map(str, self.run), *map(str, more)], cwd=self.folder,
                                  env=self.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE) as process:
                process.stdin.write(b"next 200000\nstate\n")
                process.stdin.flush()
                while b"(inspect) next" not in process.stdout.readline():
                    pass
                time.sleep(0.3)
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=60)
                self.assertEqual((process.returncode, out, err), (130, b"", b""), more)

    def test_sigterm_ends_a_session_with_130(self):
        terminal = self.session()
        os.kill(terminal.process, signal.SIGTERM)
        self.assertEqual(terminal.exit_code()[0], 130)


class Typing(InspectTest):
    def test_tab_completes_verbs_populations_and_words(self):
        lines = {"ne": "next !", "why-": "why-not !", "why in": "why input:!", "break cl": "break clear !", "run u": "run until !",
                 "run until f": "run until fired !", "why input:3 a": "why input:3 all !", "wi": "with!",
                 "run until fired out": "run until fired output:!", "weight input:3 hid": "weight input:3 hidden:!"}
        terminal = self.session()
        for keys in lines:
            terminal.type(keys.encode() + TAB + b"!\n")
        self.end(terminal)
        self.assertEqual(self.history.read_text().splitlines(), list(lines.values()))

    def test_two_tabs_list_what_there_is(self):
        terminal = self.session()
        for keys, listed in {b"with": [b"with ", b"without "], b"break ": [b"hidden", b"output", b"clear", b"input"]}.items():
            shown = terminal.type(keys + TAB + TAB, PROMPT + keys.rstrip())
            for word in listed:
                self.assertIn(word, shown)
            self.assertNotIn(b"no verb", terminal.type(CTRL_C))
        self.end(terminal)

    def test_tab_completes_names_in_quotes(self):
        for name in ("my layer", "één laag"):
            self.use_network(name)
            terminal = self.session()
            for begun in (name[:2], '"' + name[:-3], '"' + name[:2]):
                shown = terminal.type(f"state {begun}".encode() + TAB + b"2\n")
                self.assertIn(f'"{name}":2 at the start'.encode(), shown, begun)
            self.end(terminal)

    def test_verbs_may_be_shortened_where_only_one_is_meant(self):
        shorter = self.piped(["n 2", "ru", "ba 3", "g 30", "b output:1", "b", "wa hidden:0", "que 2", "s", "sta input:3", "t 2",
                              "r", "w hidden:1", "witho input:3", "we input:3 hidden:2 0", "h", "q", "never read"], "--json")
        longer = self.piped(["next 2", "run", "back 3", "goto 30", "break output:1", "break", "watch hidden:0", "queue 2",
                             "state", "state input:3", "top 2", "run", "why hidden:1", "without input:3",
                             "weight input:3 hidden:2 0", "help", "quit"], "--json")
        self.assertEqual(longer[0], 0, longer[2])
        self.assertEqual(shorter[::2], longer[::2])
        self.assertEqual(shorter, longer)
        for word, verbs in {"wi": "without, with", "wh": "why, why-not", "ne": None, "bre": None}.items():
            code, _, err = self.piped([word])
            self.assertEqual(code, 1 if verbs else 0, word)
            self.assertEqual(f"'{word}' begins several verbs, allowed: {verbs}" in err.decode(), bool(verbs), err)

    def test_words_of_other_debuggers_and_short_goals_are_taken(self):
        told = self.piped(["step 2", "c", "goto 0", "run 10", "run output:1", "with input:3 20", "?", "exit",
                           "never read"], "--json")
        meant = self.piped(["next 2", "run", "goto 0", "run until 10", "run until fired output:1", "with input:3=20", "help",
                            "quit"], "--json")
        self.assertEqual(meant[0], 0, meant[2])
        self.assertEqual(told, meant)
        for line, advice in {"run until": "run until needs a time T or fired LAYER:ID",
                             "why 1": "write LAYER:ID, such as output:1",
                             "why output": "write LAYER:ID, such as output:0"}.items():
            self.assertIn(advice, self.piped([line])[2].decode())

    def test_help_names_the_letters(self):
        listed = json.loads(self.piped(["help"], "--json")[1].splitlines()[1])["verbs"]
        letters = {v["letter"]: v["usage"].split()[0] for v in listed if v["letter"]}
        self.assertEqual(letters, {"n": "next", "r": "run", "g": "goto", "b": "break", "s": "state", "t": "top", "w": "why",
                                   "h": "help", "q": "quit"})
        for text in (self.piped(["help"])[1].decode(), self.succeed("inspect", "--help")):
            self.assertIn("\nb  break [", text)


class History(InspectTest):
    def test_lines_are_there_in_the_next_session_and_are_the_owners_alone(self):
        terminal = self.session()
        terminal.type(b"top 2\n")
        terminal.type(b"nonsense\n")
        self.end(terminal)
        self.assertEqual(self.history.read_text(), "top 2\nnonsense\n")
        self.assertEqual((self.history.stat().st_mode & 0o777, self.history.parent.stat().st_mode & 0o777), (0o600, 0o700))
        terminal = self.session()
        self.assertIn(b"of v_th", terminal.type(UP + UP + b"\n"))
        self.end(terminal)
        self.assertEqual(self.history.read_text(), "top 2\nnonsense\ntop 2\n")

    def test_the_last_1000_lines_stay_and_a_file_that_others_may_read_is_closed_to_them(self):
        self.history.parent.mkdir(parents=True)
        self.history.write_text("".join(f"goto {i}\n" for i in range(1200)))
        self.history.chmod(0o644)
        terminal = self.session()
        terminal.type(b"top 2\n")
        self.end(terminal)
        self.assertEqual(self.history.read_text().splitlines(), [f"goto {i}" for i in range(201, 1200)] + ["top 2"])
        self.assertEqual(self.history.stat().st_mode & 0o777, 0o600)

    def test_the_folder_is_chosen_by_the_environment_and_lines_of_an_interrupted_session_stay(self):
        state = self.folder / "state"
        terminal = self.session(environment={"XDG_STATE_HOME": str(state)})
        terminal.type(b"state\n")
        os.kill(terminal.process, signal.SIGTERM)
        self.assertEqual(terminal.exit_code()[0], 130)
        self.assertEqual((state / "firstspike/inspect_history").read_text(), "state\n")
        self.assertFalse(self.history.exists())

    def test_a_history_that_cannot_be_written_is_one_note(self):
        (self.folder / ".local").write_text("a file, no folder")
        terminal = self.session()
        terminal.type(b"state\n")
        terminal.press(b"quit\n")
        code, shown = terminal.exit_code()
        self.assertEqual((code, shown.count(b"the history is not kept: ")), (0, 1), shown)

    def test_scripts_and_pipes_leave_no_history(self):
        self.piped(["state"])
        self.assertFalse(self.history.exists())


class Looks(InspectTest):
    def test_headings_and_errors_stand_out_on_a_terminal_only(self):
        bold, red = b"\x1b[1m", b"\x1b[1;31m"
        terminal = self.session()
        self.assertIn(bold + b"neuron", terminal.type(b"top 2\n"))
        self.assertIn(red + b"no verb 'x'", terminal.type(b"x\n"))
        self.end(terminal)
        for environment, more in (({"NO_COLOR": "1"}, []), ({"TERM": "dumb"}, []), ({}, ["--json"])):
            terminal = self.session(*more, environment=environment)
            shown = terminal.type(b"top 2\n") + terminal.type(b"run\n") + terminal.type(b"why hidden:1\n")
            self.assertNotIn(bold, shown, environment)
            self.assertIn(b"neuron", shown)
            self.end(terminal)
        terminal = self.open(stdout=self.folder / "out.txt")
        terminal.read(PROMPT)
        terminal.press(b"top 2\n")
        terminal.press(CTRL_D)
        self.assertEqual(terminal.exit_code()[0], 0)
        self.assertIn(b"\nneuron", (self.folder / "out.txt").read_bytes())
        self.assertNotIn(b"\x1b", (self.folder / "out.txt").read_bytes())
        for done in (self.piped(["top 2", "run", "why hidden:1"]), self.piped(["x"])):
            for text in done[1:]:
                self.assertNotRegex(text, rb"[\x00-\x09\x0b-\x1f\x7f]")


    def test_long_chains_are_shortened_unless_all_is_asked_for(self):
        self.use_network("ring", 30)
        chain = [f"ring:{i} at {i + 6}" for i in range(29, -1, -1)] + ["source:0 at 5"]
        for line, links in {"why ring:29": [*chain[:4], "... (26 more)", chain[-1]], "why ring:29 all": chain,
                            "why ring:3": chain[26:]}.items():
            out = " ".join(self.piped(["run", line])[1].decode().split())
            self.assertIn(f"critical chain: {' <- '.join(links)} behind it", out)


    def test_why_fits_a_screen_and_says_how_to_see_the_rest(self):
        self.run = ["inspect", *self.many_causes()]
        short, full = (self.piped(["run", f"why n:0{more}"])[1].decode().split("(inspect) why")[1].splitlines()
                       for more in ("", " all"))
        self.assertLessEqual(len(short), 23)  # with the line typed; the next prompt is the last of 24
        self.assertEqual(short[-1], "why n:0 all shows everything")
        self.assertNotIn("shows everything", "".join(full))
        sources = lambda text: [line.split()[0] for line in text if line.startswith("source:")]
        self.assertEqual(len(sources(short)), len(set(sources(short))))
        self.assertEqual(sources(short), [f"source:{i}" for i in [*range(25, 30), *range(24, 19, -1)]])
        self.assertEqual(sorted(sources(full)), sorted(2 * [f"source:{i}" for i in range(30)]))

    def many_causes(self):
        """A network whose neuron fires when the last of 30 spikes arrives, and its input; the later, the larger."""
        with h5py.File(self.folder / "many.h5", "w") as f:
            for name, kind, size in (("source", "source", 30), ("n", "neurons", 1)):
                f.create_group(f"nodes/{name}").attrs.update({"kind": kind, "n_nodes": np.uint64(size)})
            weights = np.arange(1.0, 31)
            f["nodes/n/0/v_th"] = [weights.sum() - 0.5]
            edges = f.create_group("edges/in")
            edges.attrs["kernel"] = "step"
            for end, population, ids in (("source", "source", range(30)), ("target", "n", [0] * 30)):
                edges[f"{end}_node_id"] = np.array(ids, np.uint64)
                edges[f"{end}_node_id"].attrs["node_population"] = population
            edges["0/syn_weight"] = weights
            edges["0/delay"] = np.ones(30)
        spikes = files.write_spikes(self.folder / "many_in.h5", {"source": (np.arange(30.0), np.arange(30))})
        return ["--network", self.folder / "many.h5", "--spikes", spikes, "--t-max", "50"]

    def test_a_watch_shows_the_latest_15_changes(self):
        self.run = ["inspect", *self.many_causes()]
        rows = self.piped(["watch n:0", "run"])[1].decode().splitlines()
        self.assertEqual([line.split()[0] for line in rows if " n:0 " in line and "source:" in line],
                         [str(t) for t in range(16, 31)])
        self.assertEqual(rows[-1], "... and 15 more before these")
        self.assertEqual(len(self.piped(["watch n:0", "run"], "--json")[1].splitlines()), 33)
        self.assertNotIn(b"more before", self.piped(["watch n:0", "next 15"])[1])

    def test_times_have_few_digits_unless_more_tell_them_apart(self):
        self.run = ["inspect", *self.many_causes()]
        for second, shown in {2 + 1 / 3: "next at t = 3.333\n", 1.00001: "next at t = 2.00001\n"}.items():
            files.write_spikes(self.folder / "many_in.h5", {"source": ([1, second], [0, 1])})
            text = self.piped(["goto 2"])[1].decode()
            self.assertIn("t = 2, after instant 1;", text)
            self.assertIn(shown, text)

    def test_refusals_are_wrapped_on_a_terminal_and_one_line_elsewhere(self):
        terminal = self.session(environment={"NO_COLOR": "1"})
        shown = terminal.type(b"zzz\n").replace(b"\r\x1b[K", b"").decode().splitlines()
        self.end(terminal)
        told = [line for line in shown if "(inspect)" not in line and line != "zzz"]
        self.assertGreater(len(told), 1)
        self.assertLessEqual(max(map(len, told)), 80)
        self.assertIn("no verb 'zzz', allowed: next, run, back", told[0])
        self.assertTrue(told[-1].endswith("help, quit"), told)
        self.assertEqual(self.piped(["zzz"])[2].count(b"\n"), 1)


class Names(InspectTest):
    def test_names_with_spaces_colons_and_quotes_are_shown_as_they_can_be_typed(self):
        for name, typed in {"my layer": '"my layer"', "a:b": "a:b", 'say "x"': '"say \\"x\\""', "back\\slash": '"back\\\\slash"',
                            "a#b": '"a#b"', "a=b": "a=b", "é": "é", "a\x1b[31mb": '"a\\x1b[31mb"'}.items():
            with self.subTest(name):
                self.use_network(name)
                lines = ["run", f"why {typed}:1", f"b {typed}:0", f"wa {typed}:1", f"with {typed}:1=9", f"without {typed}:0",
                         f"weight {typed}:0 {typed}:1 0.75", "back 3", f"run until fired {typed}:2"]
                code, out, err = self.piped(lines)
                self.assertEqual((code, err), (0, b""))
                self.assertIn(f"\n{typed}:1 fired at 7, ".encode(), out)
                self.assertNotIn(b"\x1b", out)
                code, out, err = self.piped(lines, "--json")
                why = [json.loads(line) for line in out.splitlines()][2]
                self.assertEqual([s["neuron"] for s in why["critical_chain"]], [f"{typed}:1", f"{typed}:0", "source:0"])
                self.assertNotIn(b"\x1b", out)

    def test_backslashes_and_quotes_anywhere_in_a_word_are_read(self):
        self.use_network("my layer")
        for typed in (r"my\ layer:2", 'my" "layer:2', r'"my\x20layer":2', r'"m"y\ "layer":"2"'):
            self.assertIn(b'"my layer":2 at the start', self.piped([f"state {typed}"])[1], typed)
        for wrong in ('state "my layer:2', "state my\\", 'state "my layer:2"'):
            code, _, err = self.piped([wrong])
            self.assertEqual((code, err.count(b"\n")), (1, 1), err)

    def test_a_break_at_a_layer_whose_name_has_a_colon_is_quoted(self):
        self.use_network("a:1")
        breaks = lambda word: json.loads(self.piped([f"break {word}", "run"], "--json")[1].splitlines()[2])
        self.assertEqual(breaks('"a:1"')["stopped_by"], 'break 1 ("a:1")')
        self.assertEqual(breaks("a:1:2")["time"], 8)
        self.assertIn(b"no layer 'a'", self.piped(["break a:1"])[2])

    def test_other_options_that_take_layers_read_the_same(self):
        self.use_network("a, b:c")
        simulate = ["simulate", *self.run[1:]]
        layers = '"a, b:c",source'
        self.succeed(*simulate, "--record", layers, "--trace", "t.h5", "--potentials")
        self.assertIn('"a, b:c":0', self.succeed(*simulate, "--potentials"))
        self.assertEqual(self.succeed("trace", "export", "t.h5", "--layers", '"a, b:c"').count("\n"), 4)
        self.assertEqual(self.succeed("trace", "export", "t.h5", "--layers", r"a\, b:c").count("\n"), 4)
        self.refuse(2, ["'a, b'", '"a, b:c"'], "trace", "export", "t.h5", "--layers", r"a\, b")
        self.refuse(2, "does not end", "trace", "export", "t.h5", "--layers", '"a')

    def test_control_characters_of_names_reach_no_terminal(self):
        for name in ("a\x1b[31mb", "a\nb", "a\tb", "a\x7fb", "a\x9bb", "a\u202eb", b"a\xffb"):
            with self.subTest(name):
                self.use_network(name)
                raw = name if isinstance(name, bytes) else name.encode()
                shown = "".join(f"\\x{b:02x}" if not 0x20 <= b < 0x7f else chr(b) for b in raw).encode()
                outputs = [self.piped(["state", "run", "why no:0"]), self.piped(["next 9", "queue", "top"])]
                for arguments in (["simulate", *self.run[1:], "--trace", "t.h5", "--overwrite"],
                                  ["simulate", *self.run[1:], "--potentials"],
                                  ["trace", "info", "t.h5"], ["trace", "diff", "t.h5", "t.h5"],
                                  ["trace", "export", "t.h5", "--layers", "no"]):
                    done = subprocess.run([self.binary, *map(str, arguments)], cwd=self.folder, env=self.environment(),
                                          capture_output=True, timeout=60)
                    outputs.append((done.returncode, done.stdout, done.stderr))
                for code, out, err in outputs:
                    self.assertIn(code, (0, 1, 2), err)
                    self.assertIn(shown, out + err)
                    self.assertNotIn(raw, out + err)
                    self.assertNotRegex(out + err, rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xff")

    def test_control_characters_of_files_and_metadata_reach_no_terminal(self):
        self.run[0] = "simulate"
        trace = self.trace("a\x1b[31m\nb.h5")
        with h5py.File(trace, "a") as f:
            f.attrs["command"] = "x\x1b[2J\ny\x7f"
        info, valid = self.succeed("trace", "info", trace), self.succeed("trace", "validate", trace)
        for text in (info, valid, self.run_command("trace", "info", "no\x1b[31m.h5")[2]):
            self.assertNotIn("\x1b", text)
            self.assertIn("\\x1b[31m", text)
        self.assertIn("a\\x1b[31m\\x0ab.h5: valid\n", valid)
        self.assertRegex(info, r"command +x\\x1b\[2J\\x0ay\\x7f\n")
        self.assertNotIn("\x7f", self.succeed("trace", "info", trace, "--json"))

    def test_scripts_with_tabs_and_the_line_ends_of_dos_are_read(self):
        code, out, err = self.piped(["next\t2\r", "state # all\r"])
        self.assertEqual((code, err), (0, b""))
        self.assertIn(b"(inspect) next\t2\n", out)
        self.assertNotIn(b"\r", out)


class Widths(CommandTest):
    LINES = ["next 3", "watch {h}:2", "watch {h}:3", "next 20", "state", "queue 30", "top 20", "state {h}:0", "why-not {h}:4",
             "watch clear", "run until 200", "run", "state", "why {o}:{fired}", "why {o}:{fired} all", "why-not {h}:{silent}",
             "without {h}:{early}", "with {h}:{early}=77.7", "weight {h}:{early} {o}:{fired} 0.123456789", "back 5", "break {o}",
             "break 12.3456789", "break", "watch", "goto 150.123456", "next 40", "help"]

    def widest(self, run, hidden, output, weighed=True):
        state = json.loads(self.succeed(*run, "--potentials", "--json"))["potentials"]
        fired = [i for i, t in enumerate(state[output]["time"]) if t is not None]
        early = [i for i, t in enumerate(state[hidden]["time"]) if t is not None]
        silent = [i for i, t in enumerate(state[hidden]["time"]) if t is None]
        lines = [line.format(h=hidden, o=output, fired=fired[0], early=early[0], silent=silent[0]) for line in self.LINES]
        (self.folder / "s.txt").write_text("\n".join(lines) + "\n")
        out = self.succeed("inspect", *run[1:], "--script", "s.txt")
        self.assertEqual(out.count("(inspect) "), len(lines))
        return sorted(((len(line), line) for line in out.splitlines() if not line.startswith("(inspect) ")), reverse=True)[0]

    def test_no_line_is_wider_than_80_columns(self):
        images = files.write_images(self.folder / "images.idx", 1, 28, 28)
        width, line = self.widest(["simulate", "--model", "digits-classifier", "--images", images, "--count", "1"], "hidden", "output")
        self.assertLessEqual(width, 80, line)

    def test_nor_with_times_that_have_many_digits(self):
        times = np.random.default_rng(3).uniform(0, 100, 60)
        weights = files.small_weights(60, 40, 12)
        model = files.write_model(self.folder / "ramp.h5", [weights[0] - 0.5, weights[1] - 0.3], "ramp", 300.0, 1.0, 256.0)
        spikes = files.write_spikes(self.folder / "in.h5", {"input": (sorted(times), np.argsort(times))})
        run = ["simulate", "--model", model, "--spikes", spikes]
        width, line = self.widest(run, "hidden", "output")
        self.assertLessEqual(width, 80, line)
        short = self.succeed("inspect", *run[1:], "--script", "s.txt")
        exact = [json.loads(line) for line in self.succeed("inspect", *run[1:], "--script", "s.txt", "--json").splitlines()]
        first = next(o for o in exact if o["command"] == "next")["time"]
        self.assertGreater(len(str(first)), 10)
        self.assertIn(f"  {first:.3f}  ", short)
        self.assertNotIn(f"  {first}  ", short)


if __name__ == "__main__":
    run_tests()
