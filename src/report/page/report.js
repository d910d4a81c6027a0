// Draws the report from the data in the page. Numbers come ready; here is only how they look.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const page = document.getElementById("report");

const palette = ["#2f67b1", "#d9761a", "#2e8b57", "#b8435a", "#7b5cb0", "#3d8fa3", "#9a6b1f", "#c765a5", "#5f6772",
                 "#8f9a1f"];
const ink = "#22272e", soft = "#667080", faint = "#eceef1";
const runColor = (index) => palette[index % palette.length];
const translucent = (color, alpha) => color + Math.round(alpha * 255).toString(16).padStart(2, "0");

// ---- Text

const exact = (value) => value === null || value === undefined ? "–" : value.toLocaleString("en");
const short = (value, digits = 4) =>
  value === null || value === undefined ? "–"
  : value === 0 ? "0"
  : Math.abs(value) < 1e-3 || Math.abs(value) >= 1e7
    ? value.toExponential(digits - 1).replace(/\.?0+e/, "e").replace("e+", "e").replace("-", "−")
  : value.toLocaleString("en", {maximumSignificantDigits: digits}).replace("-", "−");
const compact = (value) =>
  Math.abs(value) >= 1e4 && Math.abs(value) < 1e15
    ? value.toLocaleString("en", {notation: "compact", maximumSignificantDigits: 4}).replace("-", "−")
    : short(value, 6);

/// Two digits of the standard error, and as many decimals of the value.
function withError(value, error) {
  if (!(error > 0) || !(Math.abs(value) < 1e15)) return short(value, 6);
  if (error < 1e-5) return `${short(value, 6)} ± ${short(error, 1)}`;
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(error)));
  const fixed = (v) => v.toLocaleString("en", {minimumFractionDigits: decimals, maximumFractionDigits: decimals});
  return (fixed(value) + " ± " + fixed(error)).replace("-", "−");
}

function negativeElbo(run) {
  if (typeof run.elbo === "number") return withError(-run.elbo, run.elbo_standard_error);
  return typeof run.elbo_estimate === "number" ? "≈ " + short(-run.elbo_estimate, 5) : "–";
}

const logEvidence = (run) =>
  typeof run.log_evidence === "number" ? withError(run.log_evidence, run.log_evidence_standard_error) : "–";

// ---- Elements of the page. Texts are set as text, whatever they hold.

function element(parent, tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent.append(made);
  return made;
}

function section(title, note) {
  const made = element(page, "section");
  element(made, "h2", title);
  if (note) element(made, "p", note, {class: "note"});
  return made;
}

function swatch(parent, color) {
  element(parent, "span", "", {class: "swatch"}).style.background = color;
}

/// Of charts that share one: [name, color, run], where there is a run that a click hides and shows.
function legend(parent, entries) {
  const list = element(parent, "div", undefined, {class: "legend"});
  for (const [name, color, run] of entries) {
    const entry = run === undefined ? element(list, "span") : element(list, "button", undefined, {type: "button"});
    swatch(entry, color);
    entry.append(name);
    if (run === undefined) continue;
    entry.dataset.run = run;
    entry.addEventListener("click", () => toggle(run));
  }
}

const legendOfRuns = (parent, runs, more = []) =>
  legend(parent, [...runs.map((index) => [data.runs[index].name, runColor(index), index]), ...more]);

const hidden = new Set();

/// Hides or shows a run in all charts that have several.
function toggle(run) {
  if (!hidden.delete(run)) hidden.add(run);
  for (const entry of page.querySelectorAll(`.legend [data-run="${run}"]`))
    entry.classList.toggle("off", hidden.has(run));
  for (const chart of Object.values(Chart.instances)) {
    if (!chart.data.datasets.some((dataset) => dataset.run === run)) continue;
    chart.data.datasets.forEach((dataset, i) => {
      if (dataset.run === run) chart.setDatasetVisibility(i, !hidden.has(run));
    });
    chart.update();
  }
}

function checkbox(parent, text, changed) {
  const label = element(parent, "label");
  const box = element(label, "input", undefined, {type: "checkbox"});
  label.append(text);
  box.addEventListener("change", () => changed(box.checked));
}

