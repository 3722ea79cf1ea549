// The raster plot: one lane for each layer, including silent neurons. Chart.js draws the time axis. Marks are drawn
// once into two pictures, past and future spikes, so that moving through time is fast.
const laneGap = 22;       // above each lane, for its name [px]
const longestReach = 14;  // largest distance of the pointer from a selected spike [px]

const laneTitle = (lane) => lane.name.replaceAll("_", " ");

// The row, column and channel of a neuron whose lane has a shape.
function positionOf({shape: [, columns, channels]}, id) {
  const cell = Math.floor(id / channels);
  return [Math.floor(cell / columns), cell % columns, id % channels];
}

// The id of a neuron, with its name if it has one.
const shortName = (lane, id) => lane.names.length ? `${id} (${lane.names[id]})` : String(id);
function neuronName(lane, id) {
  const name = `${laneTitle(lane)}:${shortName(lane, id)}`;
  if (!lane.shape) return name;
  const [row, column, channel] = positionOf(lane, id);
  return `${name} (row ${row}, column ${column}, channel ${channel})`;
}

// The lanes of the plot [px]: heights are proportional to the square root of n_nodes, so that ten outputs are
// distinguishable next to 784 inputs.
function laneBoxes(lanes, {top, bottom}) {
  const shares = lanes.map((lane) => Math.sqrt(Math.max(lane.n_nodes, 80)));
  const all = shares.reduce((sum, share) => sum + share, 0);
  const space = bottom - top - laneGap * lanes.length;
  let y = top;
  return shares.map((share) => {
    const box = {top: y + laneGap, height: space * share / all};
    y = box.top + box.height;
    return box;
  });
}

class Raster {
  constructor(canvas, reading, choose) {
    this.now = 0;
    this.pictures = {};
    this.chosen = () => false;
    this.reading = reading;
    this.choose = choose;
    const x = axis("time [steps]", {type: "linear", min: 0, max: 1});
    const options = {events: [], layout: {padding: {right: 6}}, scales: {x, y: {display: false, min: 0, max: 1}}};
    const plugin = {id: "spikes", afterDatasetsDraw: (chart) => this.draw(chart.ctx, chart.chartArea), resize: () => this.forget()};
    this.chart = new Chart(canvas, {type: "scatter", data: {datasets: []}, options, plugins: [plugin]});
    canvas.addEventListener("mousemove", (event) => this.hover(event));
    canvas.addEventListener("click", (event) => this.click(event));
    whenThemed(() => this.repaint());
  }

  forget() {
    this.pictures = {};
    this.rings = null;
  }

  repaint() {
    this.forget();
    Object.assign(this.chart.options.scales.x.ticks, {color: colour("ink")});
    Object.assign(this.chart.options.scales.x.title, {color: colour("ink")});
    Object.assign(this.chart.options.scales.x.grid, {color: colour("grid"), borderColor: colour("faint")});
    this.chart.update();
  }

  show(scene, sample, chosen) {
    Object.assign(this, {scene, sample, chosen});
    this.chart.canvas.parentNode.style.height = `${110 + 96 * scene.lanes.length}px`;
    this.chart.options.scales.x.max = scene.end;
    this.chart.resize();
    this.repaint();
  }

  moveTo(now) {
    this.now = now;
    this.chart.draw();
  }

  // Calls visit(lane, id, time, x, y) for each spike that is drawn.
  eachSpike(visit) {
    const boxes = laneBoxes(this.scene.lanes, this.chart.chartArea);
    this.scene.lanes.forEach((lane, k) => {
      const {ids, times} = this.sample.spikes[k];
      ids.forEach((id, spike) => {
        const time = lane.starts_at + times[spike];
        visit(k, id, time, this.chart.scales.x.getPixelForValue(time), boxes[k].top + (id + 0.5) / lane.n_nodes * boxes[k].height);
      });
    });
  }

  // Marks of all spikes, in the colours of their layers or in one colour.
  picture(kind) {
    if (this.pictures[kind]) return this.pictures[kind];
    const {width, height, currentDevicePixelRatio: ratio} = this.chart;
    const canvas = element("canvas", {width: Math.round(width * ratio), height: Math.round(height * ratio)});
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const boxes = laneBoxes(this.scene.lanes, this.chart.chartArea);
    const tall = this.scene.lanes.map((lane, k) => Math.min(8, Math.max(lane.n_nodes > 100 ? 2 : 3, 0.7 * boxes[k].height / lane.n_nodes)));
    const colours = this.scene.lanes.map((_, k) => kind === "fired" ? seriesColour(k) : colour("to-come"));
    this.eachSpike((lane, id, time, x, y) => {
      context.fillStyle = colours[lane];
      const wide = Math.min(tall[lane], 3);
      context.fillRect(x - wide / 2, y - tall[lane] / 2, wide, tall[lane]);
    });
    return this.pictures[kind] = canvas;
  }

  draw(context, area) {
    if (!this.scene) return;
    this.drawLanes(context, area);
    const x = Math.min(area.right, this.chart.scales.x.getPixelForValue(this.now));
    const {width, height} = this.chart;
    const clipped = (from, to, kind) => {
      context.save();
      context.beginPath();
      context.rect(from, 0, Math.max(0, to - from), height);
      context.clip();
      context.drawImage(this.picture(kind), 0, 0, width, height);
      context.restore();
    };
    clipped(x + 1, width, "coming");
    clipped(0, x + 1, "fired");
    context.fillStyle = colour("ink");
    context.fillRect(x - 0.75, area.top, 1.5, area.bottom - area.top);
    this.drawChosen(context);
  }

  drawLanes(context, area) {
    context.save();
    context.font = "13px system-ui, sans-serif";
    context.textBaseline = "bottom";
    laneBoxes(this.scene.lanes, area).forEach((box, k) => {
      const lane = this.scene.lanes[k];
      context.fillStyle = colour("lane");
      context.fillRect(area.left, box.top, area.right - area.left, box.height);
      context.fillStyle = colour("ink");
      context.fillText(`${laneTitle(lane)} (${wholeNumber(lane.n_nodes)})`, area.left, box.top - 2, area.right - area.left);
    });
    context.restore();
  }

  drawChosen(context) {
    context.save();
    context.lineWidth = 1.5;
    context.strokeStyle = colour("ink");
    for (const {x, y} of this.rings ??= this.findRings()) {
      context.beginPath();
      context.arc(x, y, 5, 0, 2 * Math.PI);
      context.stroke();
    }
    context.restore();
  }

  findRings() {
    const rings = [];
    this.eachSpike((lane, id, time, x, y) => {
      if (this.chosen(lane, id)) rings.push({x, y});
    });
    return rings;
  }

  // Call after a change of the selected neurons.
  ringAnew() {
    this.rings = null;
    this.chart.draw();
  }

  nearest(event) {
    let found, least = longestReach ** 2;
    this.eachSpike((lane, id, time, x, y) => {
      const distance = (x - event.offsetX) ** 2 + (y - event.offsetY) ** 2;
      if (distance < least) {
        least = distance;
        found = {lane, id, time};
      }
    });
    return found;
  }

  hover(event) {
    const spike = this.nearest(event);
    if (spike) this.reading.textContent = `${neuronName(this.scene.lanes[spike.lane], spike.id)} fires at step ${stepText(spike.time)}`;
  }

  click(event) {
    this.choose(this.nearest(event), this.chart.scales.x.getValueForPixel(event.offsetX));
  }
}
