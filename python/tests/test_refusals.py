"""Odd calls: each raises the right exception with one line that says what is allowed; none ends the interpreter."""

import warnings

import numpy as np
import pytest

import firstspike as fs

X = np.arange(4 * 9, dtype=np.uint8).reshape(4, 3, 3)
Y = np.array([0, 1, 0, 1])
HUGE = 2**40
READ_ONLY = X.copy()
READ_ONLY.flags.writeable = False


def pair():
    net = fs.Network()
    net.add_source("in", 2)
    net.add_neurons("out", 1)
    return net


def connected(**how):
    net = pair()
    net.connect("in", "out", **{"weights": [[1], [1]], **how})
    return net


def ran(times=((0, 1),), **how):
    return lambda: fs.simulate(connected(), times, **{"t_max": 9, **how})


def simulated(**how):
    return lambda: fs.simulate(connected(**how), [[0, 1]], t_max=9)


def added(method, *arguments, **how):
    return lambda: getattr(fs.Network(), method)(*arguments, **how)


def fitted(x=X, y=Y, kind=fs.Classifier, **how):
    defaults = dict(validation=0, epochs=1) if kind is fs.Classifier else dict(steps=1)
    return lambda: kind().fit(x, y, **{**defaults, **how})


def made(kind=fs.Classifier, **options):
    return lambda: kind(**options)


def asked(method, *arguments, **how):
    return lambda: getattr(MODEL, method)(*arguments, **how)


def drawn(**how):
    return lambda: GENERATOR.generate(**how)


def exported(**how):
    return lambda: fs.export("/no/such.h5", **{"out": "/no/such.csv", **how})


def sparse(weights=(1.0,), pre=(0,), post=(0,), **how):
    return simulated(weights=weights, indices=(pre, post), **how)


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    MODEL = fs.Classifier(regime="relu", hidden=[3], validation=0, epochs=1).fit(X, Y)
    GENERATOR = fs.GAN(hidden=[3], d_hidden=[3], noise=4, batch=2, steps=1).fit(X)
RECORD = fs.simulate(connected(), [[0, 1], [2, 3]], t_max=9)
INFINITE, NAN = np.inf, np.nan

