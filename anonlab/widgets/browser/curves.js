// Figures 3 to 5 at any threshold: PTA and ACC as curves, frames per action as bars.
const N_THRESHOLDS = 100;

function drawCurves(canvas, width, actions, { looks, t, reading, whiskers, top }) {
  const height = 238;
  const pen = surface(canvas, width, height);
  const third = (width - 46) / 3;
  const shown = looks.filter(({ name }) => actions.kinds.includes(name));
  [reading, "acc"].forEach((metric, column) => {
    const box = { x: 46 + column * third, y: 20, w: third - 16, h: height - 54 };
    const most = metric === "pta_count" ? 1.03 * actions.limits.pta : 1;
    const to = axes(pen, box, {
      ...{ x: linear(1), y: linear(100 * most), xticks: [0, 0.25, 0.5, 0.75, 1], yticks: ticksTo(100 * most) },
      ...{ xlabel: "action score threshold", title: metric === "acc" ? "ACC (%)" : "PTA (%)", left: column === 0 },
    });
    const scaled = { px: to.px, py: (value) => to.py(100 * value) };
    if (metric === "acc") drawEmpty(pen, scaled, box, actions.empty);
    for (const look of shown) drawCurve(pen, scaled, look, actions, metric, t);
    line(pen, { colour: INK, dashes: [] }, 1, () => {
      pen.moveTo(to.px(t / N_THRESHOLDS), box.y);
      pen.lineTo(to.px(t / N_THRESHOLDS), box.y + box.h);
    });
  });
  const box = { x: 46 + 2 * third, y: 20, w: third - 8, h: height - 54 };
  drawBars(pen, box, actions, looks, { t, top, ends: whiskers.at === t ? whiskers.ends : {} });
}

function drawCurve(pen, { px, py }, look, actions, metric, t) {
  const k = actions.kinds.indexOf(look.name);
  const values = Array.from({ length: N_THRESHOLDS }, (_, i) => ends(actions.summary[metric], k, 0, i));
  curve(pen, look, { px, py }, values);
  pen.fillStyle = look.colour;
  if (Number.isFinite(values[t].value)) mark(pen, look, px(t / N_THRESHOLDS), py(values[t].value), 8, true);
}

// What a method scores on which nothing is recognised at all.
function drawEmpty(pen, { px, py }, box, empty) {
  write(pen, "···· nothing recognised", box.x + box.w - 2, box.y + box.h - 6, { size: 10, align: "right", colour: NOTE });
  line(pen, { colour: INK, dashes: [1, 1.6] }, 1.2, () => {
    for (let i = 0; i < N_THRESHOLDS; i += 1) pen.lineTo(px(i / N_THRESHOLDS), py(empty.at(i)));
  });
}

// The original's most frequent actions, one bar per kind.
function drawBars(pen, box, actions, looks, { t, top, ends: intervals }) {
  const { kinds, actions: names } = actions.seen;
  const frames = (kind, a) => (kinds.includes(kind) ? actions.frames.at(kinds.indexOf(kind), a, t) : 0);
  const ranked = names.map((name, a) => ({ name, a, n: frames("original", a) })).filter(({ n }) => n > 0);
  const rows = ranked.sort((one, other) => other.n - one.n).slice(0, top);
  write(pen, "Frames per action", box.x, box.y - 7, { size: 11, bold: true });
  if (!rows.length) {
    write(pen, "none on the original", box.x + box.w / 2, box.y + box.h / 2, { align: "center", colour: NOTE });
    return;
  }
  const shown = looks.filter(({ name }) => kinds.includes(name));
  const high = (kind, name) => intervals[kind]?.[name]?.[1] ?? 0;
  const reach = ({ name, a }) => shown.map((look) => Math.max(frames(look.name, a), high(look.name, name)));
  const most = Math.max(1, ...rows.flatMap(reach));
  const left = Math.min(104, box.w * 0.4);
  const px = (n) => box.x + left + (n / most) * (box.w - left - 34);
  const slot = (box.h + 30) / rows.length;
  const thick = (0.86 * slot) / Math.max(1, shown.length);
  rows.forEach(({ name, a }, row) => {
    const middle = box.y + (row + 0.5) * slot;
    const lines = wrapped(pen, name, left - 6, 10).slice(0, slot > 24 ? 2 : 1);
    lines.forEach((text, i) => {
      const y = middle + (i - (lines.length - 1) / 2) * 11;
      write(pen, text, box.x + left - 6, y, { size: 10, align: "right", base: "middle" });
    });
    shown.forEach((look, place) => {
      const y = middle - 0.43 * slot + place * thick;
      drawBar(pen, look, px, y, thick, frames(look.name, a), intervals[look.name]?.[name]);
    });
  });
}

// A bar with its interval and number; the noise floor is an outline, so that grey is not taken for a faded colour.
function drawBar(pen, look, px, y, thick, n, interval) {
  pen.fillStyle = look.floor ? "#ffffff" : look.colour;
  pen.strokeStyle = look.colour;
  pen.lineWidth = 1;
  pen.fillRect(px(0), y + 0.5, px(n) - px(0), Math.max(1, thick - 1.5));
  pen.strokeRect(px(0), y + 0.5, px(n) - px(0), Math.max(1, thick - 1.5));
  for (const [colour, width] of interval ? [["#ffffff", 3], [INK, 1.2]] : []) {
    line(pen, { colour, dashes: [] }, width, () => {
      pen.moveTo(px(interval[0]), y + thick / 2);
      pen.lineTo(px(interval[1]), y + thick / 2);
    });
  }
  if (thick < 6.5) return; // no room for a number
  const x = Math.max(px(n), interval ? px(interval[1]) : 0) + 3;
  write(pen, n.toLocaleString("en"), x, y + thick / 2, { size: 9, base: "middle" });
}
