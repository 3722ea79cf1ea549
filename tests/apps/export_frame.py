"""Common parts of the tests of `trace export`: traces to export, and the lines of docs/formats.md that load the results."""
import contextlib
import io
import pathlib
import re
import warnings

from command_frame import CommandTest

import command_files as files
from export_oracle import Trace

FORMATS = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "formats.md"
SAMPLES = 12
# Arguments of Trace.chosen, and the equivalent options.
CHOICES = [({}, []),
           ({"layers": ["hidden", "output"]}, ["--layers", "hidden,output"]),
           ({"samples": range(2, 9)}, ["--samples", "2:9"]),
           ({"start": 60, "until": 140.5}, ["--from", "60", "--until", "140.5"]),
           ({"layers": ["hidden"], "samples": range(3, 8), "start": 70, "until": 200},
            ["--layers", "hidden", "--samples", "3:8", "--from", "70", "--until", "200"])]


def documented_lines(heading):
    """The Python under a heading of docs/formats.md, down to the next heading."""
    text = FORMATS.read_text()
    section = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#)", text, re.M | re.S).group(1)
    [block] = re.findall(r"^```python\n(.*?)^```", section, re.M | re.S)
    return block


class Exports(CommandTest):
    def setUp(self):
        super().setUp()
        self.images = files.write_images(self.folder / "images.idx", SAMPLES)
        self.labels = files.write_labels(self.folder / "labels.idx", [(7 * i) % 10 for i in range(SAMPLES)])
        weights = files.small_weights()
        self.models = {
            "step": files.write_model(self.folder / "step.nir.h5", [w - 0.4 for w in weights], threshold=0.9),
            "ramp": files.write_model(self.folder / "ramp.nir.h5", [w - 0.4 for w in weights], kernel="ramp",
                                      threshold=90.0, delay=0.0, t_max=400.0)}
        self.traces = {kernel: self.record(kernel, f"{kernel}.h5") for kernel in self.models}

    def record(self, kernel, name, *more):
        self.succeed("simulate", "--model", self.models[kernel], "--images", self.images, "--trace", name, *more)
        return self.folder / name

    def export(self, trace, out, *more):
        """The output of --json; replaces existing files."""
        return self.as_json("trace", "export", trace, "--out", out, "--overwrite", *more)

    def load(self, heading):
        """The variables that the documented lines define."""
        lines = documented_lines(heading)
        self.assertEqual(lines.count("\n"), 3, heading)
        names = {}
        exec(documented_lines("Exports"), names)
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # three lines close no file
            exec(lines, names)
        return names

    def both(self):
        return [(kernel, path, Trace(path)) for kernel, path in self.traces.items()]