# (call, exception, part of the sentence)
CALLS = [
    # Arrays of simulate.
    (ran([[0, 1, 2]]), ValueError, "shape (1, 3), needed: [sample, source] with 2"),
    (ran([[[0, 1]]]), ValueError, "shape (1, 1, 2)"),
    (ran(0), ValueError, "shape ()"),
    (ran([[0, NAN]]), ValueError, "nan"),
    (ran([["a", "b"]]), ValueError, "dtype <U1, allowed: real numbers"),
    (ran([[0j, 1j]]), ValueError, "complex"),
    (ran([[None, 1]]), ValueError, "object"),
    (ran([[True, False]]), ValueError, "bool"),
    (ran(None), ValueError, "object"),
    (ran(np.zeros((2, 0))), ValueError, "shape (2, 0)"),
    (ran({"in": 1}), ValueError, "object"),
    (ran(np.array(["2020-01-01"] * 2, dtype="M8[D]")), ValueError, "datetime64"),
    (ran(np.zeros(2, dtype=[("a", "f8")])), ValueError, "allowed: real numbers"),
    # Options of simulate.
    (ran(t_max=0), ValueError, "t_max = 0, allowed"),
    (ran(t_max=-1), ValueError, "t_max = -1, allowed"),
    (ran(t_max=NAN), ValueError, "t_max = nan, allowed"),
    (ran(t_max=INFINITE), ValueError, "t_max = inf, allowed"),
    (ran(t_max=HUGE), ValueError, "allowed"),
    (ran(t_max=None), ValueError, "t_max is needed"),
    (ran(scheduler="heaps"), ValueError, "scheduler = 'heaps', allowed: auto|heap|sweep|naive"),
    (ran(scheduler=""), ValueError, "allowed: auto"),
    (ran(threads=0), ValueError, "threads = 0, allowed: 1 to 1024"),
    (ran(threads=-1), ValueError, "threads = -1"),
    (ran(threads=1.5), ValueError, "threads = 1.5, allowed: whole numbers"),
    (ran(threads=HUGE), ValueError, "allowed: 1 to 1024"),
    (ran(threads=True), ValueError, "threads = True"),
    (ran(scheduler="sweep", early_exit=True), ValueError, "early_exit"),
    (ran(thread=1), TypeError, "thread"),
    (lambda: fs.simulate("net", [[0]], t_max=1), ValueError, "network: str, allowed: a Network"),
    (lambda: fs.simulate(fs.Network(), [[0]], t_max=1), ValueError, "0 sources"),
    # Populations.
    (added("add_source", "", 1), ValueError, "name is empty"),
    (added("add_source", "a", 0), ValueError, "size = 0, allowed"),
    (added("add_source", "a", -1), ValueError, "size = -1, allowed"),
    (added("add_source", "a", 1.0), ValueError, "size = 1.0, allowed: whole numbers"),
    (added("add_source", "a", HUGE), ValueError, "allowed"),
    (added("add_source", "a", "1"), ValueError, "size = '1'"),
    (added("add_source", "a"), TypeError, "size"),
    (added("add_neurons", "a", 1, v_th=0), ValueError, "v_th = 0, allowed"),
    (added("add_neurons", "a", 1, v_th=-1), ValueError, "v_th = -1"),
    (added("add_neurons", "a", 1, v_th=NAN), ValueError, "v_th = nan"),
    (added("add_neurons", "a", 1, v_th=INFINITE), ValueError, "v_th = inf"),
    (added("add_neurons", "a", 3, v_th=[1, 2]), ValueError, "2 thresholds, needed: 3"),
    (added("add_neurons", "a", 1, v_th=[[1]]), ValueError, "v_th: shape (1, 1)"),
    (added("add_neurons", "a", 1, v_th="x"), ValueError, "v_th: dtype"),
    (added("add_neurons", "a", 1, t_fire=-1), ValueError, "fire phase"),
    (added("add_neurons", "a", 1, t_fire=5, t_close=4), ValueError, "fire phase [5, 4)"),
    (added("add_neurons", "a", 1, threshold_slope=1), ValueError, "threshold_slope = 1"),
    (added("add_neurons", "a", 1, t_fire=1, threshold_slope=-1), ValueError, "threshold_slope = -1"),
    (added("add_neurons", "a", 1, t_close=0), ValueError, "t_close = 0"),
    (added("add_bias", "a", t_fire=-1), ValueError, "t_fire = -1"),
    (added("add_bias", "a", t_fire=INFINITE), ValueError, "t_fire = inf"),
    (added("add_bias", "a", t_fire=NAN), ValueError, "t_fire = nan"),
    (lambda: pair().add_source("in", 1), ValueError, "the name is used twice"),
    (made(fs.Network, precision="f16"), ValueError, "precision = 'f16', allowed: f32|f64"),
    # Projections.
    (simulated(weights=[[1]]), ValueError, "shape (1, 1), needed: (2, 1)"),
    (simulated(weights=[[1, 1]]), ValueError, "shape (1, 2), needed: (2, 1)"),
    (simulated(weights=[1, 1]), ValueError, "shape (2,), needed: (2, 1)"),
    (simulated(weights=[[NAN], [1]]), ValueError, "weight = nan, allowed: finite"),
    (simulated(weights=[[INFINITE], [1]]), ValueError, "weight = inf"),
    (simulated(weights=[["a"], ["b"]]), ValueError, "weights: dtype"),
    (simulated(weights=[[1j], [1]]), ValueError, "complex"),
    (simulated(weights=None), ValueError, "weights: dtype object"),
    (simulated(delay=-1), ValueError, "delay = -1, allowed"),
    (simulated(delay=1e-9), ValueError, "delay = 1e-09, allowed"),
    (simulated(delay=NAN), ValueError, "delay = nan"),
    (simulated(delay=INFINITE), ValueError, "delay = inf"),
    (simulated(kernel="rmap"), ValueError, "kernel = 'rmap', allowed: step|ramp"),
    (sparse(pre=(2,)), ValueError, "synapse 2 -> 0, allowed: pre below 2"),
    (sparse(post=(1,)), ValueError, "post below 1"),
    (sparse(pre=(-1,)), ValueError, "indices: value -1, allowed"),
    (sparse(pre=(HUGE,)), ValueError, "allowed: 0 to 2^32"),
    (sparse(pre=(0.5,)), ValueError, "indices: dtype float64"),
    (sparse(pre=((0,),)), ValueError, "shape (1, 1)"),
    (sparse(pre=(0, 1)), ValueError, "needed: equal"),
    (sparse(weights=(1, 2)), ValueError, "needed: equal"),
    (sparse(weights=(NAN,)), ValueError, "weight = nan"),
    (sparse(delay=(1, 2)), ValueError, "delay|broadcast|remap"),
    (sparse(delay=-1), ValueError, "delay = -1"),
    (lambda: pair().connect("in", "in", [[1, 1], [1, 1]]) or ran()(), None, ""),
    (lambda: pair().connect("nowhere", "out", [[1]]), ValueError, "no population 'nowhere', allowed: in, out"),
    (lambda: pair().connect("in", "out"), TypeError, "weights"),
    (lambda: pair().weights("in", "out"), ValueError, "no projection from 'in' to 'out'"),
    (lambda: connected().set_weights("in", "out", [[1]]), ValueError, "needed: (2, 1)"),
    (lambda: connected().set_weights("in", "out", [[NAN], [1]]), ValueError, "weight = nan"),
    (lambda: connected().synapses("in", "out"), ValueError, "allowed: a sparse one"),
    (lambda: connected().to_nir(), ValueError, "t_max is needed"),
    # Records.
    (lambda: RECORD["nowhere"], ValueError, "no population 'nowhere', allowed: in, out"),
    (lambda: RECORD[2], IndexError, "sample 2"),
    (lambda: RECORD[-3], IndexError, "sample -3"),
    (lambda: RECORD.plot_raster(7), ValueError, "sample 7"),
    (lambda: RECORD.potentials_of("out"), ValueError, "potentials = True"),
    # Coding and data sets.
    (lambda: fs.encode([256]), ValueError, "images: value 256, allowed: 0 to 255"),
    (lambda: fs.encode([-1]), ValueError, "images: value -1"),
    (lambda: fs.encode([0.5]), ValueError, "dtype float64, allowed: uint8"),
    (lambda: fs.encode(["a"]), ValueError, "dtype"),
    (lambda: fs.encode([True]), ValueError, "dtype bool"),
    (lambda: fs.encode(None), ValueError, "dtype object"),
    (lambda: fs.encode([0], t_in=0), ValueError, "t_in"),
    (lambda: fs.encode([0], t_in=1.5), ValueError, "t_in"),
    (lambda: fs.encode([0], t_in=-1), ValueError, "t_in"),
    (lambda: fs.encode([0], t_in=NAN), ValueError, "t_in"),
    (lambda: fs.encode([0], t_in=INFINITE), ValueError, "t_in"),
    (lambda: fs.decode([NAN]), ValueError, "NaN"),
    (lambda: fs.decode(["a"]), ValueError, "times: dtype"),
    (lambda: fs.decode([1], t_in=0), ValueError, "t_in"),
    (lambda: fs.datasets.mnist("valid"), ValueError, "part = 'valid', allowed: 'train', 'test'"),
    (lambda: fs.datasets.strokes("all"), ValueError, "part = 'all'"),
    (lambda: fs.datasets.strokes(seed=-1), ValueError, "seed = -1"),
    (lambda: fs.datasets.strokes(seed=1.5), ValueError, "seed = 1.5"),
    (lambda: fs.datasets.idx(""), ValueError, "images = ''"),
    (lambda: fs.datasets.idx(7), ValueError, "images = 7, allowed: a str or os.PathLike"),
    (lambda: fs.datasets.idx("/no/such"), OSError, "/no/such"),
    (lambda: fs.datasets.idx("/"), OSError, "/"),
    (lambda: fs.datasets.write_idx("/no/such/file", X), OSError, "/no/such/file"),
    (lambda: fs.datasets.write_idx("/tmp/x", X[:0]), ValueError, "allowed: 1 image or more"),
    (lambda: fs.datasets.write_idx("/tmp/x", X, "/tmp/y"), ValueError, "labels is needed"),
    # Options of classifiers.
    (made(lrr=1), TypeError, "unknown option 'lrr', nearest: 'lr'"),
    (made(Hidden=1), TypeError, "unknown option"),
    (made(images=X), TypeError, "arrays, the arguments of fit()"),
    (made(set="mnist"), TypeError, "arrays, the arguments of fit()"),
    (made(rows=3), TypeError, "unknown option"),
    (made(lr=0), ValueError, "lr = '0', allowed"),
    (made(lr=-1), ValueError, "lr = '-1', allowed"),
    (made(lr=NAN), ValueError, "lr = 'nan', allowed"),
    (made(lr=INFINITE), ValueError, "lr = 'inf', allowed"),
    (made(lr="fast"), ValueError, "lr = 'fast', allowed"),
    (made(lr=[1]), None, ""),
    (made(lr=[1, 2]), ValueError, "lr = '1,2', allowed"),
    (made(lr=True), ValueError, "lr = 'on', allowed"),
    (made(hidden=[]), ValueError, "hidden = '', allowed"),
    (made(hidden=[0]), ValueError, "hidden = '0', allowed"),
    (made(hidden=[-3]), ValueError, "hidden = '-3'"),
    (made(hidden=4.5), ValueError, "hidden = '4.5'"),
    (made(hidden=[HUGE]), ValueError, "allowed"),
    (made(hidden={"a": 1}), ValueError, "hidden = "),
    (made(kernel="rmap"), ValueError, "kernel = 'rmap', allowed: step|ramp"),
    (made(regime="free", kernel=3), ValueError, "kernel = '3'"),
    (made(kernel="step", regime="relu"), ValueError, "relu"),
    (made(loss="l2"), ValueError, "loss = 'l2', allowed"),
    (made(epochs=0), ValueError, "epochs = '0', allowed"),
    (made(epochs=1.5), ValueError, "epochs = '1.5'"),
    (made(epochs=-1), ValueError, "epochs = '-1'"),
    (made(batch=0), ValueError, "batch = '0'"),
    (made(batch=10**9), ValueError, "batch"),
    (made(precision="f16"), ValueError, "precision = 'f16', allowed: f32|f64"),
    (made(threads=0), ValueError, "threads = '0'"),
    (made(engine="naive"), ValueError, "engine = 'naive', allowed"),
    (made(seed=-1), ValueError, "seed = '-1'"),
    (made(regime="relu", v_th=3), ValueError, "v-th"),
    (made(record_every=5), ValueError, "record-every has no effect without record"),
    (made(delay="a\nb"), ValueError, "delay = 'a\\nb', allowed: one line"),
    (lambda: fs.Classifier(3), TypeError, "positional"),
    (lambda: fs.Classifier().set_params(lrr=1), ValueError, "unknown option 'lrr'"),
    (lambda: fs.Classifier().set_params(lr=0), ValueError, "lr = '0'"),
    # Training arrays.
    (fitted(X.astype(float)), ValueError, "x: dtype float64, allowed: uint8"),
    (fitted(X.astype(np.float32) / 255), ValueError, "x: dtype float32"),
    (fitted(X.astype(int) * 300), ValueError, "x: value 10500, allowed: 0 to 255"),
    (fitted(X.astype(int) - 1), ValueError, "x: value -1"),
    (fitted(X[0, 0]), ValueError, "x: shape (3,), allowed"),
    (fitted(X[:, :, :, None]), ValueError, "x: shape (4, 3, 3, 1), allowed"),
    (fitted(X[:0], Y[:0]), ValueError, "allowed: 1 image or more"),
    (fitted(X[:, :0]), ValueError, "1 pixel or more"),
    (fitted("mnist"), ValueError, "x: dtype"),
    (fitted(None), ValueError, "x: dtype object"),
    (fitted(y=None), ValueError, "y is needed"),
    (fitted(y=Y[:3]), ValueError, "y: shape (3,), needed: (4,)"),
    (fitted(y=Y[:, None]), ValueError, "y: shape (4, 1)"),
    (fitted(y=Y + 300), ValueError, "y: value 301"),
    (fitted(y=Y - 1), ValueError, "y: value -1"),
    (fitted(y=Y.astype(float)), ValueError, "y: dtype float64"),
    (fitted(y=["a", "b", "a", "b"]), ValueError, "y: dtype"),
    (fitted(y=np.zeros(4, int)), ValueError, "every label is 0, needed: two classes or more"),
    (fitted(validation=4), ValueError, "validation = 4, allowed: fewer than the 4"),
    (fitted(train_count=5), ValueError, "train-count = 5, allowed: up to the 4"),
    (fitted(epoch=3), TypeError, "unknown option 'epoch', nearest: 'epochs'"),
    (fitted(epochs=0), ValueError, "epochs = '0'"),
    (fitted(from_="/no/such.h5"), OSError, "/no/such.h5"),
    (fitted(record="/no/such/trace.h5"), OSError, "/no/such"),
    (fitted(run="/proc/no"), OSError, "/proc/no"),
    (fitted(run=""), ValueError, "run = ''"),
    (fitted(run=7), ValueError, "run = 7"),
    (fitted(on_step=7), TypeError, "callable"),
    (fitted(on_epoch=lambda: None), TypeError, "argument"),
    (fitted(callbacks=7), TypeError, "iterable"),
    (fitted(READ_ONLY), None, ""),
    (fitted(np.asfortranarray(X)), None, ""),
    (fitted(X[:, ::2, ::2]), None, ""),
    (fitted(X.astype(">u2")), None, ""),
    (fitted(X.tolist(), Y.tolist()), None, ""),
    (fitted(X.reshape(4, 9)), None, ""),
    # A trained classifier.
    (asked("predict", X[:, :2]), ValueError, "images of 6 pixels, the network has 9 sources"),
    (asked("predict", X[0]), ValueError, "images of 3 pixels, the network has 9 sources; one image is x[None]"),
    (asked("evaluate", X[0], Y[:3]), ValueError, "9 sources; one image is x[None]"),
    (asked("simulate", X[0]), ValueError, "9 sources; one image is x[None]"),
    (asked("predict", X[:0]), ValueError, "1 image or more"),
    (asked("predict", X.astype(float)), ValueError, "x: dtype float64"),
    (asked("predict", X, scheduler="fast"), ValueError, "scheduler = 'fast'"),
    (asked("predict", X, threads=0), ValueError, "threads = 0"),
    (asked("predict"), TypeError, "x"),
    (asked("evaluate", X, Y + 5), ValueError, "6|5"),
    (asked("evaluate", X, Y[:2]), ValueError, "y: shape (2,), needed: (4,)"),
    (asked("evaluate", X, None), ValueError, "y is needed"),
    (asked("evaluate", X, Y, scheduler="sweep", early_exit=True), ValueError, "early_exit"),
    (asked("simulate", X[:, 1:]), ValueError, "x: images of 6 pixels, the network has 9 sources"),
    (asked("simulate", X, Y[:1]), ValueError, "y: shape (1,)"),
    (asked("save", "/no/such/model.h5"), OSError, "/no/such/model.h5"),
    (asked("save", ""), ValueError, "path = ''"),
    (asked("save", None), ValueError, "path = None"),
    (asked("partial_fit", X[:, 1:], Y), ValueError, "pixels"),
    (asked("partial_fit", X, Y + 1), ValueError, "label|class"),
    (lambda: fs.Classifier().predict(X), ValueError, "not trained; call fit()"),
    (lambda: fs.Classifier().save("/tmp/x"), ValueError, "not trained"),
    (lambda: fs.Classifier().classes_, AttributeError, "not trained"),
    (lambda: fs.Classifier.load("digits-generator"), ValueError, "no classes"),
    (lambda: fs.load("digits-classifier", t_max=7), ValueError, "t_max = 7, but"),
    (lambda: fs.load("digits-classifier", kernel="rmap"), ValueError, "kernel = 'rmap'"),
    (lambda: fs.load("digits-classifier", label_map=[1, 2]), ValueError, "label_map"),
    (lambda: fs.load("digits-classifier", label_map=[300]), ValueError, "label_map = '300'"),
    (lambda: fs.load("no-such-model"), OSError, "no-such-model"),
    (lambda: fs.load(7), ValueError, "path = 7"),
    (lambda: fs.load("/tmp"), OSError, "/tmp"),
    # GANs.
    (made(fs.GAN, lrr=1), TypeError, "unknown option 'lrr', nearest"),
    (made(fs.GAN, steps=0), ValueError, "steps = '0'"),
    (made(fs.GAN, conditional="maybe"), ValueError, "conditional = 'maybe', allowed: on|off"),
    (made(fs.GAN, noise=0), ValueError, "noise = '0'"),
    (made(fs.GAN, noise_rate=2), ValueError, "noise-rate = '2'"),
    (fitted(X.astype(float), kind=fs.GAN), ValueError, "x: dtype float64"),
    (fitted(y=None, kind=fs.GAN, conditional=True), ValueError, "labels"),
    (fitted(y=Y[:1], kind=fs.GAN), ValueError, "y: shape (1,)"),
    (fitted(kind=fs.GAN, epochs=1), TypeError, "unknown option 'epochs'"),
    (drawn(count=0), ValueError, "count = 0, allowed"),
    (drawn(count=-1), ValueError, "count = -1"),
    (drawn(count=1.5), ValueError, "count = 1.5"),
    (drawn(count=HUGE), ValueError, "count = "),
    (drawn(count=1, labels=3), ValueError, "label = 3, allowed: none"),
    (drawn(count=1, labels=300), ValueError, "labels = 300"),
    (drawn(count=1, seed=-1), ValueError, "seed = -1"),
    (drawn(count=1, film=0), ValueError, "film = 0"),
    (drawn(count=1, film=3, until=5.0), ValueError, "until and film exclude each other"),
    (drawn(count=1, film=3, between=3), ValueError, "film and between exclude each other"),
    (drawn(count=1, between=1), ValueError, "between = 1"),
    (drawn(count=1, between=(1,)), ValueError, "between = (1,), allowed"),
    (drawn(count=1, between=(0, 1)), ValueError, "conditional"),
    (drawn(count=1, until=-1.0), ValueError, "until"),
    (drawn(count=1, until=NAN), ValueError, "until"),
    (drawn(count=1, columns=3), ValueError, "need out"),
    (drawn(count=1, out="/tmp/x.jpg"), ValueError, ".png, .gif, .idx or .h5"),
    (drawn(count=1, out="/no/such/x.png"), OSError, "/no/such"),
    (drawn(count=1, threads=0), ValueError, "threads = 0"),
    (lambda: fs.GAN().generate(1), ValueError, "not trained"),
    (lambda: GENERATOR.discriminator.weights("a", "b"), ValueError, "no population 'a'"),
    (lambda: fs.GAN.load("digits-classifier"), OSError, "train"),
    # Samples, traces, reports.
    (lambda: fs.sample_quality(MODEL, X, {"a": X}), ValueError, "10"),
    (lambda: fs.read_trace("/no/such.h5"), OSError, "/no/such.h5"),
    # Values of another kind than the argument's.
    (exported(dt="a"), ValueError, "dt = 'a', allowed: a real number"),
    (exported(samples=3), ValueError, "samples = 3, allowed: (first, end)"),
    (exported(samples=(-1, 2)), ValueError, "samples = -1, allowed: 0 to"),
    (exported(layers=3), ValueError, "layers = 3, allowed: a list of str"),
    (exported(layers=[1]), ValueError, "layers = 1, allowed: a str"),
    (exported(from_="a"), ValueError, "from_ = 'a', allowed"),
    (exported(from_=-5.0), ValueError, "from_ = -5.0, allowed: 0 to 2^32 steps"),
    (exported(until=NAN), ValueError, "until = nan, allowed: 0 to 2^32 steps"),
    (exported(format=3), ValueError, "format = 3, allowed: a str"),
    (exported(layer=3), ValueError, "layer = 3"),
    (exported(most_spikes=-1), ValueError, "most_spikes = -1"),
    (exported(most_flows=1.5), ValueError, "most_flows = 1.5, allowed: whole numbers"),
    (exported(model=connected()), ValueError, "model: Network, allowed: a Classifier or GAN"),
    (exported(lossy="yes"), ValueError, "lossy = 'yes', allowed: True, False"),
    (lambda: fs.read_trace("/no/such.h5", first_spikes="x"), ValueError, "first_spikes = 'x'"),
    (lambda: fs.write_trace("/no/such.h5", None), ValueError, "record: NoneType, allowed: a SpikeRecord"),
    (lambda: fs.write_trace("/no/such.h5", RECORD, metadata=3), ValueError, "metadata: int, allowed: a mapping"),
    (lambda: fs.write_trace("/no/such.h5", RECORD, metadata={"a": [1]}), ValueError, "metadata: a = [1], allowed"),
    (lambda: fs.write_trace("/no/such.h5", RECORD, metadata={1: 2}), ValueError, "metadata = 1, allowed: a str"),
    (lambda: fs.write_trace("/no/such.h5", RECORD, model=connected()), ValueError, "model: Network"),
    (lambda: fs.report("/no/such", count="x"), ValueError, "count = 'x'"),
    (lambda: fs.report("/no/such", shown=-1), ValueError, "shown = -1"),
    (lambda: fs.report("/no/such", neurons=3), ValueError, "neurons = 3"),
    (lambda: fs.report("/no/such", set=3), ValueError, "set = 3"),
    (lambda: fs.datasets.write_idx("/no/such.idx", X, labels=Y), ValueError, "labels need labels_path"),
    (lambda: fs.datasets.mnist(fetch="no"), ValueError, "fetch = 'no'"),
    (lambda: fs.encode([1], t_in="x"), ValueError, "t_in = 'x', allowed: a real number"),
    (lambda: fs.explain(connected(), RECORD, "out:0", sample=9), ValueError, "sample 9 of a record, allowed: below 2"),
    (lambda: fs.explain(connected(), RECORD, "out:0", sample=1.5), ValueError, "sample = 1.5"),
    (lambda: fs.explain(connected(), RECORD, "out:0", sample="a"), ValueError, "sample = 'a'"),
    (lambda: fs.what_if(connected(), RECORD, spike="out:0"), ValueError, "spike = 'out:0', allowed: (neuron, time)"),
    (lambda: fs.what_if(connected(), RECORD, spike=("out:0", "x")), ValueError, "spike = 'x', allowed: a real number"),
    (lambda: fs.what_if(connected(), RECORD, weight=("in:0", "out:0")), ValueError, "allowed: (neuron, neuron, weight)"),
    (lambda: RECORD.plot_raster("x"), ValueError, "sample = 'x'"),
    (lambda: RECORD.plot_raster(9), ValueError, "sample 9 of a record"),
    (drawn(count=1, until="x"), ValueError, "until = 'x'"),
    (drawn(count=1, out="/no/such.png", columns="x"), ValueError, "columns = 'x'"),
    (drawn(count=1, out="/no/such.png", scale=-1), ValueError, "scale = -1"),
    (drawn(count=1, scheduler=3), ValueError, "scheduler = 3"),
    (ran(scheduler=3), ValueError, "scheduler = 3, allowed: a str"),
    (ran(t_max="x"), ValueError, "t_max = 'x', allowed: a real number"),
    (ran(potentials="x"), ValueError, "potentials = 'x', allowed: True, False"),
    (asked("evaluate", X, Y, early_exit="x"), ValueError, "early_exit = 'x'"),
    (asked("save", "/no/such.h5", overwrite="x"), ValueError, "overwrite = 'x'"),
    (added("add_source", 3, 1), ValueError, "name = 3, allowed: a str"),
    (added("add_neurons", "a", 1, t_fire="x"), ValueError, "t_fire = 'x'"),
    (simulated(kernel=3), ValueError, "kernel = 3"),
    (lambda: fs.sample_quality(MODEL, X, "x"), ValueError, "samples: str, allowed: a mapping"),
    (lambda: fs.sample_quality(GENERATOR, X, {"a": X}), ValueError, "classifier: GAN, allowed: a Classifier"),
    (lambda: fs.to_nir(3), ValueError, "model: int, allowed: a Classifier, GAN or Network"),
    (fitted(np.ma.masked_greater(X, 20)), ValueError, "x: a masked array, allowed: all values"),
    (lambda: fs.Classifier(lr=np.array(0.1)), None, ""),
    (lambda: fs.Classifier(hidden=range(3, 5)), None, ""),
    (lambda: fs.diff_traces("/no/such.h5", "/no/such.h5", tolerance="x"), ValueError, "tolerance = 'x', allowed"),
    (lambda: fs.diff_traces("/no/such.h5", "/no/such.h5", list=-1), ValueError, "list = -1, allowed: 0 to"),
    (lambda: fs.diff_traces("/no/such.h5", 7), ValueError, "b = 7"),
    (lambda: fs.write_trace("/no/such/t.h5", RECORD), OSError, "/no/such"),
    (lambda: fs.write_trace("/tmp/firstspike-no.h5", RECORD, labels=[1]), ValueError, "labels: shape (1,)"),
    (lambda: fs.export("/no/such.h5", format="vcd"), ValueError, "format = 'vcd', allowed"),
    (lambda: fs.export("/no/such.h5", format="nir"), ValueError, "nir"),
    (lambda: fs.export("/no/such.h5", format="csv", layer="x"), ValueError, "layer has no effect on format csv"),
    (lambda: fs.report("/no/such"), OSError, "/no/such"),
    (lambda: fs.report("/tmp", neurons=["hidden"]), ValueError, "hidden"),
    (lambda: fs.read_network("/no/such.h5"), OSError, "/no/such.h5"),
    (lambda: fs.replay("/no/such.h5"), OSError, "/no/such.h5"),
]


