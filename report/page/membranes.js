// Voltage traces, computed with the engine's arithmetic: v_m relative to v_th, piecewise linear, until the spike. For
// neurons with a fire phase also the falling threshold, dashed.
const lowestDrawn = -100;  // [% of v_th]; lower values are outside of the plot
const drawnAtFirst = 2;  // number of neurons of each layer that are selected initially, earliest spikes first

// The lines at time `now` and at v_th.
const cursor = {
  id: "cursor",
  afterDatasetsDraw(chart) {
    const x = chart.scales.x.getPixelForValue(chart.now ?? 0), y = chart.scales.y.getPixelForValue(100);
    chart.ctx.fillStyle = colour("faint");
    for (let dash = chart.chartArea.left; dash < chart.chartArea.right; dash += 8) chart.ctx.fillRect(dash, y - 0.5, 4, 1);
    chart.ctx.fillStyle = colour("ink");
    if (x <= chart.chartArea.right + 1) chart.ctx.fillRect(x - 0.75, chart.chartArea.top, 1.5, chart.chartArea.height);
  },
};

const keyOf = ({lane, id}) => `${lane}:${id}`;

// The interpolated value at a time, null before the first and after the last point.
function shareAt(points, time) {
  if (points.length === 0 || time < points[0].x || time > points[points.length - 1].x) return null;
  let k = points.length - 1;
  while (points[k].x > time) --k;
  const from = points[k], to = points[k + 1];
  return to && to.x > from.x ? from.y + (to.y - from.y) * (time - from.x) / (to.x - from.x) : from.y;
}

class Membranes {
  constructor(changed, seek) {
    this.changed = changed;
    this.seek = seek;
    this.chosen = new Set();
  }

  nameOf({lane, id}) {
    return neuronName(this.scene.lanes[lane], id);
  }

  show(scene, sample) {
    Object.assign(this, {scene, membranes: sample.membranes});
    byId("membranes").hidden = this.membranes.length === 0;
    this.chosen = new Set(scene.lanes.flatMap((_, lane) => this.membranes.filter((m) => m.lane === lane)
        .sort((a, b) => (a.spike ?? Infinity) - (b.spike ?? Infinity)).slice(0, drawnAtFirst).map(keyOf)));
    this.fillChoices();
    this.redraw();
  }

  fillChoices() {
    const groups = this.scene.lanes.map((lane, index) => {
      const buttons = this.membranes.filter((m) => m.lane === index).map((membrane) => this.buttonFor(membrane));
      return buttons.length ? element("div", {class: "group", role: "group", "aria-label": laneTitle(lane)}, element("span", {class: "faint"}, laneTitle(lane)), ...buttons) : "";
    });
    byId("neurons").replaceChildren(byId("neurons").querySelector("legend"), ...groups);
  }

  buttonFor(membrane) {
    const fires = membrane.spike === null ? "stays silent" : `fires at step ${stepText(this.startOf(membrane) + membrane.spike)}`;
    const label = `${this.nameOf(membrane)}, ${fires}`;
    const button = element("button", {type: "button", title: label, "aria-label": label, "data-neuron": keyOf(membrane)}, shortName(this.scene.lanes[membrane.lane], membrane.id));
    if (membrane.spike === null) button.classList.add("silent");
    button.addEventListener("click", () => this.toggle(keyOf(membrane)));
    return button;
  }

  startOf(membrane) {
    return this.scene.lanes[membrane.lane].starts_at;
  }

  holds(spike) {
    return this.membranes.some((membrane) => keyOf(membrane) === keyOf(spike));
  }

  toggle(key) {
    if (!this.chosen.delete(key)) this.chosen.add(key);
    this.redraw();
    this.changed();
  }

  datasets() {
    return this.membranes.filter((m) => this.chosen.has(keyOf(m))).flatMap((membrane, index) => {
      const lineOf = ({times, v}, label, borderWidth, borderDash) => ({
        label, colour: `series-${index % seriesColours}`, borderWidth, pointRadius: 0, pointHitRadius: 8, borderDash,
        data: times.map((t, k) => ({x: this.startOf(membrane) + t, y: 100 * v[k]})),
        valueText: ({y}) => `${y.toFixed(1)} % of v_th`});
      const name = this.nameOf(membrane);
      const lines = [lineOf(membrane, name, 2, index < seriesColours ? [] : [6, 3])];
      if (membrane.threshold) lines.push(lineOf(membrane.threshold, `threshold of ${name}`, 1, [2, 3]));
      return lines;
    });
  }

  redraw() {
    this.figure?.remove();
    const datasets = this.datasets();
    const lowest = Math.min(0, ...datasets.flatMap(({data}) => data.map(({y}) => y)));
    const options = {
      parsing: false, normalized: false, interaction: {mode: "nearest", axis: "xy", intersect: false},
      scales: {x: axis("time [steps]", {type: "linear", min: 0, max: this.scene.end}),
        y: axis("v_m [% of v_th]", {suggestedMin: 0, max: 110, min: lowest < lowestDrawn ? lowestDrawn : undefined})}};
    this.figure = addFigure(byId("membrane-chart"), "v_m of the neurons selected below", {type: "line", data: {datasets}, options, plugins: [cursor]},
        () => "");
    this.figure.chart.options.plugins.tooltip.callbacks.title = ([item]) => `step ${stepText(item.parsed.x)}`;
    this.figure.chart.canvas.addEventListener("keydown", this.seek, true);
    this.figure.chart.options.onHover = () => {};
    this.figure.reading.removeAttribute("aria-live");  // a screen reader would announce every change
    this.figure.figure.classList.add("wide");
    this.legendFollows();
    this.moveTo(this.now ?? 0);
  }

  // The buttons that select neurons have the colours of their lines.
  legendFollows() {
    this.figure.figure.querySelector(".legend")?.remove();
    const colours = new Map([...this.chosen].map((key) => [key, ""]));
    this.membranes.filter((m) => this.chosen.has(keyOf(m))).forEach((m, k) => colours.set(keyOf(m), `var(--series-${k % seriesColours})`));
    for (const button of byId("neurons").querySelectorAll("button")) {
      const line = colours.get(button.dataset.neuron);
      button.setAttribute("aria-pressed", line !== undefined);
      button.style.borderColor = button.style.color = line ?? "";
    }
  }

  moveTo(now) {
    this.now = now;
    if (!this.figure) return;
    const chart = this.figure.chart;
    chart.now = now;
    chart.draw();
    const texts = chart.data.datasets.map((dataset) => [dataset.label, shareAt(dataset.data, now)])
        .filter(([, value]) => value !== null).map(([label, value]) => `${label} ${value.toFixed(1)} %`);
    this.figure.reading.textContent = `step ${stepText(now)}: ${texts.join(", ") || "no drawn neuron is still integrating"}`;
  }
}
