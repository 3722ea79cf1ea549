// Animates a range input: the button moves it from its current value, or from its start, to its end.
function addPlayer(range, button, secondsInAll) {
  let frame = 0;
  const low = () => Number(range.min), high = () => Number(range.max);
  const set = (value) => {
    range.value = value;
    range.dispatchEvent(new Event("input"));
  };
  const stop = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    button.textContent = "Play";
  };
  const play = () => {
    const from = Number(range.value) >= high() ? low() : Number(range.value);
    const began = performance.now();
    const jump = lessMotion.matches ? (high() - low()) / 16 : 0;
    const advance = (now) => {
      const moved = Math.max(0, now - began) / 1000 / secondsInAll * (high() - low());
      const value = Math.min(high(), from + (jump > 0 ? Math.floor(moved / jump) * jump : moved));
      if (value !== Number(range.value)) set(value);
      if (value < high()) frame = requestAnimationFrame(advance);
      else stop();
    };
    button.textContent = "Pause";
    frame = requestAnimationFrame(advance);
  };
  button.addEventListener("click", () => frame ? stop() : play());
  for (const event of ["pointerdown", "keydown"]) range.addEventListener(event, stop);
  return stop;
}