def test_there_are_200_odd_calls():
    assert len(CALLS) >= 200


@pytest.mark.parametrize("number", range(len(CALLS)))
@pytest.mark.filterwarnings("ignore::firstspike.LayerWarning")
def test_an_odd_call(number, monkeypatch):
    call, exception, sentence = CALLS[number]
    if exception is None:
        call()
        return
    with pytest.raises(exception) as refused:
        call()
    text = str(refused.value)
    assert "\n" not in text and len(text) < 400, text
    assert any(part in text for part in sentence.split("|")) or sentence in text, text
    assert "incompatible function arguments" not in text


def test_a_record_that_is_out_of_its_window_is_not_written(tmp_path):
    wrong = fs.SpikeRecord(np.array([[5.0, 12.0]]), {"a": slice(0, 2)}, 9.0)
    with pytest.raises(ValueError, match="12"):
        fs.write_trace(tmp_path / "t.h5", wrong)
    assert not list(tmp_path.iterdir())


def test_memory_that_there_is_not_is_a_memory_error():
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_AS)
    net = connected()
    times = np.zeros((20_000_000, 2))
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 100_000_000, before[1]))
    try:
        with pytest.raises(MemoryError):
            fs.simulate(net, times, t_max=9, threads=1)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    assert fs.simulate(net, [[0, 1]], t_max=9).times.shape == (1, 3)
