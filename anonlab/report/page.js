"use strict";
// Moves thresholds without a kernel: every number comes from the JSON in the page. SVG is set as text, so that the
// page names no address, not even that of a namespace; all text from outside goes through `safe`.
(() => {
  const data = JSON.parse(document.getElementById("numbers-at-thresholds").textContent);
  const byId = (id) => document.getElementById(id);
  const safe = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  const isNumber = (value) => typeof value === "number";
  const fixed = (value, digits) => value.toFixed(digits).replace("-", "−");
  const score = (at) => (at / 100).toFixed(2);
  const WIDTH = 320, HEIGHT = 230, LEFT = 38, RIGHT = 312, TOP = 24, BOTTOM = 192;
  const BLACK = "#000000"; // the original's colour, which on a dark page has to be light
  const colourOf = (kind) => (kind.colour === BLACK ? "currentColor" : safe(kind.colour));
  const original = { name: "original", label: "original", colour: BLACK, marker: "o", floor: false };

  const SHAPES = {
    o: "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", s: "M-3.6 -3.6h7.2v7.2h-7.2z", "^": "M0 -4.6L4.4 3.4H-4.4z",
    v: "M0 4.6L4.4 -3.4H-4.4z", D: "M0 -5L5 0L0 5L-5 0z", "<": "M-4.6 0L3.4 -4.4V4.4z", ">": "M4.6 0L-3.4 -4.4V4.4z",
    P: "M-1.5 -4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z", h: "M0 -4.6L4 -2.3V2.3L0 4.6L-4 2.3V-2.3z",
    d: "M0 -5L3 0L0 5L-3 0z", "*": "M0 -5L1.4 -1.6H5L2.1 0.6L3.2 4.2L0 2L-3.2 4.2L-2.1 0.6L-5 -1.6H-1.4z",
  };
  const shape = (kind, x, y, title) =>
    `<path d="${SHAPES[kind.marker] || SHAPES.o}" transform="translate(${x.toFixed(1)} ${y.toFixed(1)})" fill="none" ` +
    `stroke="${colourOf(kind)}" stroke-width="1.4">${title ? `<title>${safe(title)}</title>` : ""}</path>`;
  const line = (x0, y0, x1, y1, look) =>
    `<line x1="${x0.toFixed(1)}" y1="${y0.toFixed(1)}" x2="${x1.toFixed(1)}" y2="${y1.toFixed(1)}" ${look}/>`;
  const label = (x, y, text, look) => `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${look}>${safe(text)}</text>`;
  const dashed = (kind) => (kind.floor ? 'stroke-dasharray="4 3"' : "");

  // a cell: value with its interval, or a dash where there is nothing to measure
  function cell(curve, at, factor, digits) {
    const [value, low, high] = (curve || [[], [], []]).map((each) => each[at]);
    if (!isNumber(value)) return "<td>–</td>";
    const interval = isNumber(low)
      ? ` <span class="interval">[${fixed(factor * low, digits)}, ${fixed(factor * high, digits)}]</span>` : "";
    return `<td>${fixed(factor * value, digits)}${interval}</td>`;
  }

  function axes(x, y, xTicks, yTicks, xTitle, yTitle) {
    const parts = yTicks.map(([value, text]) =>
      line(LEFT, y(value), RIGHT, y(value), 'class="grid"') + label(LEFT - 5, y(value) + 3.5, text, 'class="tick" text-anchor="end"'));
    parts.push(...xTicks.map(([value, text]) => label(x(value), BOTTOM + 14, text, 'class="tick" text-anchor="middle"')));
    parts.push(line(LEFT, BOTTOM, RIGHT, BOTTOM, 'class="axis"'));
    parts.push(label((LEFT + RIGHT) / 2, BOTTOM + 31, xTitle, 'text-anchor="middle"'));
    parts.push(label(LEFT - 34, TOP - 13, yTitle, ""));
    return parts.join("");
  }

  // id of a slider's panel; start: the threshold of the run; draw: called with 0 to 99; says: a sentence for readers
  function slider(id, start, draw, says) {
    const input = byId(`${id}-slider`);
    const move = () => {
      const at = Number(input.value);
      input.setAttribute("aria-valuetext", score(at));
      byId(`${id}-value`).textContent = score(at);
      draw(at);
    };
    const tell = () => { byId(`${id}-status`).textContent = says(Number(input.value)); };
    input.addEventListener("input", move);
    input.addEventListener("change", tell);
    byId(`${id}-reset`).textContent = `back to ${score(start)}`;
    byId(`${id}-reset`).addEventListener("click", () => { input.value = start; move(); tell(); });
    byId(id).hidden = false;
    input.value = start;
    move();
  }

  const floorMark = (kind) => line(-6, 0, 6, 0, `stroke="${colourOf(kind)}" stroke-width="1.6" ${dashed(kind)}`);
  const legend = (kinds) => kinds.map((kind) =>
    `<li><svg viewBox="-7 -7 14 14" aria-hidden="true">${kind.floor ? floorMark(kind) : shape(kind, 0, 0)}</svg>${safe(kind.label)}</li>`).join("");

  function poses(pose) {
    // linear up to 1 px, where no network is exact, logarithmic above
    const squash = (epe) => (epe <= 1 ? 0.5 * epe : 0.5 + Math.log10(epe));
    const finite = (series) => series.reduce((most, each) => (isNumber(each) && each > most ? each : most), 0);
    const curves = (table) => Object.values(table).flatMap((kind) => Object.values(kind).map((ends) => ends[0]));
    const top = Math.max(2, ...pose.points.map((p) => finite(p[3])), ...curves(pose.epe_item).map(finite)) * 1.15;
    const right = Math.max(1, ...pose.points.map((p) => finite(p[4])));
    const x = (ptk) => LEFT + ((RIGHT - LEFT) * ptk) / right;
    const y = (epe) => BOTTOM - ((BOTTOM - TOP) * squash(Math.min(epe, top))) / squash(top);
    const steps = top > 300 ? [0, 1, 10, 100, 1000, 10000] : [0, 1, 2, 5, 10, 20, 50, 100, 200];
    const yTicks = steps.filter((each) => each <= top).map((each) => [each, each]);
    const xTicks = (right > 1.5 ? [0, 0.5, 1, 1.5, 2, 3, 4] : [0, 0.25, 0.5, 0.75, 1]).filter((each) => each <= right + 1e-9)
      .map((each) => [each, Math.round(100 * each)]);
    const frame = axes(x, y, xTicks, yTicks, "PTK (%)", "EPE (px)");

    byId("pose-legend").innerHTML = legend(data.kinds);
    byId("pose-plots").innerHTML = pose.scenarios.map(([name, title], i) =>
      `<figure><figcaption>${safe(title)} <span class="note" id="pose-n-${i}"></span></figcaption>` +
      `<svg id="pose-plot-${i}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"></svg></figure>`).join("");
    byId("pose-note").textContent =
      `One marker per ${pose.unit} with a pose before and after. Crosses: their mean EPE and the scenario's PTK, with ` +
      `intervals; dashed: the noise floor. In the table EPE is over all keypoints.` +
      (pose.left_out ? ` ${pose.left_out} markers are left out to keep the page small; the table counts all.` : "");
    const columns = '<td></td><td></td><th scope="col">EPE (px)</th><th scope="col">PTK (%)</th><th scope="col">markers</th>';

    function mean(kind, name, at) {
      const [epe, ptk] = [pose.epe_item, pose.ptk].map((table) => ((table[kind.name] || {})[name] || [[], [], []]).map((ends) => ends[at]));
      if (!isNumber(epe[0]) || !isNumber(ptk[0])) return "";
      const look = `stroke="${colourOf(kind)}" stroke-width="${kind.floor ? 1 : 2.4}" opacity="${kind.floor ? 1 : 0.5}" ${dashed(kind)}`;
      if (kind.floor) return line(LEFT, y(epe[0]), RIGHT, y(epe[0]), look) + line(x(ptk[0]), TOP, x(ptk[0]), BOTTOM, look);
      return (isNumber(ptk[1]) ? line(x(ptk[1]), y(epe[0]), x(ptk[2]), y(epe[0]), look) : "") +
        (isNumber(epe[1]) ? line(x(ptk[0]), y(epe[1]), x(ptk[0]), y(epe[2]), look) : "");
    }

    const kindOf = Object.fromEntries(data.kinds.map((kind) => [kind.name, kind]));
    const seen = (name, kind, at) => pose.points.filter((p) =>
      (name === "all" || p[0] === name) && p[1] === kind && isNumber(p[3][at]) && isNumber(p[4][at]));
    function draw(at) {
      pose.scenarios.forEach(([name, title], i) => {
        const points = data.kinds.filter((kind) => !kind.floor).flatMap((kind) => seen(name, kind.name, at));
        const marks = points.map((p) =>
          shape(kindOf[p[1]], x(p[4][at]), y(p[3][at]), `${p[2]}, ${kindOf[p[1]].label}: EPE ${p[3][at]} px, PTK ${Math.round(100 * p[4][at])} %`));
        byId(`pose-n-${i}`).textContent = `n = ${pose.n[name][at]}`;
        const svg = byId(`pose-plot-${i}`);
        svg.setAttribute("aria-label", `${title}: EPE against PTK, ${points.length} markers; the table below has the numbers`);
        const empty = points.length ? "" : label((LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2, "no pose found", 'class="tick" text-anchor="middle"');
        svg.innerHTML = frame + data.kinds.map((kind) => mean(kind, name, at)).join("") + marks.join("") + empty;
      });
      const heading = `<caption>At a threshold of ${score(at)}</caption><thead><tr>${columns}</tr></thead>`;
      byId("pose-table").innerHTML = heading + [["all", "all scenarios"], ...pose.scenarios].map(([name, title]) =>
        "<tbody>" + data.kinds.map((kind, i) =>
          `<tr${i ? "" : ' class="first"'}>${i ? "" : `<th scope="rowgroup" rowspan="${data.kinds.length}">${safe(title)}</th>`}` +
          `<th scope="row">${safe(kind.label)}</th>${cell((pose.epe[kind.name] || {})[name], at, 1, 1)}` +
          `${cell((pose.ptk[kind.name] || {})[name], at, 100, 1)}<td>${pose.left_out ? "" : seen(name, kind.name, at).length}</td></tr>`).join("") + "</tbody>").join("");
    }
    const says = (at) => `At ${score(at)}: ` + data.kinds.map((kind) => {
      const value = ((pose.ptk[kind.name] || {}).all || [[]])[0][at];
      return `${kind.label} keeps ${isNumber(value) ? `${Math.round(100 * value)} percent` : "nothing to measure"}`;
    }).join(", ");
    slider("pose", pose.start, draw, says);
  }

  function actions(found) {
    const x = (at) => LEFT + ((RIGHT - LEFT) * at) / 100;
    const metrics = [["pta", "PTA (%)", "Frames in which an action is still found"], ["acc", "ACC (%)", "Frames with exactly the original's actions"]];
    byId("actions-legend").innerHTML = legend([original, ...data.kinds]);
    byId("actions-plots").innerHTML = metrics.map(([name, , title]) =>
      `<figure><figcaption>${title}</figcaption><svg id="actions-plot-${name}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"></svg></figure>`).join("") +
      `<figure><figcaption>Most frequent actions, frames</figcaption><svg id="actions-plot-top" role="img"></svg></figure>`;
    const columns = '<td></td><th scope="col">PTA (%)</th><th scope="col">ACC (%)</th>';
    const curve = (name, kind) => (found[name][kind.name] || {}).all || [[], [], []];

    function plot(name, title, at) {
      const most = Math.max(1, ...data.kinds.flatMap((kind) => curve(name, kind)[0].filter(isNumber)));
      const y = (share) => BOTTOM - ((BOTTOM - TOP) * share) / most;
      const yTicks = [0, 0.25, 0.5, 0.75, 1, 1.5, 2].filter((each) => each <= most).map((each) => [each, Math.round(100 * each)]);
      const xTicks = [0, 25, 50, 75, 100].map((each) => [each, score(each)]);
      const curves = data.kinds.map((kind) => {
        const values = curve(name, kind)[0];
        const points = values.map((value, i) => (isNumber(value) ? `${x(i).toFixed(1)},${y(value).toFixed(1)}` : "")).filter(Boolean);
        const value = values[at];
        const marks = kind.floor ? [] : [12, 37, 62, 87].filter((i) => isNumber(values[i])).map((i) => shape(kind, x(i), y(values[i])));
        return `<polyline points="${points.join(" ")}" fill="none" stroke="${colourOf(kind)}" stroke-width="1.6" ${dashed(kind)}/>${marks.join("")}` +
          (isNumber(value) ? `<circle cx="${x(at)}" cy="${y(value).toFixed(1)}" r="3.4" fill="${colourOf(kind)}"/>` : "");
      });
      const svg = byId(`actions-plot-${name}`);
      svg.setAttribute("aria-label", `${title} over the threshold; the table below has the numbers`);
      svg.innerHTML = axes(x, y, xTicks, yTicks, "score threshold", title) + line(x(at), TOP, x(at), BOTTOM, 'class="at"') + curves.join("");
    }

    function bars(at) {
      const kinds = [original, ...data.kinds];
      const frames = (action, kind) => ((found.frames[action] || {})[kind.name] || [])[at] || 0;
      const names = Object.keys(found.frames).filter((name) => frames(name, original))
        .sort((a, b) => frames(b, original) - frames(a, original) || (a < b ? -1 : 1)).slice(0, found.top);
      const most = Math.max(1, ...names.flatMap((name) => kinds.map((kind) => frames(name, kind))));
      const thick = 9, gap = 24, height = names.length * (kinds.length * thick + gap) || 30;
      const parts = names.flatMap((name, row) => {
        const top = row * (kinds.length * thick + gap);
        return [label(0, top + 13, name, ""), ...kinds.map((kind, i) => {
          const n = frames(name, kind), width = (250 * n) / most;
          return `<rect x="0" y="${top + 18 + i * thick}" width="${width.toFixed(1)}" height="${thick - 2}" fill="${colourOf(kind)}">` +
            `<title>${safe(`${kind.label}: ${n} frames`)}</title></rect>` + label(width + 4, top + 25 + i * thick, n, 'class="tick" style="font-size:9px"');
        })];
      });
      const svg = byId("actions-plot-top");
      svg.setAttribute("viewBox", `0 0 ${WIDTH} ${height}`);
      svg.setAttribute("aria-label", names.map((name) => `${name}: ${kinds.map((kind) => `${kind.label} ${frames(name, kind)}`).join(", ")}`).join("; ") || "no action");
      svg.innerHTML = parts.join("") || label(0, 20, "no action is recognised", 'class="tick"');
    }

    function draw(at) {
      metrics.forEach(([name, title]) => plot(name, title, at));
      bars(at);
      const heading = `<caption>At a threshold of ${score(at)}</caption><thead><tr>${columns}</tr></thead>`;
      byId("actions-table").innerHTML = heading + "<tbody>" + data.kinds.map((kind) =>
        `<tr><th scope="row">${safe(kind.label)}</th>${cell(curve("pta", kind), at, 100, 1)}${cell(curve("acc", kind), at, 100, 1)}</tr>`).join("") + "</tbody>";
    }
    const says = (at) => `At ${score(at)}: ` + data.kinds.map((kind) => {
      const value = curve("acc", kind)[0][at];
      return `${kind.label} ACC ${isNumber(value) ? `${Math.round(100 * value)} percent` : "undefined"}`;
    }).join(", ");
    slider("actions", found.start, draw, says);
  }

  if (data.pose) poses(data.pose);
  if (data.actions) actions(data.actions);
})();
