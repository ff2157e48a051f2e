// Figure 2 at any threshold: EPE against PTK, one panel per scenario on shared axes.

// Arrays of a message that Python packed, ready to be read; null where there is nothing.
function unpackSweep(sent, names) {
  if (!sent.kinds.length) return null;
  const summary = Object.fromEntries(Object.entries(sent.summary).map(([name, packed]) => [name, unpack(packed)]));
  return { ...sent, ...Object.fromEntries(names.map((name) => [name, unpack(sent[name])])), summary };
}

// Value, ends of the interval and denominator of a metric.
function ends(array, ...where) {
  const [value, low, high, n] = [0, 1, 2, 3].map((i) => array.at(...where, i));
  return { value, low, high, n };
}

// Draws the panels and returns where each marker is and what it stands for.
function drawScatter(canvas, width, pose, { looks, t, reading }) {
  const spots = [];
  const columns = Math.min(pose.scenarios.length, width > 560 ? 4 : 2);
  const rows = Math.ceil(pose.scenarios.length / columns);
  const panel = rows > 1 ? 128 : 172;
  const pen = surface(canvas, width, rows * (panel + 20) + 40);
  const [top, right] = [1.25 * pose.limits.epe, pose.limits.ptk * 1.03];
  const wide = (width - 46) / columns;
  pose.scenarios.forEach(({ title }, s) => {
    const [row, column] = [Math.floor(s / columns), s % columns];
    const box = { x: 46 + column * wide, y: 20 + row * (panel + 20), w: wide - 18, h: panel };
    const to = axes(pen, box, {
      ...{ x: linear(right), y: pixels(top), xticks: ticksTo(right, wide > 170 ? 5 : 3), yticks: pixelTicks(top) },
      ...{ xlabel: "PTK (%)", ylabel: "EPE (px)", title: fitting(pen, title, wide - 58) },
      ...{ left: column === 0, below: s + columns >= pose.scenarios.length },
    });
    spots.push(...drawPanel(pen, box, s, to, pose, { looks, t, reading }));
  });
  return spots;
}

// A title that is cut off where there is no room for it.
function fitting(pen, title, width) {
  pen.font = `bold 11px ${LETTERS}`;
  let text = title;
  while (text.length > 4 && pen.measureText(text).width > width) text = `${text.slice(0, -2)}…`;
  return text;
}

function drawPanel(pen, box, s, { px, py }, pose, { looks, t, reading }) {
  const n = pose.item_scenario.filter((each, i) => each === s && pose.posed.at(i, t)).length;
  write(pen, `n = ${n}`, box.x + box.w, box.y - 7, { size: 10, align: "right", colour: NOTE });
  const shown = looks.filter(({ name }) => pose.kinds.includes(name));
  for (const look of shown) {
    const k = pose.kinds.indexOf(look.name);
    const [across, up] = [ends(pose.summary[reading], k, s + 1, t), ends(pose.summary.epe_item_px, k, s + 1, t)];
    if (Number.isFinite(across.value) && Number.isFinite(up.value)) {
      (look.floor ? drawFloor : drawCross)(pen, box, look, { px, py }, across, up);
    }
  }
  if (!n) {
    const middle = box.x + box.w / 2;
    write(pen, "no keypoint above", middle, box.y + box.h / 2 - 4, { align: "center", colour: NOTE });
    write(pen, `${(t / 100).toFixed(2)} on an original`, middle, box.y + box.h / 2 + 11, { align: "center", colour: NOTE });
  }
  return shown.filter((look) => !look.floor).flatMap((look) => drawMarkers(pen, s, { px, py }, pose, look, t));
}

// One open marker per item of a scenario.
function drawMarkers(pen, s, { px, py }, pose, look, t) {
  const k = pose.kinds.indexOf(look.name);
  const spots = [];
  pen.strokeStyle = look.colour;
  pen.lineWidth = 1.2;
  for (let i = 0; i < pose.items.length; i += 1) {
    if (pose.item_scenario[i] !== s) continue;
    const [epe, ptk] = [pose.epe.at(k, i, t), pose.ptk.at(k, i, t)];
    if (!Number.isFinite(epe) || !Number.isFinite(ptk)) continue;
    const [x, y] = [px(100 * ptk), py(epe)];
    mark(pen, look, x, y, 7, false);
    spots.push({ x, y, text: `${pose.items[i]} · ${look.label}: EPE ${epe.toFixed(1)} px, PTK ${(100 * ptk).toFixed(0)} %` });
  }
  return spots;
}

// Both intervals through the means.
function drawCross(pen, box, look, { px, py }, across, up) {
  pen.globalAlpha = 0.45;
  line(pen, { ...look, dashes: [] }, 3, () => {
    pen.moveTo(px(100 * across.low), py(up.value));
    pen.lineTo(px(100 * across.high), py(up.value));
    pen.moveTo(px(100 * across.value), py(up.low));
    pen.lineTo(px(100 * across.value), py(up.high));
  });
  pen.globalAlpha = 1;
  pen.fillStyle = look.colour;
  mark(pen, look, px(100 * across.value), py(up.value), 5, true);
}

// The noise floor's means across the panel, on bands as wide as its intervals.
function drawFloor(pen, box, look, { px, py }, across, up) {
  pen.globalAlpha = 0.22;
  pen.fillStyle = look.colour;
  if ([across.low, across.high, up.low, up.high].every(Number.isFinite)) {
    pen.fillRect(box.x, py(up.high), box.w, py(up.low) - py(up.high));
    pen.fillRect(px(100 * across.low), box.y, px(100 * across.high) - px(100 * across.low), box.h);
  }
  pen.globalAlpha = 1;
  line(pen, look, 1.3, () => {
    pen.moveTo(box.x, py(up.value));
    pen.lineTo(box.x + box.w, py(up.value));
    pen.moveTo(px(100 * across.value), box.y);
    pen.lineTo(px(100 * across.value), box.y + box.h);
  });
}