/// Names of targets stand above their charts only where there are several.
function targetHeading(parent, target) {
  const name = target.target && `${target.target}, ${target.parameters.length} parameters`;
  if (data.targets.length > 1) element(parent, "h3", name || "Runs without a model");
}

// ---- Charts

Chart.defaults.animation = false;
Chart.defaults.maintainAspectRatio = false;
Chart.defaults.color = soft;
Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
Chart.defaults.font.size = 12;
Chart.defaults.elements.point.radius = 0;
Chart.defaults.elements.point.hitRadius = 6;
Chart.defaults.elements.line.borderWidth = 1.6;
Chart.defaults.plugins.legend.display = false;  // long names would take the charts' room
Object.assign(Chart.defaults.plugins.tooltip, {
  backgroundColor: "#fffffff2", titleColor: ink, bodyColor: ink, borderColor: "#c9ced5", borderWidth: 1,
  titleFont: {weight: "600"}, padding: 8, usePointStyle: true, boxPadding: 4,
});

/// A vertical bar from `low` to `high` through every point of the datasets that have them.
Chart.register({
  id: "errorBars",
  beforeDatasetsDraw(chart) {
    const {ctx, chartArea: area, scales: {y}} = chart;
    ctx.save();
    ctx.beginPath();
    ctx.rect(area.left, area.top, area.width, area.height);
    ctx.clip();
    ctx.lineWidth = 1;
    chart.data.datasets.forEach((dataset, index) => {
      if (!dataset.errorBars || !chart.isDatasetVisible(index)) return;
      ctx.strokeStyle = translucent(dataset.borderColor, 0.55);
      ctx.beginPath();
      chart.getDatasetMeta(index).data.forEach((point, i) => {
        const {low, high} = dataset.data[i];
        if (!(high > low)) return;
        ctx.moveTo(point.x, y.getPixelForValue(low));
        ctx.lineTo(point.x, y.getPixelForValue(high));
      });
      ctx.stroke();
    });
    ctx.restore();
  },
});

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const powerOfTen = (exponent) =>
  "10" + (exponent < 0 ? "⁻" : "") + [...String(Math.abs(exponent))].map((digit) => superscripts[digit]).join("");
function logTick(value) {
  const exponent = Math.round(Math.log10(value));
  return Math.abs(value / 10 ** exponent - 1) < 1e-6 ? powerOfTen(exponent) : "";
}

function axis(title, options = {}) {
  const logarithmic = options.type === "logarithmic";
  return {
    type: "linear",
    title: {display: true, text: title, color: ink},
    grid: {color: faint, borderColor: "#c9ced5", tickLength: 4},
    ...options,
    ticks: {maxRotation: 0, autoSkipPadding: 14, includeBounds: false, callback: logarithmic ? logTick : compact,
            ...options.ticks},
  };
}

/// A chart in a figure. Returns what destroys it.
function draw(parent, {title, remark, type = "line", datasets, x, y, square, plugins = {}, options = {}, labels}) {
  const figure = element(parent, "figure");
  if (title !== undefined) {
    const caption = element(figure, "figcaption", title);
    if (remark) remark(element(caption, "span", " "));
  }
  const frame = element(figure, "div", undefined, {class: square ? "canvas square" : "canvas"});
  const name = [title, y.title.text, x.title.text].filter(Boolean).join(", ");
  const canvas = element(frame, "canvas", undefined, {role: "img", "aria-label": name});
  const chart = new Chart(canvas, {
    type,
    data: {labels, datasets: datasets.map((dataset) => ({...dataset, hidden: hidden.has(dataset.run)}))},
    options: {
      interaction: {mode: "nearest", axis: "xy", intersect: false},
      scales: {x, y},
      plugins,
      ...options,
    },
  });
  return {chart, remove() { chart.destroy(); figure.remove(); }};
}

/// Of a line, without its missing points.
const points = (xs, ys) => xs.map((x, i) => ({x, y: ys[i]})).filter((p) => p.y !== null && p.x !== null);

/// Of a coordinate over all datasets.
function extent(datasets, key) {
  const range = {min: Infinity, max: -Infinity};
  for (const {data: all} of datasets) {
    for (const point of all) {
      range.min = Math.min(range.min, point[key]);
      range.max = Math.max(range.max, point[key]);
    }
  }
  return range;
}

