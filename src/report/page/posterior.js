// The part of the report that is about the posterior; report.js, behind it in the same script, has its tools and calls it.
"use strict";

// ---- Parameters

const summaryColumns = ["mean", "std. dev.", "5 %", "50 %", "95 %"];

/// A row for every run, those of a parameter below each other.
function summaryRows(body, target, d) {
  target.runs.forEach((index, i) => {
    const row = element(body, "tr");
    element(row, "td", i === 0 ? target.parameters[d] : "", {class: "name"});
    if (target.runs.length > 1) {
      const name = element(row, "td");
      swatch(name, runColor(index));
      name.append(data.runs[index].name);
    }
    for (const value of target.summaries[i][d]) element(row, "td", short(value, 6), {class: "number"});
  });
}

function summaryTable(part, target) {
  const rowsPerPage = Math.max(1, Math.floor(30 / target.runs.length));
  const count = target.summaries[0].length;
  const start = pager(part, count, rowsPerPage, (first, end) => {
    body.replaceChildren();
    for (let d = first; d < end; ++d) summaryRows(body, target, d);
  });
  const table = element(element(part, "div", undefined, {class: "wide"}), "table");
  const head = element(element(table, "thead"), "tr");
  element(head, "th", "parameter");
  if (target.runs.length > 1) element(head, "th", "run");
  for (const name of summaryColumns) element(head, "th", name, {class: "number"});
  const body = element(table, "tbody");
  start();
  if (count < target.parameters.length)
    element(part, "p", `The first ${count} of ${target.parameters.length} parameters.`, {class: "note"});
}

function parametersSection() {
  const targets = data.targets.filter((target) => target.parameters.length);
  if (!targets.length) return;
  const part = section("Parameters", "Mean, standard deviation and quantiles of each parameter under the fitted mixture.");
  for (const target of targets) {
    targetHeading(part, target);
    summaryTable(part, target);
  }
}

// ---- Marginals

/// The outline of a histogram.
function steps({start, width, density}) {
  const outline = [{x: start, y: 0}];
  density.forEach((y, i) => outline.push({x: start + i * width, y}, {x: start + (i + 1) * width, y}));
  outline.push({x: start + density.length * width, y: 0});
  return outline;
}

/// Those that are close enough to the curves to be seen.
function boundDatasets(curves, bounds) {
  const {min, max} = extent(curves, "x"), {max: top} = extent(curves, "y");
  const near = 0.3 * (max - min);
  return bounds.filter((bound) => bound !== null && bound > min - near && bound < max + near)
    .map((bound) => ({label: "bound", data: [{x: bound, y: 0}, {x: bound, y: top}], borderColor: soft,
                      backgroundColor: soft, borderWidth: 2, borderDash: [2, 3]}));
}

function marginalDatasets(target, d) {
  const curves = target.runs.map((index, i) => {
    const {x, density} = target.marginals[i][d];
    return {label: data.runs[index].name, run: index, data: points(x, density), borderColor: runColor(index),
            backgroundColor: runColor(index), cubicInterpolationMode: "monotone"};
  });
  target.runs.forEach((index, i) => {
    const {x, prior} = target.marginals[i][d];
    if (prior)
      curves.push({label: data.runs[index].name + ", prior", run: index, data: points(x, prior), borderWidth: 1.2,
                   borderColor: translucent(runColor(index), 0.75), backgroundColor: runColor(index),
                   borderDash: [5, 4], cubicInterpolationMode: "monotone"});
  });
  curves.push(...boundDatasets(curves, target.bounds[d]));
  if (target.histograms.length)
    curves.push({label: "samples of the target", data: steps(target.histograms[d]), borderWidth: 0, fill: true,
                 backgroundColor: "#d5d9df", borderColor: "#d5d9df"});
  return curves;
}

function marginalChart(parent, target, d) {
  const datasets = marginalDatasets(target, d);
  const {min, max} = extent(datasets, "x");
  const margin = datasets.some(({label}) => label === "bound") ? 0.03 * (max - min) : 0;  // a bound is not on the frame
  return draw(parent, {
    datasets,
    x: axis(target.parameters[d], {ticks: {maxTicksLimit: 5}, min: min - margin, max: max + margin}),
    y: axis("density", {min: 0, ticks: {maxTicksLimit: 4}}),
    plugins: {tooltip: tooltip(target.parameters[d] + " =")},
  });
}

