"""`firstspike inspect` from outside. Usage: inspect_test.py PATH_OF_FIRSTSPIKE"""
import json
import os
import pty
import subprocess

import h5py
import numpy as np

from command_frame import WithModel, run_tests

import command_files as files

def typed(transcript):
    return [line.removeprefix("(inspect) ") for line in transcript.splitlines() if line.startswith("(inspect) ")]


def write_relu(path):
    """Two neurons with a fire phase from 20 to 30, range 10; source:0 excites both, source:1 inhibits them."""
    with h5py.File(path, "w") as f:
        for name, kind in {"source": "source", "n": "neurons"}.items():
            f.create_group(f"nodes/{name}").attrs.update({"kind": kind, "n_nodes": np.uint64(2)})
        f["nodes/n"].attrs.update({"t_fire": 20.0, "threshold_slope": 1.0, "t_close": 30.0})
        f["nodes/n/0/v_th"] = np.full(2, 10.0)
        edges = f.create_group("edges/in")
        edges.attrs["kernel"] = "ramp"
        for end, population, ids in (("source", "source", [0, 0, 1, 1]), ("target", "n", [0, 1, 0, 1])):
            edges[f"{end}_node_id"] = np.array(ids, np.uint64)
            edges[f"{end}_node_id"].attrs["node_population"] = population
        edges["0/syn_weight"] = np.array([0.5, 0.5, -0.25, -1])
        edges["0/delay"] = np.full(4, 1.0)
    return path


