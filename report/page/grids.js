// The sample grid over training.
function showGrids({pictures, there_are}) {
  if (pictures.length === 0) return;
  byId("grids").hidden = false;
  const range = byId("grid-time");
  range.max = pictures.length - 1;
  range.value = range.max;
  const show = () => {
    const picture = pictures[Math.floor(Number(range.value))];
    byId("grid-picture").src = picture.src;
    byId("grid-picture").alt = `Sample grid after training step ${picture.step}`;
    byId("grid-step").textContent = `training step ${wholeNumber(picture.step)}`;
    range.setAttribute("aria-valuetext", `training step ${picture.step}`);
  };
  range.addEventListener("input", show);
  show();
  addPlayer(range, byId("grid-play"), Math.max(2, pictures.length * 0.5));
  byId("grid-note").textContent = there_are > pictures.length ?
      `${pictures.length} of the ${there_are} sample grids of the run, evenly spaced; all grids use the same noise.` :
      "Uncurated samples; all grids use the same noise.";
}