const tooltip = (xName, valueText) => ({
  callbacks: {
    title: (items) => items.length ? `${xName} ${short(items[0].raw.x, 7)}` : "",
    label: (item) => `${item.dataset.label}: ${(valueText || ((raw) => short(raw.y, 6)))(item.raw)}`,
  },
});

// ---- 1. What the runs are

function header() {
  const names = data.runs.length < 4 ? data.runs.map((run) => run.name).join(", ") : `${data.runs.length} runs`;
  document.title = "gmmvi report: " + names;
  page.replaceChildren();
  element(page, "p", "gmmvi report", {class: "overline"});
  element(page, "h1", names);
  const frame = element(page, "div", undefined, {class: "wide"});
  const table = element(frame, "table");
  const columns = [["run"], ["target"], ["codename"], ["seed", 1], ["−ELBO", 1], ["log evidence", 1], ["components", 1], ["iterations", 1],
                   ["evaluations", 1], ["seconds", 1], ["ranks", 1], ["state"], ["model hash"]];
  const head = element(element(table, "thead"), "tr");
  for (const [name, number] of columns) element(head, "th", name, number ? {class: "number"} : {});
  const body = element(table, "tbody");
  data.runs.forEach((run, index) => runRow(body, run, index));
}

function runRow(body, run, index) {
  const row = element(body, "tr");
  const name = element(row, "td", undefined, {class: "name", title: run.folder});
  swatch(name, runColor(index));
  name.append(run.name);
  element(row, "td", run.target ? `${run.target}, ${run.parameters} parameters` : "–", {class: "target"});
  const codename = element(row, "td", run.codename || "–");
  if (run.preset) element(codename, "div", "preset " + run.preset, {class: "reason"});
  for (const text of [run.seed === undefined ? "–" : String(run.seed), negativeElbo(run), logEvidence(run), exact(run.components),
                      exact(run.iterations), exact(run.evaluations), short(run.seconds), exact(run.ranks)])
    element(row, "td", text, {class: "number"});
  stateCell(element(row, "td"), run);
  element(element(row, "td", undefined, {class: "hash"}), "code", run.model_hash || "–");
}

function stateCell(cell, run) {
  element(cell, "span", run.state || "–", {class: run.state || ""});
  if (run.state === "running") element(cell, "div", "as of " + run.time, {class: "reason"});
  if (run.state === "failed") element(cell, "div", run.reason, {class: "reason"});
}

/// What the run itself says of its result, or why it says nothing.
function verdictSection() {
  const part = section("How good the results are", "As every run judged at its end, and `gmmvi evidence` since then.");
  data.runs.forEach((run, index) => {
    const line = element(part, "p", undefined, {class: "verdict"});
    swatch(line, runColor(index));
    line.append(run.name + ": ");
    if (!run.verdict) {
      const why = run.state === "failed" ? "not to be trusted, the run failed" : "no verdict, the run has not ended";
      element(line, "strong", why, {class: run.state === "failed" ? "bad" : "care"});
      return;
    }
    element(line, "strong", run.verdict.word, {class: run.verdict.severity});
    if (typeof run.log_evidence === "number")
      line.append("; log evidence " + logEvidence(run));
    const list = element(part, "ul", undefined, {class: "verdict"});
    for (const {severity, text} of run.verdict.findings) element(list, "li", text, {class: severity});
  });
}

// ---- 2. −ELBO

function elboDatasets(runs, x, lowest) {
  const shown = (value) => lowest === undefined ? value : value - lowest > 0 ? value - lowest : null;
  return runs.flatMap((index) => {
    const run = data.runs[index], color = runColor(index);
    const fresh = run.fresh[x].map((at, i) => {
      const value = run.fresh.value[i], error = run.fresh.standard_error[i];
      if (value === null) return null;
      return {x: at, y: shown(-value), low: shown(-value - error), high: shown(-value + error), value: -value, error};
    }).filter((point) => point && point.y !== null);
    const estimate = points(run.history[x], run.history.elbo_estimate.map((v) => v === null ? null : shown(-v)));
    const many = fresh.length > 60;
    const sets = [{label: run.name, run: index, data: fresh, borderColor: color, backgroundColor: color,
                   borderWidth: many ? 1 : 1.6, pointRadius: many ? 0 : 2, errorBars: true, order: 0}];
    if (estimate.length)
      sets.push({label: run.name + ", own estimate (too good)", run: index, data: estimate, order: 1,
                 borderColor: translucent(color, 0.45), backgroundColor: color, borderWidth: 0.8});
    return fresh.length ? sets : sets.slice(1);
  });
}