class Session(WithModel):
    def setUp(self):
        super().setUp()
        self.run = ["inspect", "--model", self.model, "--images", self.images]

    def piped(self, lines, *more):
        """(exit code, stdout, stderr) of a session whose lines come through a pipe."""
        environment = {"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C"}
        environment |= {name: os.environ[name] for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ}
        done = subprocess.run([self.binary, *map(str, self.run), *more], cwd=self.folder, env=environment,
                              input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout, done.stderr

    def answers(self, *lines):
        """The objects with which a session answers, but for the opening."""
        code, out, err = self.piped(lines, "--json")
        self.assertEqual((code, err), (0, ""))
        objects = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(objects[0]["command"], "open")
        return objects[1:]

    def test_a_script_and_a_pipe_give_the_same(self):
        lines = ["next 2", "", "run  # to the end", "state", "back 2", "top", "help", "quit", "nonsense after the end"]
        (self.folder / "s.txt").write_text("\n".join(lines) + "\n")
        code, out, err = self.piped(lines)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(self.succeed(*self.run, "--script", "s.txt"), out)
        self.assertEqual(typed(out), lines[:-1])

    def test_back_and_goto_show_again_what_was_there(self):
        there = ["state", "queue 30", "top 9", "state output:1"]
        once = self.answers("next 3", *there)
        for way in (["run", "goto 400", "back 1", "goto 0", f"goto {once[2]['time']}"], ["next 5", "back 2"]):
            self.assertEqual(self.answers(*way, *there)[-4:], once[-4:], way)

    def test_what_simulate_says_is_what_inspect_shows(self):
        simulated = self.as_json("simulate", *self.run[1:], "--samples", "7:8", "--potentials")
        state = self.answers_of_sample(7)
        for layer in ("hidden", "output"):
            times = [t for t in simulated["potentials"][layer]["time"] if t is not None]
            self.assertEqual(state["layers"][layer]["fired"], len(times))
            self.assertEqual(state["layers"][layer]["first"], min(times, default=None))

    def answers_of_sample(self, index):
        self.run += ["--index", str(index)]
        return self.answers("run", "state")[-1]

    def test_breaks_and_watches_stop_and_show(self):
        stopped = self.answers("break hidden", "break 30", "run", "run", "break clear", "run")
        runs = [o for o in stopped if o["command"] == "run"]
        self.assertTrue(runs[0]["stopped_by"].startswith("break"))
        self.assertEqual(runs[-1]["stopped_by"], "the end")
        shown = [o for o in self.answers("watch output:0", "run", "watch clear") if o.get("neuron") == "output:0"]
        self.assertEqual([o["time"] for o in shown], sorted({o["time"] for o in shown}))
        for before, after in zip(shown, shown[1:]):
            self.assertAlmostEqual(before["v_m"] + after["weight"], after["v_m"], 4)

    def test_changes_are_compared_with_the_unchanged_run(self):
        same = self.answers("with input:3=" + str(self.answers("state input:3")[0]["spike_time"]))[0]
        self.assertEqual((same["changed"], same["decision"]), ([], same["decision_before"]))
        gone = self.answers("without input:3", "weight input:3 hidden:2 0")
        self.assertEqual(gone[0]["changed"][0]["after"], None)
        self.assertEqual([o["command"] for o in gone], ["without", "weight"])

    def test_an_invalid_line_ends_a_pipe_with_one_line(self):
        for line, words in {"nxet": "nearest: 'next'", "next 0": "'0'", "next 1 2": "too many", "goto": "missing",
                            "goto -1": "'-1'", "run until": "until", "run until fired output:99": "output:0 to output:2",
                            "break there": "no layer 'there'", "watch input:0": "source", "why hidden:0": "nothing has",
                            "back": "only 0", "with hidden:0": "LAYER:ID=T", "with hidden:0=1e9": "window",
                            "weight input:0 output:0 1": "no synapse", "weight input:0 hidden:0 x": "'x'",
                            "state output": "LAYER:ID", "why": "missing", "top x": "'x'"}.items():
            code, out, err = self.piped(["state", line, "state"])
            self.assertEqual((code, err.count("\n")), (1, 1), (line, err))
            self.assertIn(words, err)
            self.assertIn("standard input:2: ", err)
            self.assertEqual(typed(out), ["state", line])

    def test_wrong_options_are_refused(self):
        self.refuse(2, ["--index = '40'", "0 to 39"], *self.run, "--index", "40")
        self.refuse(2, "heap", *self.run, "--engine", "naive")
        self.refuse(1, "no.txt", *self.run, "--script", "no.txt")
        self.refuse(2, "--model", "inspect")

    def test_sparse_recurrent_networks_are_inspected_too(self):
        ring = files.write_ring(self.folder / "ring.h5")
        spikes = files.write_spikes(self.folder / "in.h5", {"source": ([5.0], [0])})
        self.run = ["inspect", "--network", ring, "--spikes", spikes, "--t-max", "50"]
        chain = self.answers("run", "why ring:2")[1]["critical_chain"]
        self.assertEqual([s["neuron"] for s in chain], ["ring:2", "ring:1", "ring:0", "source:0"])

    def test_a_fire_phase_is_queued_begun_explained_and_missed(self):
        # At 20, n:0 has 0.5 * 10 - 0.25 * 8 = 3 and n:1 0.5 * 10 - 1 * 8 = -3; the threshold falls by 1 a step from 10.
        relu = write_relu(self.folder / "relu.h5")
        spikes = files.write_spikes(self.folder / "in.h5", {"source": ([9.0, 11.0], [0, 1])})
        self.run = ["inspect", "--network", relu, "--spikes", spikes, "--t-max", "50"]
        _, _, queue, ahead, begins, state, _, why, why_not, without = self.answers(
            "next 2", "queue", "why-not n:0", "next", "state n:0", "run", "why n:0", "why-not n:1", "without source:1")
        self.assertEqual(queue["events"], [{"time": 20, "event": "start of fire phase", "of": "n", "to": None,
                                            "retracted": False}])
        self.assertEqual([ahead[k] for k in ("stopped_by", "t_fire", "predicted")], ["fire_phase_ahead", 20, 27])
        self.assertEqual((begins["time"], begins["fire_phase_began"], begins["fired"]), (20, ["n"], []))
        self.assertEqual([state[k] for k in ("v_m", "threshold", "slope", "predicted")], [3, 10, 0, 27])
        self.assertEqual([why[k] for k in ("spike_time", "t_fire", "v_m", "critical", "without_critical")],
                         [27, 20, 3, "source:1", 25])
        self.assertEqual([c["share"] for c in why["causes"]], [0.5, -0.2])
        self.assertEqual([why_not[k] for k in ("stopped_by", "peak_v_m", "holder", "would_fire", "lowest_threshold")],
                         ["inhibition", -3, "source:1", 25, 0])
        self.assertEqual([(c["neuron"], c["before"], c["after"]) for c in without["changed"]],
                         [("source:1", 11, None), ("n:0", 27, 25), ("n:1", None, 25)])

    def test_on_a_terminal_an_invalid_line_is_reported_and_the_session_continues(self):
        leader, follower = pty.openpty()
        environment = {"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C", "TERM": "dumb"}
        process = subprocess.Popen([self.binary, *map(str, self.run)], cwd=self.folder, env=environment,
                                   stdin=follower, stdout=follower, stderr=follower, close_fds=True)
        os.close(follower)
        os.write(leader, b"nxet\nnext\nquit\n")
        shown = b""
        try:
            while part := os.read(leader, 4096):
                shown += part
        except OSError:  # the other end has closed
            pass
        self.assertEqual(process.wait(60), 0, shown)
        self.assertIn(b"nearest: 'next'", shown)
        self.assertIn(b"instant  time  arrived", shown)


if __name__ == "__main__":
    run_tests()
