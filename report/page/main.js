// The state of the page: the data, the selected sample and the time in it.
const report = JSON.parse(byId("report-data").textContent);

const spikesBefore = (times, now) => {
  let low = 0, high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= now) low = middle + 1;
    else high = middle;
  }
  return low;
};

class SpikeView {
  constructor(scenes) {
    this.scenes = scenes;
    this.raster = new Raster(byId("raster"), byId("raster-reading"), (spike, time) => this.choose(spike, time));
    this.membranes = new Membranes(() => this.raster.ringAnew(), (event) => this.key(event));
    byId("time").addEventListener("input", () => this.moveTo());
    byId("raster").addEventListener("keydown", (event) => this.key(event));
    byId("scene").append(...scenes.map((scene, k) => element("option", {value: k}, scene.name)));
    byId("scene").addEventListener("change", () => this.chooseScene());
    byId("sample").addEventListener("change", () => this.chooseSample());
    this.stop = addPlayer(byId("time"), byId("play"), 8);
    this.chooseScene();
  }

  now() {
    return Number(byId("time").value);
  }

  chooseScene() {
    this.scene = this.scenes[Number(byId("scene").value)];
    const names = this.scene.samples.map((sample, k) => sample.name ? `${k}: ${sample.name}` : `${k}`);
    byId("sample").replaceChildren(...names.map((name, k) => element("option", {value: k}, name)));
    byId("scene-about").textContent = this.scene.about;
    byId("time").max = this.scene.end;
    byId("time").step = this.scene.end >= 100 ? 1 : this.scene.end / 500;
    byId("image-box").hidden = !this.scene.image;
    showHistograms(this.scene);
    this.chooseSample();
  }

  chooseSample() {
    this.stop();
    const {scene} = this;
    const sample = this.sample = scene.samples[Number(byId("sample").value)];
    byId("outcome").textContent = sample.outcome;
    if (scene.image) {
      this.pixels = pixelTimes(scene, sample);
      this.grey = bytesOf(sample.pixels);
    }
    this.drawnNote();
    byId("time").value = scene.end;
    this.membranes.show(scene, sample);
    this.raster.show(scene, sample, (lane, id) => this.membranes.chosen.has(`${lane}:${id}`));
    this.moveTo();
  }

  drawnNote() {
    const drawn = this.sample.spikes.reduce((sum, {times}) => sum + times.length, 0);
    const all = this.sample.spikes.reduce((sum, spikes) => sum + spikes.of, 0);
    byId("raster-note").textContent = `${wholeNumber(drawn)} of ${wholeNumber(all)} spikes are drawn` +
        (drawn < all ? ": in layers with more than 10,000 spikes every n-th is drawn; histograms and the table count all." : ".");
  }

  moveTo() {
    const now = this.now();
    byId("time-now").textContent = `step ${stepText(now)} of ${stepText(this.scene.end)}`;
    byId("time").setAttribute("aria-valuetext", `step ${stepText(now)}`);
    this.raster.moveTo(now);
    this.membranes.moveTo(now);
    if (this.scene.image) {
      const shown = drawImage(byId("image"), this.scene.image, this.grey, this.pixels, now);
      byId("image-note").textContent = `${laneTitle(this.scene.lanes[this.scene.image.lane])}: ${wholeNumber(shown)} of ${wholeNumber(this.pixels.length)} pixels have fired`;
      byId("image").setAttribute("aria-label", `The image at step ${stepText(now)}, ${byId("image-note").textContent}`);
    }
    this.countLanes(now);
  }

  countLanes(now) {
    const rows = this.scene.lanes.map((lane, k) => {
      const {times, of} = this.sample.spikes[k];
      const before = Math.round(spikesBefore(times, now - lane.starts_at) * (times.length ? of / times.length : 0));
      const swatch = element("span", {class: "swatch"});
      swatch.style.background = `var(--series-${k % seriesColours})`;
      return element("tr", {}, element("th", {scope: "row"}, swatch, laneTitle(lane)), ...[lane.n_nodes, before, of].map((n) => element("td", {}, wholeNumber(n))));
    });
    byId("lanes").replaceChildren(...rows);
    const counts = this.scene.lanes.map((lane, k) => `${laneTitle(lane)} ${byId("lanes").rows[k].cells[2].textContent}`);
    byId("raster").setAttribute("aria-label", `Raster plot at step ${stepText(now)}. Spikes so far: ${counts.join(", ")}. The arrow keys move the time.`);
  }

  // The arrow keys have the same effect on raster and voltage traces as on the slider.
  key(event) {
    const range = byId("time"), step = event.shiftKey ? 10 * Number(range.step) : Number(range.step);
    const next = {ArrowRight: this.now() + step, ArrowLeft: this.now() - step, PageUp: this.now() + this.scene.end / 10,
      PageDown: this.now() - this.scene.end / 10, Home: 0, End: this.scene.end}[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.stop();
    range.value = next;
    this.moveTo();
  }

  choose(spike, time) {
    if (!spike) {
      this.stop();
      byId("time").value = time;
      this.moveTo();
    } else if (this.membranes.holds(spike)) {
      this.membranes.toggle(`${spike.lane}:${spike.id}`);
    } else {
      const name = `${this.scene.lanes[spike.lane].name}:${spike.id}`;
      byId("raster-reading").textContent = `${name} fires at step ${stepText(spike.time)}. Its voltage trace is not in this page; firstspike report --neurons ${name} adds it.`;
    }
  }
}

document.querySelector("h1").textContent = document.title;
byId("version").textContent = report.version;
showNotes(report.notes);
showMetrics(report);
showGrids(report.grids);
const scenesWithSamples = report.scenes.filter((scene) => scene.samples.length > 0);
if (scenesWithSamples.length > 0) {
  byId("spikes").hidden = false;
  new SpikeView(scenesWithSamples);
}
showNetworks(report.networks);
showMetadata(report.metadata);
