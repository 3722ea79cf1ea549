"""Output of the programs of examples/. Usage: examples_test.py EXECUTABLE..."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

# By hand. simulate_network: 0.5 t + 0.25 (t - 2) = 1.5, 0.5 t = 1.5, 0.25 t = 1.5, and no input. explain_spike: arrivals
# at 3, 5, 7; out:0 has 0.75, then 1.25, without in:1 not before 7; out:1 has 0.75, 0.25, 0.75, without in:1 1.25.
PRINTED = {
    "simulate_network": "in 0, 2: out 2.66667\nin 0, inf: out 3\nin inf, 0: out 6\nin inf, inf: out inf\n",
    "explain_spike": "out:0 fired at step 5, v_m 1.25 above v_th 1\n"
                     "  in:0 arrived at step 3: 0.75 of v_th\n"
                     "  in:1 arrived at step 5: 0.5 of v_th\n"
                     "  critical: in:1; without it, at step 7\n"
                     "out:1 was silent, v_m at most 0.75: inhibition by in:1\n",
}


def run(command, folder):
    """Standard output of a successful command in a folder."""
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=600).stdout


def check_example(name, command):
    """Raises AssertionError unless the example has the expected output. `command` starts it."""
    with tempfile.TemporaryDirectory() as folder:
        if name in PRINTED:
            printed = run(command, folder)
            assert printed == PRINTED[name], f"{name} printed {printed!r}"
            if name == "simulate_network":
                for file in ("net.h5", "spikes.h5"):
                    assert (pathlib.Path(folder) / file).read_bytes().startswith(b"\x89HDF"), f"no {file}"
        elif name == "train_classifier":
            printed = run(command, folder)
            accuracy = float(re.search(r"test accuracy ([0-9.]+) on (mnist|strokes)", printed)[1])
            assert accuracy > 0.8, printed  # chance is 0.1; both data sets give more than 0.9
            assert (pathlib.Path(folder) / "classifier.h5").read_bytes().startswith(b"\x89HDF"), "no model"
        elif name == "train_gan":
            printed = run([*command, "drawn.png", "100"], folder)
            assert "step 100: " in printed and printed.endswith("drawn.png: 100 samples\n"), printed
            picture = (pathlib.Path(folder) / "drawn.png").read_bytes()
            assert picture.startswith(b"\x89PNG"), "no PNG"
            assert picture[16:24] == (302).to_bytes(4, "big") * 2, "not 10 x 10 images of 28 pixels with margins of 2"
        else:
            raise AssertionError(f"{name}: say in tests/examples_test.py what it does")


class Examples(unittest.TestCase):
    programs = []

    def test_each_does_what_it_says(self):
        self.assertTrue(self.programs)
        for program in self.programs:
            with self.subTest(program.name):
                check_example(program.name, [str(program)])

    def test_a_program_that_prints_something_else_is_noticed(self):
        for name in ("simulate_network", "train_classifier", "train_gan", "unheard_of"):
            with self.subTest(name), self.assertRaises((AssertionError, TypeError)):
                check_example(name, ["/bin/echo", "test"])


if __name__ == "__main__":
    Examples.programs = [pathlib.Path(path).resolve() for path in sys.argv[1:]]
    unittest.main(argv=sys.argv[:1])