function pager(parent, count, perPage, show) {
  const controls = element(parent, "div", undefined, {class: "controls"});
  const back = element(controls, "button", "‹ Previous", {type: "button"});
  const text = element(controls, "span");
  const next = element(controls, "button", "Next ›", {type: "button"});
  let first = 0;
  const turn = (by) => {
    first += by;
    const end = Math.min(first + perPage, count);
    text.textContent = `${first + 1} to ${end} of ${count}`;
    back.disabled = first === 0;
    next.disabled = end === count;
    show(first, end);
  };
  back.addEventListener("click", () => turn(-perPage));
  next.addEventListener("click", () => turn(perPage));
  controls.hidden = count <= perPage;
  controls.style.display = controls.hidden ? "none" : "";
  return () => turn(0);
}

function marginalCharts(part, target) {
  const count = target.marginals[0].length;
  legendOfRuns(part, target.runs, target.histograms.length ? [["samples of the target", "#d5d9df"]] : []);
  let drawn = [];
  const start = pager(part, count, 24, (first, end) => {
    for (const chart of drawn) chart.remove();
    drawn = [];
    for (let d = first; d < end; ++d) drawn.push(marginalChart(charts, target, d));
  });
  const charts = element(part, "div", undefined, {class: "charts many"});
  start();
  if (count < target.parameters.length)
    element(part, "p", `The first ${count} of ${target.parameters.length} parameters.`, {class: "note"});
}

const hasPriors = (target) => target.marginals.some((run) => run.some((curve) => curve.prior));
const hasBounds = (target) => target.bounds.some((bounds) => bounds.some((bound) => bound !== null));

function marginalsSection() {
  const targets = data.targets.filter((target) => target.parameters.length);
  if (!targets.length) return;
  const part = section("Marginals", "The density of each parameter under the fitted mixture, whatever the others are." +
    (targets.some(hasPriors) ? " Dashed: its prior." : "") +
    (targets.some(hasBounds) ? " Dotted: a bound." : ""));
  for (const target of targets) {
    targetHeading(part, target);
    marginalCharts(part, target);
  }
}

// ---- Pairs

/// The lines of a contour are one dataset, with gaps between them.
function contourDatasets(index, contours) {
  return contours.map(({mass, lines}) => ({
    label: `${data.runs[index].name}, ${100 * mass} % within`, run: index, showLine: true, tension: 0,
    data: lines.flatMap((line) => [...points(line.x, line.y), {x: NaN, y: NaN}]),
    borderColor: translucent(runColor(index), mass > 0.7 ? 0.6 : 1), borderWidth: 1.4, pointRadius: 0,
    pointHitRadius: 0}));
}

function pairChart(parent, target, pair) {
  const [x, y] = [target.parameters[pair.x], target.parameters[pair.y]];
  draw(parent, {
    title: "correlation",
    remark: (span) => pair.correlations.forEach((correlation, i) => {
      element(span, "i").style.background = runColor(target.runs[i]);
      span.append(short(correlation, 3) + "  ");
    }),
    type: "scatter",
    datasets: [...target.runs.flatMap((index, i) => contourDatasets(index, pair.contours[i])),
               ...target.runs.map((index, i) => ({
      label: data.runs[index].name, run: index, data: points(pair.samples[i].x, pair.samples[i].y), pointRadius: 1.3,
      pointHitRadius: 3, borderWidth: 0, backgroundColor: translucent(runColor(index), 0.25)}))],
    x: axis(x, {ticks: {maxTicksLimit: 6}}),
    y: axis(y, {ticks: {maxTicksLimit: 6}}),
    plugins: {tooltip: {callbacks: {
      label: ({dataset, raw}) => `${dataset.label}: ${short(raw.x)}, ${short(raw.y)}`}}},
    options: {interaction: {mode: "nearest", intersect: true}},
  });
}

function pairsSection() {
  const targets = data.targets.filter((target) => target.pairs.length);
  if (!targets.length) return;
  const part = section("Most correlated pairs",
    "Samples of the mixture, and lines of equal density that half and 90 % of its mass are within. The correlation is that of the mixture itself, run by run.");
  for (const target of targets) {
    targetHeading(part, target);
    legendOfRuns(part, target.runs);
    const charts = element(part, "div", undefined, {class: "charts three"});
    for (const pair of target.pairs) pairChart(charts, target, pair);
  }
}

