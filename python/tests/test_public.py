"""Every public name has a docstring in NumPy's style, a type and a test; the types agree with the module."""

import dataclasses
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import firstspike as fs
import firstspike.torch
import option_types

HERE = Path(__file__).parent
MODULES = {"firstspike": fs, "firstspike.datasets": fs.datasets, "firstspike.torch": firstspike.torch}


def public_names():
    """Each public function, class and method, by its name for users."""
    found = {}
    for prefix, module in MODULES.items():
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.ismodule(thing):
                continue
            found[f"{prefix}.{name}"] = thing
            if not inspect.isclass(thing):
                continue
            for member, value in inspect.getmembers(thing):
                own = any(member in c.__dict__ for c in thing.__mro__ if c.__module__.startswith("firstspike"))
                if member.startswith("_") or not own:
                    continue
                if inspect.isroutine(value) or isinstance(value, property):
                    found[f"{prefix}.{name}.{member}"] = value
    return found


NAMES = public_names()


def parameters(thing):
    try:
        signature = inspect.signature(thing)
    except ValueError:
        return []
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [p.name for p in signature.parameters.values() if p.name not in ("self", "cls") and p.kind not in kinds]


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_documented(name):
    thing = NAMES[name]
    text = inspect.getdoc(thing)
    assert text and text[0].isupper() and text.split("\n")[0].rstrip().endswith((".", ":")), name
    if isinstance(thing, property):
        return
    if dataclasses.is_dataclass(thing):
        for field in dataclasses.fields(thing):
            assert re.search(rf"\b{field.name}\b", text) or field.name == "kinds", f"{name}: {field.name}"
        return
    if parameters(thing):
        section = text.split("Parameters\n----------\n", 1)
        assert len(section) == 2, f"{name} has no section Parameters"
        for p in parameters(thing):
            assert re.search(rf"^(.*, )?\**{p}( :|,|$)", section[1], re.M), f"{name}: {p}"
    if inspect.isroutine(thing) and inspect.signature(thing).return_annotation not in ("None", inspect.Signature.empty):
        assert "Returns\n-------" in text or len(text.split("\n")) == 1, name


def test_every_public_name_is_tested():
    tests = "\n".join(p.read_text() for p in HERE.glob("test_*.py") if p.name != Path(__file__).name)
    untested = [n for n in NAMES if not re.search(rf"\b{re.escape(n.split('.')[-1])}\b", tests)]
    # Data classes are made by the functions that return them.
    made = {"Cause", "ChangedSpike", "Comparison", "Decision", "Explanation", "LayerChanges", "Root", "Silence", "Spike"}
    made |= {"Epoch", "GanStep", "Step", "Population", "Projection", "Replay", "Spikes", "Trace"}
    assert [n for n in untested if n.split(".")[-1] not in made] == []


def test_every_option_is_a_keyword_with_a_documentation():
    for kind in (fs.Classifier, fs.GAN):
        for keyword in kind().get_params():
            assert re.search(rf"^{keyword} : .*\n    \S", inspect.getdoc(kind), re.M), keyword


def test_the_keywords_are_the_options_of_the_command(command):
    for kind, name in ((fs.Classifier, "classifier"), (fs.GAN, "gan")):
        options = set(re.findall(r"^\s+--([a-z][a-z0-9-]*)", command("train", name, "--help"), re.M))
        keywords = {k.strip("_").replace("_", "-") for k in kind().get_params()}
        others = {"set", "data", "images", "labels", "out", "resume", "json", "overwrite", "config", "help"}
        assert keywords == options - others


def test_mypy_finds_no_fault_in_the_package_and_checks_its_users(tmp_path):
    root = HERE.parents[1]
    mypy = [sys.executable, "-m", "mypy", "--config-file", str(root / "pyproject.toml"), "--cache-dir", str(tmp_path / "c")]
    done = subprocess.run([*mypy, "-p", "firstspike"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    user = """
        import numpy as np
        import firstspike as fs
        from firstspike.torch import SpikingClassifier

        net = fs.Network()
        record = fs.simulate(net, [[0.0]], t_max=5, threads='all')  # wrong
        name: int = fs.read_trace('t.h5').path  # wrong
        fs.GAN().fit([], []).save('m.h5')
        fs.Classifier(regime="relu", hidden=[40, 30], lr=1e-3, train_biases=True, from_="m.h5", threads=None)
        fs.Classifier(hidden=np.array([3, 4]), lr=np.float32(0.1), batch=np.int64(3), seed=1, train_biases="on")
        fs.Classifier(lrr=1e-3)  # wrong
        fs.Classifier(regime="reluu")  # wrong
        fs.Classifier(lr="fast")  # wrong
        fs.Classifier(epochs=1.5)  # wrong
        fs.Classifier(steps=3)  # wrong
        fs.Classifier().fit([], [], epochs=2, on_epoch=lambda e: print(e.validation), run="runs/a")
        fs.Classifier().fit([], [], epoch=2)  # wrong
        fs.Classifier().set_params(lr=0.1).set_params(rate=1)  # wrong
        options = {"lr": 0.1, "hidden": [3]}
        grid: dict[str, object] = dict(options)
        fs.GAN(conditional=True, kernel="step", steps=100, d_lr=1e-3).set_params(noise=5)
        fs.GAN(epochs=3)  # wrong
        fs.GAN(conditional="maybe")  # wrong
        fs.GAN().fit([], steps=2, on_step=lambda s: s.generator < 9)
        fs.GAN().fit([], epochs=2)  # wrong
        fs.GAN().set_params(hiden=[3])  # wrong
        fs.resume("runs/a", epochs=9, threads=2, engine="heap", record="t.h5", data="mnist")
        fs.resume("runs/a", lr=0.1)  # wrong
        SpikingClassifier(regime="relu").fit([], [], epochs=2, progress=True)
        SpikingClassifier(lrr=1)  # wrong
        SpikingClassifier().fit([], [], epoch=2)  # wrong
    """
    (tmp_path / "user.py").write_text(inspect.cleandoc(user))
    wrong = [n for n, line in enumerate(inspect.cleandoc(user).splitlines(), 1) if line.endswith("# wrong")]
    done = subprocess.run([*mypy, str(tmp_path / "user.py")], capture_output=True, text=True, cwd=tmp_path)
    lines = [int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line and "user.py" in line]
    assert lines == wrong and len(wrong) > 15, done.stdout


def test_the_types_of_the_options_are_those_of_the_option_tables():
    assert (Path(fs.__file__).parent / "_option_types.py").read_text() == option_types.text()


def test_the_stub_of_the_extension_module_is_the_module(tmp_path):
    stub = (Path(fs.__file__).parent / "_core.pyi").read_text()
    core = fs._core
    declared = set(re.findall(r"^(?:def|class) (\w+)", stub, re.M))
    assert declared == {n for n in dir(core) if not n.startswith("_")}
    for block in re.split(r"^class ", stub, flags=re.M)[1:]:
        name = re.match(r"\w+", block)[0]
        body = block.split("\n\ndef ")[0].split("\nclass ")[0]
        members = set(re.findall(r"^    def (\w+)", re.split(r"^\S", body.split("\n", 1)[1], flags=re.M)[0], re.M))
        own = {m for m, v in vars(getattr(core, name)).items() if not m.startswith("_")}
        assert members - {"__init__"} == own, name


def test_the_version_is_that_of_the_command(command):
    assert fs.__version__ in command("--version")