const quantile = (sorted, q) => sorted[Math.round(q * (sorted.length - 1))];

const sortedElbos = (values) => values.filter((v) => v !== null).map((v) => -v).sort((a, b) => a - b);

const lastElbo = (run) => -[...run.history.elbo_estimate, ...run.fresh.value].filter((v) => v !== null).at(-1);

/// In which the ends of the runs can be told apart: without the first values, which are often larger by orders of
/// magnitude, and without the worst quarter of three or more runs.
function robustRange(runs) {
  const ends = [];
  let low = Infinity, high = Infinity, highest = -Infinity;
  for (const index of runs) {
    const fresh = sortedElbos(data.runs[index].fresh.value);
    const estimates = sortedElbos(data.runs[index].history.elbo_estimate);
    const own = fresh.length ? fresh : estimates;
    if (!own.length) continue;
    const [first, third] = [quantile(own, 0.25), quantile(own, 0.75)];
    low = Math.min(low, own[0], estimates.length ? quantile(estimates, 0.02) : own[0]);
    high = Math.min(high, own.length < 8 ? own.at(-1) : third + 1.5 * (third - first));
    highest = Math.max(highest, own.at(-1));
    ends.push(lastElbo(data.runs[index]));
  }
  ends.sort((a, b) => a - b);
  const end = ends[ends.length < 3 ? ends.length - 1 : Math.floor(0.75 * (ends.length - 1))];
  high = Math.min(Math.max(high, 2 * end - ends[0]), highest);
  const margin = 0.08 * (high - low) || 1;
  return low <= high ? {min: low - margin, max: high + margin} : {};
}

function lowestElbo(runs) {
  const values = runs.flatMap((i) => data.runs[i].fresh.value.filter((v) => v !== null));
  return -Math.max(...(values.length ? values : runs.flatMap((i) => data.runs[i].history.elbo_estimate)));
}

function elboCharts(parent, target) {
  const state = {logarithmic: false, all: false};
  legendOfRuns(parent, target.runs);
  const controls = element(parent, "div", undefined, {class: "controls"});
  const charts = element(parent, "div", undefined, {class: "charts two"});
  let drawn = [];
  const redraw = () => {
    for (const chart of drawn) chart.remove();
    drawn = [["evaluations", "evaluations of the target"], ["seconds", "wall-clock time [s]"]]
      .map(([x, title]) => elboChart(charts, target.runs, x, title, state));
  };
  checkbox(controls, "logarithmic: distance to the lowest value", (on) => { state.logarithmic = on; redraw(); });
  checkbox(controls, "all values", (on) => { state.all = on; redraw(); });
  redraw();
}

function elboChart(parent, runs, x, title, {logarithmic, all}) {
  const type = logarithmic ? "logarithmic" : "linear";
  const range = logarithmic || all ? {} : robustRange(runs);
  return draw(parent, {
    datasets: elboDatasets(runs, x, logarithmic ? lowestElbo(runs) : undefined),
    x: axis(title, {type, ...(logarithmic ? {} : {min: 0})}),
    y: axis(logarithmic ? "−ELBO − lowest −ELBO [nats]" : "−ELBO [nats]", {type, ...range}),
    plugins: {tooltip: tooltip(x, (p) => p.value === undefined ? short(p.y, 6) : withError(p.value, p.error))},
  });
}

function elboSection() {
  const known = (index) => [data.runs[index].fresh.value, data.runs[index].history.elbo_estimate]
    .some((values) => values.some((value) => value !== null));
  const targets = data.targets.filter((target) => target.runs.some(known));
  if (!targets.length) return;
  const part = section("−ELBO", "Lower is better. Dots with bars: from fresh samples of the mixture, ± one standard " +
    "error. Thin lines: each iteration’s own estimate, which is too good, as the mixture was fitted to the same " +
    "samples. The first values, and runs that end far above the " +
    "others, may be out of the charts’ range. A click on a name hides the run.");
  for (const target of targets) {
    targetHeading(part, target);
    elboCharts(part, target);
  }
}