// ---- Outputs

function predictiveChart(parent, run, index) {
  const {output, data: measured, low, median, high, data_low, data_high} = run.predictive, color = runColor(index);
  const line = (label, ys, more) => ({label, data: points(output, ys), borderColor: color, backgroundColor: color, ...more});
  const band = (labels, from, to, opacity) => {
    const edge = {borderWidth: 0, pointHitRadius: 0, backgroundColor: translucent(color, opacity)};
    return [line(labels[0], from, edge), line(labels[1], to, {...edge, fill: "-1"})];
  };
  draw(parent, {
    title: run.name,
    remark: (span) => span.append(
      `${exact(run.predictive.draws)} ${run.predictive.simulated ? "draws" : "evaluations"}, worth ${short(run.predictive.effective_samples, 3)} of the posterior’s`),
    datasets: [
      {label: "data", data: points(output, measured), showLine: false, pointRadius: output.length > 400 ? 1 : 2.2,
       borderColor: ink, backgroundColor: ink},
      line("50 %", median, {borderWidth: 1.2}), ...band(["5 %", "95 %"], low, high, 0.25),
      ...(data_low ? band(["data 5 %", "data 95 %"], data_low, data_high, 0.1) : [])],
    x: axis("output", {ticks: {precision: 0}}),
    y: axis("value", {grace: "4%"}),
    plugins: {tooltip: tooltip("output")},
  });
}

function outputsSection() {
  const runs = data.runs.filter((run) => run.predictive);
  if (!runs.length) return;
  const part = section("Outputs of the simulator", "The data, and the band that 90 % of the posterior’s outputs are " +
    "within, without the noise of the data: they scatter around it, and may lie outside. The lighter band is of new data, " +
    "with their noise: 90 % are within. From `gmmvi predict`.");
  const charts = element(part, "div", undefined, {class: "charts two"});
  data.runs.forEach((run, index) => { if (run.predictive) predictiveChart(charts, run, index); });
}

// ---- Drawings

/// Ranges in which a unit is as long in x as in y.
function equalRanges(chart) {
  const {width, height} = chart.chartArea;
  const x = extent(chart.data.datasets, "x"), y = extent(chart.data.datasets, "y");
  const unit = 1.08 * Math.max((x.max - x.min) / width, (y.max - y.min) / height) || 1;
  const around = ({min, max}, pixels) => ({min: (min + max - unit * pixels) / 2, max: (min + max + unit * pixels) / 2});
  Object.assign(chart.options.scales.x, around(x, width));
  Object.assign(chart.options.scales.y, around(y, height));
  chart.update("none");
}

function drawingChart(parent, run, index) {
  const heaviest = run.drawings[0].weight;
  const datasets = run.drawings.flatMap(({weight, lines, points: marks}) => {
    const color = translucent(runColor(index), 0.12 + 0.78 * Math.sqrt(weight / heaviest));
    const common = {label: "weight " + short(weight, 3), borderColor: color, backgroundColor: color};
    return [...lines.map((line) => ({...common, data: points(line.x, line.y), pointRadius: 1.5})),
            {...common, data: points(marks.x, marks.y), showLine: false, pointRadius: 3}];
  });
  const fit = (chart) => requestAnimationFrame(() => equalRanges(chart));
  const {chart} = draw(parent, {
    title: run.name, datasets, square: true, options: {onResize: fit},
    remark: (span) => span.append(`${run.drawings.length} components of largest weight`),
    x: axis("x"), y: axis("y"),
    plugins: {tooltip: {callbacks: {title: () => "", label: (item) => item.dataset.label}}},
  });
  equalRanges(chart);
}

function drawingsSection() {
  if (!data.runs.some((run) => run.drawings.length)) return;
  const part = section("Drawn by the target",
    "What the components’ means describe; the larger the weight, the darker.");
  const charts = element(part, "div", undefined, {class: "charts two fill"});
  data.runs.forEach((run, index) => { if (run.drawings.length) drawingChart(charts, run, index); });
}
