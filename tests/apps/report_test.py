"""The report, opened in headless Chromium from its file: contents, interaction, and absence of requests.

usage: report_test.py FIRSTSPIKE
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from report_browser import Browser
from training_images import write_images

FIRSTSPIKE = os.path.abspath(sys.argv.pop(1))
FOLDER = tempfile.TemporaryDirectory()
LONGEST_FRAME = 0.012  # [s] limit of a move of the slider with 10^5 spikes: it takes 1.5 ms, or 18 ms if marks are drawn again


def at(name):
    return os.path.join(FOLDER.name, name)


def run(*arguments, expect=0):
    done = subprocess.run([FIRSTSPIKE, *arguments], capture_output=True, text=True, timeout=600)
    assert done.returncode == expect, f"exit {done.returncode}, expected {expect}: {done.stderr}"
    return done


def data_of(page):
    with open(page) as file:
        return json.loads(re.search(r'id="report-data">(.*?)</script>', file.read(), re.S).group(1))


def setUpModule():
    global BROWSER, IMAGES
    IMAGES = write_images(FOLDER.name)
    run("train", "classifier", *IMAGES, "--kernel", "ramp", "--loss", "xent", "--v-th", "60", "--hidden", "30",
        "--validation", "80", "--epochs", "3", "--out", at("c"), "--record", at("c/trace.h5"))
    run("train", "gan", *IMAGES, "--schedule", "constant", "--hidden", "30", "--d-hidden", "30", "--noise", "20", "--batch", "16",
        "--steps", "6", "--samples-every", "2", "--out", at("g"), "--record", at("g/trace.h5"))
    for name in ("c", "g"):
        run("report", at(name), "--out", at(name + ".html"))
    BROWSER = Browser()


def tearDownModule():
    BROWSER.close()
    FOLDER.cleanup()


class PageTest(unittest.TestCase):
    def setUp(self):
        BROWSER.resize(1280)
        BROWSER.prefer(prefers_color_scheme="light", prefers_reduced_motion="no-preference")

    def find(self, selector):
        return BROWSER.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.find(selector).text

    def pixels(self, selector):
        """[row][column] of a canvas, its red channel."""
        return np.array(BROWSER.run("""const c = document.querySelector(arguments[0]);
            const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
            return Array.from({length: c.height}, (_, r) => Array.from({length: c.width}, (_, k) => d[4 * (r * c.width + k)]));""", selector))

    def picture(self, selector):
        return BROWSER.run("return document.querySelector(arguments[0]).toDataURL()", selector)


class NothingLeavesTest(PageTest):
    def test_pages_open_without_errors_and_without_other_requests(self):
        for name in ("c", "g"):
            BROWSER.open(at(name + ".html"))
            for selector in ("#play", "#raster"):
                self.find(selector).click()
            self.assertEqual(BROWSER.console(), [])
            asked = [url for url in BROWSER.requests() if not url.startswith("data:")]
            self.assertEqual(asked, ["file://" + at(name + ".html")])

    def test_the_page_forbids_itself_to_ask_for_more(self):
        BROWSER.open(at("c.html"))
        refused = BROWSER.driver.execute_async_script("""const done = arguments[0];
            document.addEventListener("securitypolicyviolation", (event) => done(event.blockedURI), {once: true});
            document.body.append(Object.assign(new Image(), {src: "https://example.invalid/x.png"}));""")
        self.assertIn("example.invalid", refused)

    def test_chart_js_brings_its_license(self):
        with open(at("c.html")) as file:
            page = file.read()
        self.assertIn("Chart.js v3.9.1", page)
        self.assertIn("Permission is hereby granted, free of charge", page)
        self.assertNotRegex(page, r"<(script|link|img)[^>]*(src|href)=\"(?!data:)")

    def test_the_networks_are_in_a_table_a_row_for_each_population(self):
        for page, files in (("c", ["model"]), ("g", ["model", "discriminator"])):
            BROWSER.open(at(page + ".html"))
            tables = BROWSER.driver.find_elements(By.CSS_SELECTOR, "#networks table")
            for table, name in zip(tables, files, strict=True):
                with h5py.File(at(f"{page}/{name}.h5")) as file:
                    metadata = file["node/metadata"]
                    names = [text.decode() for text in metadata["populations"][()]]
                    t_fire = [t for t in metadata["t_fire"][()] if np.isfinite(t)]
                rows = [row.find_elements(By.XPATH, "*") for row in table.find_elements(By.TAG_NAME, "tr")[1:]]
                self.assertEqual([row[0].text for row in rows], names)
                self.assertEqual([float(row[3].text) for row in rows if row[3].text], t_fire)
                self.assertIn(name, table.find_element(By.TAG_NAME, "caption").text)

    def test_samples_count_from_0_and_the_tiles_are_those_of_the_model_that_was_kept(self):
        BROWSER.open(at("c.html"))
        names = [option.text for option in Select(self.find("#sample")).options]
        self.assertEqual([name.split(":")[0] for name in names], [str(k) for k in range(len(names))])
        tiles = {tile.find_element(By.TAG_NAME, "dt").text: tile.find_element(By.TAG_NAME, "dd").text
                 for tile in BROWSER.driver.find_elements(By.CSS_SELECTOR, "#summary > div")}
        with h5py.File(at("c/model.h5")) as file:
            kept = int(file["node/metadata/fact.step"][()])
        metrics = np.genfromtxt(at("c/metrics.csv"), delimiter=",", names=True)
        of_model = np.atleast_1d(metrics)[list(np.atleast_1d(metrics["step"])).index(kept)]
        self.assertEqual(tiles["accuracy"], f"{100 * of_model['accuracy']:.2f} %")
        self.assertEqual(tiles["no spike fraction"], f"{100 * of_model['no_spike_fraction']:.2f} %")
        measured = json.loads(run("evaluate", "--model", at("c/model.h5"), *IMAGES, "--json").stdout)
        self.assertEqual(tiles[f"accuracy on {measured['images']} images of {IMAGES[1]}"], f"{100 * measured['accuracy']:.2f} %")

    def test_the_same_run_gives_the_same_bytes(self):
        run("report", at("g"), "--out", at("again.html"))
        with open(at("g.html"), "rb") as a, open(at("again.html"), "rb") as b:
            self.assertEqual(a.read(), b.read())

    def test_text_from_files_is_escaped(self):
        run("train", "classifier", *IMAGES, "--kernel", "ramp", "--loss", "xent", "--hidden", "5", "--validation", "80", "--epochs", "1",
            "--out", at("tampered"))
        evil = "</script><script>document.title = 'mine'</script><b id=mine>"
        with h5py.File(at("tampered/model.h5"), "r+") as file:
            del file["node/metadata/fact.command"]
            file["node/metadata/fact.command"] = evil
        run("report", at("tampered"), "--out", at("tampered.html"))
        BROWSER.open(at("tampered.html"))
        self.assertEqual(BROWSER.driver.title, "firstspike: " + at("tampered"))
        self.assertFalse(BROWSER.driver.find_elements(By.ID, "mine"))
        self.assertIn(evil, self.text("#metadata"))


class TimeTest(PageTest):
    def encoded(self, sample):
        image = np.fromfile(IMAGES[1], np.uint8)[16:].reshape(-1, 28, 28)[sample]
        return image, np.where(image > 0, (255 - image.astype(int)) * 256 // 255, 10 ** 6)

    def test_the_image_appears_as_its_pixels_spike_when_the_slider_is_moved_by_keys(self):
        BROWSER.open(at("c.html"))
        slider = self.find("#time")
        image, times = self.encoded(0)
        np.testing.assert_array_equal(self.pixels("#image"), image)
        slider.send_keys(Keys.HOME)
        now, pictures = 0, {self.picture("#raster")}
        for key, by in ((Keys.ARROW_RIGHT, 1), (Keys.ARROW_RIGHT, 1), (Keys.PAGE_UP, None), (Keys.ARROW_LEFT, -1)):
            slider.send_keys(key)
            shown = int(slider.get_property("value"))
            self.assertEqual(shown, shown if by is None else now + by)
            now = shown
            np.testing.assert_array_equal(self.pixels("#image"), np.where(times <= now, image, 0))
            self.assertIn(f"step {now} of", self.text("#time-now"))
            self.assertEqual(int(self.text("#lanes tr:first-child td:nth-of-type(2)")), (times <= now).sum())
            pictures.add(self.picture("#raster"))
        self.assertEqual(len(pictures), 5)
        spike = times[times > now].min()
        slider.send_keys(Keys.ARROW_RIGHT * int(spike - now))
        np.testing.assert_array_equal(self.pixels("#image"), np.where(times <= spike, image, 0))

    def test_the_generated_image_appears_and_ends_as_it_stands_in_the_grid(self):
        run("generate", "--model", at("g/model.h5"), "--count", "2", "--out", at("samples.idx"))
        drawn = np.fromfile(at("samples.idx"), np.uint8)[16:].reshape(-1, 28, 28)
        BROWSER.open(at("g.html"))
        Select(self.find("#sample")).select_by_index(1)
        np.testing.assert_array_equal(self.pixels("#image"), drawn[1])
        self.assertGreater(drawn[1].max(), 0)
        self.find("#time").send_keys(Keys.HOME)
        self.assertEqual(self.pixels("#image").max(), 0)

    def test_the_sample_is_the_trace_and_its_real_images_are_there(self):
        BROWSER.open(at("g.html"))
        names = [option.text for option in Select(self.find("#scene")).options]
        self.assertEqual(names[1:], ["recorded training step 6, generated images", "recorded training step 6, real images"])
        Select(self.find("#scene")).select_by_index(2)
        with h5py.File(at("g/trace.h5")) as file:
            spikes = file["spikes/discriminator_hidden"]
            fired = int(np.diff(spikes["sample_offsets"][16:18])[0])
        self.assertEqual(int(self.text("#lanes tr:nth-child(2) td:nth-of-type(3)")), fired)
        self.assertIn("the discriminator calls it", self.text("#outcome"))

    def test_play_moves_the_slider_and_pause_stops_it(self):
        BROWSER.open(at("c.html"))
        visited = """const done = arguments[0], seen = new Set(), time = document.querySelector("#time");
            time.addEventListener("input", () => seen.add(time.value));
            document.querySelector("#play").click();
            setTimeout(() => { document.querySelector("#play").click(); done([...seen].map(Number)); }, 1500);"""
        smooth = BROWSER.driver.execute_async_script(visited)
        self.assertEqual(smooth, sorted(smooth))
        stopped = self.find("#time").get_property("value")
        self.assertLess(float(stopped), float(self.find("#time").get_attribute("max")))
        self.assertEqual(self.text("#play"), "Play")
        BROWSER.prefer(prefers_reduced_motion="reduce")
        jumps = BROWSER.driver.execute_async_script(visited)
        self.assertLessEqual(len(jumps), 5)
        self.assertGreater(len(smooth), len(jumps))
        self.assertEqual(stopped, str(smooth[-1]))

    def test_grids_over_training_move_with_their_slider(self):
        BROWSER.open(at("g.html"))
        slider, sources = self.find("#grid-time"), set()
        for key, step in ((Keys.END, 6), (Keys.HOME, 2), (Keys.ARROW_RIGHT, 4)):
            slider.send_keys(key)
            self.assertEqual(self.text("#grid-step"), f"training step {step}")
            sources.add(self.find("#grid-picture").get_attribute("src"))
        self.assertEqual(len(sources), 3)


class ChartsTest(PageTest):
    def test_each_chart_answers_to_the_pointer_and_to_the_arrow_keys(self):
        for name, least in (("c", 7 + 6 + 1), ("g", 2 + 12 + 1)):
            BROWSER.open(at(name + ".html"))
            charts = BROWSER.driver.find_elements(By.CSS_SELECTOR, "figure.chart:not(.raster) canvas")
            self.assertGreaterEqual(len(charts), least - 1)
            for canvas in charts:
                title = canvas.get_attribute("aria-label")
                reading = lambda: BROWSER.run("return arguments[0].closest('figure').querySelector('.reading').textContent", canvas)
                tooltip = lambda: BROWSER.run("return Chart.getChart(arguments[0]).tooltip.opacity", canvas)
                BROWSER.run("arguments[0].scrollIntoView({block: 'center'})", canvas)
                place = BROWSER.run("const p = Chart.getChart(arguments[0]).getDatasetMeta(0).data[0]; return [p.x, p.y]", canvas)
                size = canvas.size
                self.assertEqual(tooltip(), 0, title)
                ActionChains(BROWSER.driver).move_to_element_with_offset(
                    canvas, int(place[0] - size["width"] / 2) + 1, int(place[1] - size["height"] / 2)).perform()
                self.assertEqual(tooltip(), 1, title)
                before = reading()
                canvas.send_keys(Keys.HOME if "v_m of" in title else Keys.END)
                canvas.send_keys(Keys.ARROW_RIGHT if "v_m of" in title else Keys.HOME)
                self.assertTrue(reading(), title)
                if BROWSER.run("return Chart.getChart(arguments[0]).data.datasets[0].data.length > 1", canvas):
                    canvas.send_keys(Keys.ARROW_RIGHT)
                    self.assertNotEqual(reading(), before, title)

    def test_legends_switch_their_lines(self):
        BROWSER.open(at("g.html"))
        shown = "return Chart.getChart(document.querySelector('#metrics canvas')).isDatasetVisible(1)"
        button = self.find("#metrics .legend button:nth-child(2)")
        self.assertTrue(BROWSER.run(shown))
        button.send_keys(Keys.SPACE)
        self.assertFalse(BROWSER.run(shown))
        self.assertEqual(button.get_attribute("aria-pressed"), "false")

    def test_metrics_hold_what_the_file_says(self):
        with open(at("c/metrics.csv")) as file:
            names, *rows = [line.split(",") for line in file.read().split()]
        BROWSER.open(at("c.html"))
        canvas = self.find("#metrics canvas")
        canvas.send_keys(Keys.END)
        expected = float(rows[-1][names.index("loss")])
        reading = self.text("#metrics figure:first-child .reading")
        self.assertTrue(reading.startswith(f"step {rows[-1][0]}: loss "), reading)
        self.assertAlmostEqual(float(reading.split()[-1].replace(",", "")), expected, delta=1e-4 * abs(expected))

    def test_histograms_hold_every_spike_of_every_sample(self):
        page = data_of(at("c.html"))
        with h5py.File(at("c/trace.h5")) as file:
            for lane in page["scenes"][1]["lanes"]:
                spikes = file["spikes"][lane["name"]]
                start, width, counts = (lane["latency"][key] for key in ("start", "width", "counts"))
                edges = start + width * np.arange(len(counts) + 1)
                self.assertEqual(np.histogram(spikes["timestamps"][()], edges)[0].tolist(), counts)
                self.assertEqual(sum(lane["counts"]["counts"]), len(spikes["sample_offsets"]) - 1)
        self.assertEqual(page["scenes"][0]["lanes"][0]["samples"], 200)


class MembranesTest(PageTest):
    def test_membranes_are_those_that_numpy_finds_from_weights_and_spikes(self):
        scene, compared = data_of(at("c.html"))["scenes"][0], 0
        with h5py.File(at("c/model.h5")) as file:
            nodes = file["node/nodes"]
            weights = {1: nodes["input_to_hidden/weight"][()], 2: nodes["hidden_to_output/weight"][()]}
        for sample in scene["samples"]:
            for membrane in sample["membranes"]:
                before = sample["spikes"][membrane["lane"] - 1]
                ids, times = np.array(before["ids"], int), np.array(before["times"])
                row = weights[membrane["lane"]][membrane["id"]][ids]
                for t, share in zip(membrane["times"], membrane["v"]):
                    expected = (row * np.maximum(0, t - times)).sum() / membrane["v_th"]
                    self.assertAlmostEqual(share, expected, delta=1e-4 + 1e-3 * np.abs(row).sum() / membrane["v_th"])
                    compared += 1
        self.assertGreater(compared, 1000)

    def test_neurons_are_chosen_by_button_and_by_a_click_on_their_spike(self):
        BROWSER.open(at("c.html"))
        lines = "return Chart.getChart(document.querySelector('#membrane-chart canvas')).data.datasets.map((d) => d.label)"
        drawn = BROWSER.run(lines)
        button = self.find('#neurons button[aria-pressed="false"]')
        button.send_keys(Keys.SPACE)
        name = button.get_attribute("aria-label").split(",")[0]
        self.assertEqual(set(BROWSER.run(lines)), {*drawn, name})
        self.assertEqual(button.get_attribute("aria-pressed"), "true")
        spike = next(m for m in data_of(at("c.html"))["scenes"][0]["samples"][0]["membranes"] if m["lane"] == 2 and m["spike"] is not None)
        label, before = f"output:{spike['id']}", set(BROWSER.run(lines))
        self.click_spike(2, spike["id"], spike["spike"])
        self.assertEqual(set(BROWSER.run(lines)), before ^ {label})

    def click_spike(self, lane, neuron, time):
        BROWSER.run("document.querySelector('#raster').scrollIntoView({block: 'center'})")
        x, y, width, height = BROWSER.run("""const [lane, id, time] = arguments, chart = Chart.getChart("raster");
            const lanes = JSON.parse(document.getElementById("report-data").textContent).scenes[0].lanes;
            const box = laneBoxes(lanes, chart.chartArea)[lane];
            return [chart.scales.x.getPixelForValue(time), box.top + (id + 0.5) / lanes[lane].n_nodes * box.height, chart.width, chart.height];""",
                                          lane, neuron, time)
        ActionChains(BROWSER.driver).move_to_element_with_offset(self.find("#raster"), int(x - width / 2), int(y - height / 2)).click().perform()

    def test_a_neuron_that_is_asked_for_is_in_the_page_and_another_says_how(self):
        run("report", at("c"), "--out", at("asked.html"), "--neurons", "hidden:0,hidden:1,output:9", "--shown", "2")
        for sample in data_of(at("asked.html"))["scenes"][0]["samples"]:
            there = {(m["lane"], m["id"]) for m in sample["membranes"]}
            self.assertTrue({(1, 0), (1, 1), (2, 9)} <= there)
        sample = data_of(at("c.html"))["scenes"][0]["samples"][0]
        BROWSER.open(at("c.html"))
        self.click_spike(0, sample["spikes"][0]["ids"][-1], sample["spikes"][0]["times"][-1])
        self.assertIn("--neurons input:", self.text("#raster-reading"))


class SizesAndColoursTest(PageTest):
    def test_nothing_is_wider_than_the_window(self):
        for name in ("c", "g"):
            for width in (1280, 420, 320):
                BROWSER.resize(width)
                BROWSER.open(at(name + ".html"))
                self.assertLessEqual(BROWSER.run("return document.documentElement.scrollWidth"), width, f"{name} at {width}")

    def test_charts_shrink_and_grow_with_the_window(self):
        BROWSER.open(at("c.html"))
        width = "return Chart.getChart('raster').width"
        wide = BROWSER.run(width)
        BROWSER.resize(420)
        BROWSER.wait_for_frame()
        self.assertLess(BROWSER.run(width), min(wide, 420))

    def test_dark_changes_page_charts_and_raster_at_once(self):
        BROWSER.open(at("c.html"))
        look = """return [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color,
            Chart.getChart(document.querySelector("#metrics canvas")).options.scales.x.ticks.color,
            ...[...document.querySelectorAll("#metrics canvas")].map((c) => Chart.getChart(c).getDatasetMeta(0).data[0].options.backgroundColor),
            Chart.getChart(document.querySelector("#histogram-charts canvas")).data.datasets[0].backgroundColor,
            Chart.getChart(document.querySelector("#membrane-chart canvas")).data.datasets[0].borderColor,
            document.querySelector("#raster").toDataURL()]"""
        light = BROWSER.run(look)
        BROWSER.prefer(prefers_color_scheme="dark")
        dark = BROWSER.run(look)
        for before, after in zip(light, dark):
            self.assertNotEqual(before, after)
        BROWSER.prefer(prefers_color_scheme="light")
        self.assertEqual(BROWSER.run(look), light)

    def test_the_keyboard_reaches_everything_and_shows_where_it_is(self):
        BROWSER.open(at("g.html"))
        reached, last = [], None
        for _ in range(300):
            ActionChains(BROWSER.driver).send_keys(Keys.TAB).perform()
            name, outline, last = BROWSER.run("""const e = document.activeElement, s = getComputedStyle(e);
                return [e.id || e.dataset.neuron || e.getAttribute("aria-label") || e.textContent, s.outlineStyle + s.outlineWidth, e === document.body]""")
            if last:
                break
            self.assertEqual(outline, "solid3px", name)
            reached.append(name)
        for wanted in ("grid-play", "grid-time", "scene", "sample", "play", "time", "raster"):
            self.assertIn(wanted, reached)
        focusable = BROWSER.run("return document.querySelectorAll('button, input, select, canvas[tabindex]').length")
        self.assertEqual(len(reached), focusable)


class ManySpikesTest(PageTest):
    NEURONS = 120_000

    @classmethod
    def setUpClass(cls):
        random = np.random.default_rng(3)
        with h5py.File(at("many.h5"), "w") as file:
            file.attrs["magic"], file.attrs["version"] = np.uint32(0x0A7A), np.array([0, 1], np.uint32)
            for name, neurons, fired in (("input", 784, 300), ("crowd", cls.NEURONS, cls.NEURONS), ("mute", 5000, 0)):
                group = file.create_group("spikes/" + name)
                times = np.sort(random.random(fired) * 500)
                group.create_dataset("timestamps", data=times).attrs["units"] = "ms"
                group.create_dataset("node_ids", data=random.permutation(neurons)[:fired].astype(np.uint64))
                group.attrs["n_nodes"] = np.uint64(neurons)
        run("report", at("c"), "--trace", at("many.h5"), "--out", at("many.html"))

    def open(self):
        BROWSER.open(at("many.html"))
        Select(self.find("#scene")).select_by_index(1)

    def test_of_many_spikes_every_nth_is_drawn_and_the_page_says_so(self):
        self.open()
        self.assertIn(f"10,300 of {self.NEURONS + 300:,} spikes are drawn", self.text("#raster-note"))
        crowd = data_of(at("many.html"))["scenes"][1]
        lane = [lane["name"] for lane in crowd["lanes"]].index("crowd")
        times = np.array(crowd["samples"][0]["spikes"][lane]["times"])
        self.assertLess(np.abs(np.histogram(times, 10, (0, 500))[0] - 1000).max(), 60)
        self.assertEqual(sum(crowd["lanes"][lane]["latency"]["counts"]), self.NEURONS)
        self.assertLess(os.path.getsize(at("many.html")), 2e6)

    def test_moving_through_them_stays_smooth(self):
        self.open()
        milliseconds = BROWSER.run("""const time = document.querySelector("#time"), taken = [];
            for (let k = 0; k <= 60; ++k) {
              const start = performance.now();
              time.value = time.max * k / 60;
              time.dispatchEvent(new Event("input"));
              document.querySelector("#raster").getContext("2d").getImageData(0, 0, 1, 1);
              taken.push(performance.now() - start);
            }
            return taken;""")
        self.assertLess(np.median(milliseconds) / 1000, LONGEST_FRAME)

    def test_a_silent_population_has_its_lane_to_full_height(self):
        self.open()
        lanes = {lane["name"]: k for k, lane in enumerate(data_of(at("many.html"))["scenes"][1]["lanes"])}
        boxes = BROWSER.run("""const lanes = JSON.parse(document.getElementById("report-data").textContent).scenes[1].lanes;
            return laneBoxes(lanes, Chart.getChart("raster").chartArea)""")
        heights = {name: boxes[k]["height"] for name, k in lanes.items()}
        self.assertAlmostEqual(heights["mute"] / heights["input"], (5000 / 784) ** 0.5, places=3)
        self.assertEqual(self.text(f"#lanes tr:nth-child({lanes['mute'] + 1})").split()[-3:], ["5,000", "0", "0"])
        self.assertIn("None of its 5,000 neurons fired", self.text("#histogram-charts"))
        self.assertIn("There are no voltage traces", self.text("#scene-about"))


class CommandTest(unittest.TestCase):
    def test_a_trace_of_the_runs_own_model_has_membranes_and_one_of_another_model_none(self):
        model = ["--model", at("c/model.h5"), *IMAGES[:2], "--count", "4"]
        run("simulate", *model, "--trace", at("own.h5"))
        run("report", at("c"), "--trace", at("own.h5"), "--out", at("own.html"))
        scene = data_of(at("own.html"))["scenes"][1]
        self.assertTrue(all(sample["membranes"] for sample in scene["samples"]))
        self.assertEqual(scene["samples"][0]["spikes"], data_of(at("c.html"))["scenes"][0]["samples"][0]["spikes"])
        with h5py.File(at("own.h5"), "r+") as file:
            file["spikes/output/timestamps"][...] *= 0.9
        run("report", at("c"), "--trace", at("own.h5"), "--out", at("own.html"), "--overwrite")
        scene = data_of(at("own.html"))["scenes"][1]
        self.assertFalse(any(sample["membranes"] for sample in scene["samples"]))
        self.assertIn("Voltage traces are omitted", scene["about"])

    def test_count_and_shown_say_how_many_samples_are_run_and_shown(self):
        done = run("report", at("g"), "--count", "7", "--shown", "3", "--out", at("few.html"), "--json")
        said, page = json.loads(done.stdout), data_of(at("few.html"))
        self.assertEqual(page["scenes"][0]["lanes"][0]["samples"], 7)
        self.assertEqual([len(scene["samples"]) for scene in page["scenes"]], [3, 3, 3])
        self.assertEqual(said, {"out": at("few.html"), "rows": 3, "pictures": 3, "samples": 9, "bytes": os.path.getsize(at("few.html"))})

    def test_missing_images_are_noted_and_the_rest_is_reported(self):
        folder = at("moved")
        os.mkdir(folder)
        own = write_images(folder, 200)
        run("train", "classifier", *own, "--kernel", "ramp", "--loss", "xent", "--hidden", "5", "--validation", "80", "--epochs", "1",
            "--out", at("moved/c"))
        os.remove(own[1])
        done = run("report", at("moved/c"), "--out", at("moved/c.html"))
        self.assertIn("images.idx, which the run was trained on, is missing; the option images names others", done.stderr)
        page = data_of(at("moved/c.html"))
        self.assertEqual((len(page["scenes"]), len(page["notes"])), (0, 1))
        run("report", at("moved/c"), *IMAGES, "--out", at("moved/c.html"), "--overwrite")
        self.assertEqual(len(data_of(at("moved/c.html"))["scenes"]), 1)

    def test_what_does_not_fit_is_refused_in_one_line_and_nothing_is_written(self):
        with open(at("no.h5"), "w") as file:
            file.write("no trace")
        os.makedirs(at("broken"))
        with open(at("broken/metrics.csv"), "w") as file:
            file.write("step,loss\n1,much\n")
        for code, said, arguments in (
                (2, "--neurons = hidden:30, allowed: hidden:0 to 29, output:0 to 9", ["c", "--neurons", "hidden:30"]),
                (2, "--neurons = 'hidden', allowed: LAYER:ID", ["c", "--neurons", "hidden"]),
                (2, "--images: ", ["g", *IMAGES]),
                (2, "--labels needs --images", ["c", *IMAGES[2:]]),
                (2, "--shown = '0', allowed: whole numbers from 1 to 100", ["c", "--shown", "0"]),
                (1, "no.h5", ["c", "--trace", at("no.h5")]),
                (1, "metrics.csv: line 2, loss = 'much', allowed: a finite number", ["broken"]),
                (1, "nowhere: no such run directory", ["nowhere"])):
            done = run("report", at(arguments[0]), *arguments[1:], "--out", at("refused.html"), expect=code)
            self.assertIn(said, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertFalse(os.path.exists(at("refused.html")))

    def test_an_existing_page_is_replaced_only_with_overwrite(self):
        before = os.stat(at("c.html")).st_mtime_ns
        done = run("report", at("c"), "--out", at("c.html"), expect=1)
        self.assertIn("exists; choose another name, or add --overwrite", done.stderr)
        self.assertEqual(os.stat(at("c.html")).st_mtime_ns, before)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