// ---- 3. Over the iterations

const metricTitles = {
  components: "components",
  entropy: "entropy of the mixture [nats]",
  mean_log_density: "mean log density of the target [nats]",
  log_evidence: "log evidence [nats]",
  importance_effective_sample_size: "effective sample size of importance weights",
  pareto_k: "Pareto k of importance weights",
  mmd: "maximum mean discrepancy",
  worst_mean_error: "worst error of a mean [standard deviations]",
  worst_log_sd_error: "worst error of a log standard deviation",
  modes_found: "modes found",
};

const counts = [metricTitles.components, metricTitles.modes_found];

/// One line a run: [run index, xs, ys].
function metricChart(parent, title, lines, options = {}) {
  const datasets = lines.map(([index, xs, ys]) => ({
    label: data.runs[index].name, run: index, data: points(xs, ys), borderColor: runColor(index),
    backgroundColor: runColor(index), borderWidth: xs.length > 300 ? 1 : 1.6, pointRadius: xs.length > 60 ? 0 : 2,
    ...options}));
  const {min, max} = extent(datasets, "y");
  const fromZero = counts.includes(title) || (min >= 0 && min < 0.3 * max);
  draw(parent, {
    datasets,
    x: axis("iteration", {ticks: {precision: 0}}),
    y: axis(title, {grace: "6%", min: fromZero ? 0 : undefined, ticks: counts.includes(title) ? {precision: 0} : {}}),
    plugins: {tooltip: tooltip("iteration")},
  });
}

/// Every metric that some of the runs have, with the lines of those that have it.
function linesByMetric(runs, kind) {
  const lines = new Map();
  for (const index of runs) {
    for (const metric of data.runs[index][kind]) {
      if (!lines.has(metric.name)) lines.set(metric.name, []);
      lines.get(metric.name).push([index, metric.iteration, metric.value]);
    }
  }
  return lines;
}

const componentColor = (i) => `hsl(${(i * 137.5 + 212) % 360} 42% ${[62, 74, 54][i % 3]}%)`;

function weightsChart(parent, run) {
  const {iteration, components, others} = run.weights;
  const area = (label, weights, color) => ({
    label, data: points(iteration, weights), backgroundColor: color, borderColor: "#fff", borderWidth: 0.5,
    fill: true});
  const datasets = components.map(({id, weight}, i) => area("component " + id, weight, componentColor(i)));
  if (others.some((weight) => weight > 0)) datasets.push(area("others", others, "#c4c9d0"));
  draw(parent, {
    title: run.name, remark: (span) => span.append("weights of its components"), datasets,
    x: axis("iteration", {min: iteration[0], max: iteration.at(-1)}),
    y: axis("weight, stacked", {stacked: true, min: 0, max: 1}),
    plugins: {tooltip: tooltip("iteration")},
  });
}

function iterationCharts(parent, runs) {
  legendOfRuns(parent, runs);
  const charts = element(parent, "div", undefined, {class: "charts two"});
  const components = runs.map((index) => {
    const {iteration, components: counts} = data.runs[index].history;
    return [index, iteration, counts];
  });
  metricChart(charts, metricTitles.components, components, {stepped: true, pointRadius: 1, borderWidth: 1.6});
  for (const [name, lines] of linesByMetric(runs, "metrics")) metricChart(charts, metricTitles[name] || name, lines);
  for (const [name, lines] of linesByMetric(runs, "target_metrics")) metricChart(charts, name, lines);
  for (const run of runs.map((index) => data.runs[index]))
    if (run.weights.iteration.length > 1) weightsChart(charts, run);
}

function iterationsSection() {
  const ran = (target) => target.runs.filter((index) => data.runs[index].history.iteration.length);
  const targets = data.targets.filter((target) => ran(target).length);
  if (!targets.length) return;
  const part = section("Over the iterations");
  for (const target of targets) {
    targetHeading(part, target);
    iterationCharts(part, ran(target));
  }
}

// ---- 4. Seconds

