// Drawing on a canvas in the look of the paper's figures. Nothing here computes a number.
const INK = "#222222";
const NOTE = "#555555";
const GRID = "#e6e6e6";
const LETTERS = "'DejaVu Sans', Verdana, sans-serif";

// An array that Python packed: its bytes as numbers, and `at(i, j ...)` for one of them.
function unpack(packed) {
  const { buffer, byteOffset, byteLength } = packed.data;
  const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
  const size = packed.shape.reduce((product, n) => product * n, 1);
  const values = byteLength === size ? new Uint8Array(bytes) : new Float32Array(bytes);
  const at = (...place) => values[place.reduce((flat, i, axis) => flat * packed.shape[axis] + i, 0)];
  return { shape: packed.shape, values, at };
}

// A pen on a canvas of this size in CSS pixels, sharp on every screen, with everything wiped.
function surface(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    [canvas.width, canvas.height] = [w, h];
    [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.lineJoin = "round";
  return pen;
}

// Scales: value -> share of the axis.
const linear = (top) => (value) => value / top;
// As the figures' axis for pixels: linear up to 1, logarithmic above.
function pixels(top) {
  const place = (value) => (value <= 1 ? value * 0.5556 : 0.5556 + Math.log10(value));
  return (value) => place(value) / place(top);
}
function pixelTicks(top) {
  const ticks = [0];
  for (let decade = 1; decade <= top; decade *= 10) {
    for (const step of top <= 1000 ? [1, 2, 5] : [1]) ticks.push(step * decade);
  }
  return ticks.filter((tick) => tick <= top);
}
function ticksTo(top, about = 5) {
  const rough = top / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1e-9, [1, 2, 5, 10].find((each) => each * power >= rough) * power);
  return Array.from({ length: Math.floor(top / step + 1e-6) + 1 }, (_, i) => i * step);
}

function write(pen, text, x, y, { size = 11, colour = INK, align = "left", base = "alphabetic", bold = false } = {}) {
  pen.font = `${bold ? "bold " : ""}${size}px ${LETTERS}`;
  pen.fillStyle = colour;
  pen.textAlign = align;
  pen.textBaseline = base;
  pen.fillText(text, x, y);
}

// Grid, ticks and labels of one panel; returns the functions from values to pixels.
function axes(pen, box, { x, y, xticks, yticks, xlabel = "", ylabel = "", title = "", left = true, below = true }) {
  const px = (value) => box.x + box.w * x(value);
  const py = (value) => box.y + box.h * (1 - y(value));
  const show = (value) => (value >= 10000 ? `${value / 1000}k` : `${+value.toFixed(2)}`);
  pen.lineWidth = 1;
  pen.strokeStyle = GRID;
  pen.beginPath();
  for (const tick of xticks) pen.rect(Math.round(px(tick)) + 0.5, box.y, 0, box.h);
  for (const tick of yticks) pen.rect(box.x, Math.round(py(tick)) + 0.5, box.w, 0);
  pen.stroke();
  for (const tick of below ? xticks : []) write(pen, show(tick), px(tick), box.y + box.h + 13, { size: 10, align: "center" });
  let last = Infinity;
  for (const tick of left ? yticks : []) {
    if (last - py(tick) < 11) continue;
    last = py(tick);
    write(pen, show(tick), box.x - 5, last, { size: 10, align: "right", base: "middle" });
  }
  pen.strokeStyle = INK;
  pen.beginPath();
  pen.moveTo(box.x + 0.5, box.y);
  pen.lineTo(box.x + 0.5, box.y + box.h + 0.5);
  pen.lineTo(box.x + box.w, box.y + box.h + 0.5);
  pen.stroke();
  if (title) write(pen, title, box.x, box.y - 7, { size: 11, bold: true });
  if (below) write(pen, xlabel, box.x + box.w / 2, box.y + box.h + 28, { align: "center" });
  if (left && ylabel) {
    pen.save();
    pen.translate(box.x - 32, box.y + box.h / 2);
    pen.rotate(-Math.PI / 2);
    write(pen, ylabel, 0, 0, { align: "center" });
    pen.restore();
  }
  return { px, py };
}

// A marker's outline at a place, open or filled; a kind without one gets none.
function mark(pen, look, x, y, size, filled) {
  if (!look.marker.length) return;
  pen.beginPath();
  for (const [dx, dy] of look.marker) pen.lineTo(x + size * dx, y + size * dy);
  pen.closePath();
  if (filled) pen.fill();
  else pen.stroke();
}

function line(pen, look, width, draw) {
  pen.strokeStyle = look.colour;
  pen.lineWidth = width;
  pen.setLineDash(look.dashes.map((length) => length * width));
  pen.beginPath();
  draw();
  pen.stroke();
  pen.setLineDash([]);
}

// A band of low and high and its line over all thresholds; gaps where there is nothing.
function curve(pen, look, { px, py }, values) {
  const steps = values.length;
  pen.globalAlpha = 0.16;
  pen.fillStyle = look.colour;
  for (let i = 0; i + 1 < steps; i += 1) {
    const [a, b] = [values[i], values[i + 1]];
    if ([a.low, a.high, b.low, b.high].every(Number.isFinite)) {
      pen.beginPath();
      pen.moveTo(px(i / steps), py(a.low));
      pen.lineTo(px(i / steps), py(a.high));
      pen.lineTo(px((i + 1) / steps), py(b.high));
      pen.lineTo(px((i + 1) / steps), py(b.low));
      pen.fill();
    }
  }
  pen.globalAlpha = 1;
  line(pen, look, 1.8, () => {
    let down = false;
    values.forEach(({ value }, i) => {
      if (!Number.isFinite(value)) down = false;
      else if (down) pen.lineTo(px(i / steps), py(value));
      else {
        pen.moveTo(px(i / steps), py(value));
        down = true;
      }
    });
  });
}

// Words in a box, broken into lines.
function wrapped(pen, text, width, size) {
  pen.font = `${size}px ${LETTERS}`;
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length && pen.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
