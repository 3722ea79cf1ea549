"""The session in docs/tutorial.md is what the command prints. Usage: inspect_transcript_test.py PATH_OF_FIRSTSPIKE

Needs MNIST, in $FIRSTSPIKE_DATA or ../shared; skipped where it is not.
"""
import json
import os
import pathlib
import re
import sys

from command_frame import CommandTest, run_tests

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TUTORIAL = ROOT / "docs/tutorial.md"
VERBS = ["next", "run", "back", "goto", "break", "watch", "queue", "state", "top", "why", "why-not", "without", "with",
         "weight"]


def mnist():
    for folder in (os.environ.get("FIRSTSPIKE_DATA"), ROOT.parent / "shared/data/mnist"):
        if folder and (pathlib.Path(folder) / "t10k-images-idx3-ubyte.gz").exists():
            return str(folder)
    return None


def typed(transcript):
    return [line.removeprefix("(inspect) ") for line in transcript.splitlines() if line.startswith("(inspect) ")]


class Transcript(CommandTest):
    def test_the_session_in_the_tutorial_is_what_the_command_prints(self):
        data = mnist()
        section = TUTORIAL.read_text().split("## Inspect a decision")[1].split("\n## ")[0]
        commands = [line.split()[1:] for line in section.splitlines() if line.startswith("    $firstspike ")]
        train, inspect = commands[0], commands[1]
        transcript = re.search(r"```text\n(.*?)```", section, re.S)[1]
        lines = typed(transcript)
        self.assertEqual([verb for verb in VERBS if verb not in {line.split()[0] for line in lines}], [])
        code, _, err = self.run_command(*train, "--data", data)
        self.assertEqual(code, 0, err)
        script = self.folder / "session.txt"
        script.write_text("\n".join(lines) + "\n")
        self.assertEqual(self.succeed(*inspect, "--data", data, "--script", script).splitlines(),
                         transcript.splitlines())
        # --json gives the same: each line is an object, and every verb has an answer.
        objects = [json.loads(line) for line in
                   self.succeed(*inspect, "--data", data, "--script", script, "--json").splitlines()]
        self.assertEqual(set(VERBS) - {o["command"] for o in objects}, set())
        why = next(o for o in objects if o["command"] == "why")
        shown = float(re.search(rf"{why['neuron']} fired at (\S+), ", transcript)[1])
        self.assertAlmostEqual(shown, why["spike_time"], 3)
        self.assertIn(f"critical: {why['critical']}, ", transcript)


if __name__ == "__main__":
    if mnist() is None:
        print("skipped: MNIST is not there")
        sys.exit(77)
    run_tests()