const partColors = {
  selection: "#7b5cb0", evaluation: "#d9761a", journal: "#a8763e", idle: "#d9d9d9", gather: "#3d8fa3",
  expectation: "#2f67b1", components: "#2e8b57", weights: "#b8435a", adaptation: "#8b93a0", metrics: "#c9a227",
  output: "#5a5f68", unfinished: "#1f1f1f"};

/// Names of runs often differ in their endings.
const ending = (name) => name.length > 26 ? "…" + name.slice(-25) : name;

function totalsChart(parent, runs) {
  draw(parent, {
    title: "Total", type: "bar", labels: runs.map((run) => run.name),
    datasets: runs[0].seconds_by_part.parts.map(({name}, p) => ({
      label: name, data: runs.map((run) => run.seconds_by_part.parts[p].total), backgroundColor: partColors[name],
      maxBarThickness: 34})),
    x: axis("time [s]", {stacked: true}),
    y: axis("run", {type: "category", stacked: true, grid: {display: false},
                    ticks: {callback(index) { return ending(this.getLabelForValue(index)); }}}),
    plugins: {tooltip: {callbacks: {label: (item) => `${item.dataset.label}: ${short(item.raw)} s`}}},
    options: {indexAxis: "y", interaction: {mode: "nearest", axis: "y", intersect: true}},
  });
}

/// A range for all iterations but a few that took much longer than the others.
function withoutPeaks(parts) {
  const totals = parts[0].seconds.map((_, i) => parts.reduce((sum, part) => sum + part.seconds[i], 0));
  const most = 1.5 * quantile(totals.sort((a, b) => a - b), 0.95);
  return most < totals.at(-1) ? most : undefined;
}

function secondsChart(parent, run) {
  const {iteration, parts} = run.seconds_by_part;
  draw(parent, {
    title: run.name,
    datasets: parts.map(({name, seconds}) => ({
      label: name, data: points(iteration, seconds), backgroundColor: partColors[name], borderColor: partColors[name],
      borderWidth: 0, fill: true})),
    x: axis("iteration", {min: iteration[0], max: iteration.at(-1)}),
    y: axis("time per iteration, stacked [s]", {stacked: true, min: 0, max: withoutPeaks(parts)}),
    plugins: {tooltip: tooltip("iteration", (p) => short(p.y) + " s")},
  });
}

function secondsSection() {
  const measured = data.runs.filter((run) => run.seconds_by_part.parts.some((part) => part.total > 0));
  if (!measured.length) return;
  const isUsed = (_, p) => measured.some((run) => run.seconds_by_part.parts[p].total > 0);
  const runs = measured.map(({name, seconds_by_part: {iteration, parts}}) =>
    ({name, seconds_by_part: {iteration, parts: parts.filter(isUsed)}}));
  const part = section("Where the time goes", "By part of an iteration, on the average rank. In long runs a point is " +
    "the mean over consecutive iterations; the highest peaks may be above the charts’ range.");
  legend(part, runs[0].seconds_by_part.parts.map(({name}) => [name, partColors[name]]));
  const charts = element(part, "div", undefined, {class: "charts two"});
  totalsChart(charts, runs);
  for (const run of runs) if (run.seconds_by_part.iteration.length > 1) secondsChart(charts, run);
}

// ---- 5. Configs and logs

function collapsible(parent, title, text, open) {
  const details = element(parent, "details", undefined, open ? {open: ""} : {});
  element(details, "summary", title);
  element(details, "pre", text);
}

function configSection() {
  if (!data.runs.some((run) => run.config || run.warnings.count)) return;
  const part = section("Configs and warnings");
  for (const run of data.runs) {
    const several = data.runs.length > 1 ? `${run.name}: ` : "";
    if (run.config) collapsible(part, several + "config.yml", run.config, false);
    const {count, first} = run.warnings;
    const text = first.join("\n") + (count > first.length ? `\n… and ${count - first.length} more in log.txt` : "");
    const warnings = element(part, "div", undefined, {class: "warnings"});
    if (count) collapsible(warnings, `${several}${count} warning${count === 1 ? "" : "s"}`, text, count <= 20);
  }
}

header();
verdictSection();
elboSection();
iterationsSection();
parametersSection();
marginalsSection();
pairsSection();
outputsSection();
drawingsSection();
secondsSection();
configSection();
