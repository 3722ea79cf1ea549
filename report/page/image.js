// The image over time: a pixel shows its grey level after its neuron has fired.
function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

// Firing times of the pixels on the time axis of the scene; Infinity for silent neurons.
function pixelTimes(scene, sample) {
  const {lane, rows, columns} = scene.image;
  const times = new Float64Array(rows * columns).fill(Infinity);
  const {ids, times: spikes} = sample.spikes[lane];
  ids.forEach((id, k) => {
    if (id < times.length) times[id] = scene.lanes[lane].starts_at + spikes[k];
  });
  return times;
}

function drawImage(canvas, {rows, columns}, grey, times, now) {
  canvas.width = columns;
  canvas.height = rows;
  const data = new ImageData(columns, rows);
  let shown = 0;
  for (let pixel = 0; pixel < rows * columns; ++pixel) {
    const fired = times[pixel] <= now;
    shown += fired;
    const level = fired ? grey[pixel] : 0;
    data.data.set([level, level, level, 255], 4 * pixel);
  }
  canvas.getContext("2d").putImageData(data, 0, 0);
  return shown;
}
