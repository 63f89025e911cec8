/* theory.md: how much of a gradient is left after d steps back, if each step multiplies it by f.  Fills #gradient. */
document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("gradient");
  if (!place) return;
  const STEPS = 100, DECADES = 12, LEFT = 64, TOP = 12, WIDTH = 560, HEIGHT = 240;
  const x = d => LEFT + (d / STEPS) * WIDTH;
  const y = part => TOP + (Math.min(DECADES, Math.max(-1, -Math.log10(part))) + 1) / (DECADES + 1) * HEIGHT;
  const power = exponent => `10<tspan dy="-5" font-size="9">${exponent}</tspan>`;
  const grid = [];
  for (let d = 0; d <= STEPS; d += 20)
    grid.push(`<path class="grid" d="M${x(d)} ${TOP}v${HEIGHT}"/><text x="${x(d)}" y="${TOP + HEIGHT + 18}" text-anchor="middle">${d}</text>`);
  for (let e = 0; e <= DECADES; e += 3)
    grid.push(`<path class="grid" d="M${LEFT} ${y(10 ** -e)}h${WIDTH}"/>` +
      `<text x="${LEFT - 8}" y="${y(10 ** -e) + 4}" text-anchor="end">${e ? power("\u2212" + e) : 1}</text>`);
  place.innerHTML = `
    <label for="gradient-factor">f: <input id="gradient-factor" type="range" min="0.5" max="1.02" step="0.005" value="0.73"></label>
    <svg viewBox="0 0 640 300" role="img" aria-labelledby="gradient-title">
      <title id="gradient-title">What is left of a gradient after d steps back, f to the power d</title>
      ${grid.join("")}
      <text x="${LEFT + WIDTH / 2}" y="${TOP + HEIGHT + 38}" text-anchor="middle">d: steps back</text>
      <text transform="translate(14 ${TOP + HEIGHT / 2}) rotate(-90)" text-anchor="middle">what is left (logarithmic)</text>
      <polyline class="left"/>
    </svg>
    <p aria-live="polite"></p>`;
  const [input, curve, words] = ["input", "polyline", "p"].map(name => place.querySelector(name));
  const draw = () => {
    const f = Number(input.value), points = [];
    for (let d = 0; d <= STEPS && f ** d >= 10 ** -DECADES; d++) points.push(`${x(d)},${y(f ** d)}`);
    curve.setAttribute("points", points.join(" "));
    const left = (f ** STEPS).toPrecision(2).replace(/e-(\d+)/, " \u00b7 10<sup>\u2212$1</sup>");
    words.innerHTML = `f = ${f.toFixed(3)}: after ${STEPS} steps ${left} of the gradient is left. ` + (f < 1
      ? `A forget gate has this value at bias ${Math.log(f / (1 - f)).toFixed(1)}, inputs and state being 0.`
      : "A forget gate stays below 1; a tanh network can have such a factor, and its gradient may explode.");
  };
  input.addEventListener("input", draw);
  draw();
});
