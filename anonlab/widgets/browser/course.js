// The course of a clip: where each kind has persons, how far their keypoints are off, and which actions are recognised.
const LEFT = 150;
const LINE = 7;

function drawCourse(canvas, width, course, { looks, every, threshold, frame, decoded }) {
  const shown = looks.filter((look) => course.kinds.includes(look.name));
  const block = shown.length * LINE + 9;
  const moved = shown.filter((look) => look.name !== "original");
  const height = 14 + block + (moved.length ? 50 : 0) + course.actions.length * block + 16;
  const pen = surface(canvas, width, height);
  const px = (f) => LEFT + (f / Math.max(1, course.n_frames)) * (width - LEFT - 8);
  const wide = Math.max(1, px(every) - px(0));
  let y = 10;
  const label = (text, h) => write(pen, text, LEFT - 8, y + h / 2, { size: 10.5, align: "right", base: "middle" });

  label("persons found", shown.length * LINE);
  const most = Math.max(1, ...course.persons.values);
  shown.forEach((look, row) => {
    const k = course.kinds.indexOf(look.name);
    pen.fillStyle = look.floor ? "#767676" : look.colour;
    for (let i = 0; i < course.persons.shape[1]; i += 1) {
      const n = course.persons.at(k, i);
      pen.globalAlpha = n ? 0.35 + (0.65 * n) / most : 0;
      pen.fillRect(px(i * every), y + row * LINE, wide, LINE - 2);
    }
    pen.globalAlpha = 1;
  });
  y += block;

  if (moved.length) {
    label("EPE (px)", 40);
    const finite = course.epe.values.filter(Number.isFinite);
    const top = Math.max(2, ...finite) * 1.1;
    const py = (v) => y + 40 - 40 * pixels(top)(v);
    pen.strokeStyle = GRID;
    pen.strokeRect(LEFT + 0.5, y + 0.5, width - LEFT - 8, 40);
    write(pen, `${Math.round(top)}`, LEFT - 3, y + 4, { size: 9, align: "right", base: "middle", colour: NOTE });
    for (const look of moved) {
      const k = course.kinds.indexOf(look.name);
      let down = false;
      line(pen, look, 1.3, () => {
        for (let i = 0; i < course.epe.shape[1]; i += 1) {
          const v = course.epe.at(k, i);
          if (!Number.isFinite(v)) down = false;
          else if (down) pen.lineTo(px((i + 0.5) * every), py(v));
          else {
            pen.moveTo(px((i + 0.5) * every), py(v));
            pen.lineTo(px((i + 0.5) * every) + 1.5, py(v));
            down = true;
          }
        }
      });
    }
    y += 50;
  }

  course.actions.forEach((name, a) => {
    const text = wrapped(pen, name, LEFT - 14, 10.5);
    label(text.length > 1 ? `${text[0]} …` : text[0], shown.length * LINE);
    shown.forEach((look, row) => {
      const k = course.kinds.indexOf(look.name);
      stretches(course.n_frames, (f) => state(course.levels.at(k, a, f), threshold), (kind, from, to) => {
        pen.fillStyle = kind === "on" ? (look.floor ? "#767676" : look.colour) : hatch(pen);
        if (kind !== "off") pen.fillRect(px(from), y + row * LINE, px(to) - px(from), LINE - 2);
      });
    });
    y += block;
  });

  pen.fillStyle = "#d8d8d8";
  pen.fillRect(LEFT, y, width - LEFT - 8, 4);
  pen.fillStyle = "#7f99ab";
  pen.fillRect(LEFT, y, px(Math.min(course.n_frames, decoded + every)) - LEFT, 4);
  write(pen, decoded + every >= course.n_frames ? "decoded" : "decoding ...", LEFT - 8, y + 2, { size: 10.5, align: "right", base: "middle", colour: NOTE });
  line(pen, { colour: INK, dashes: [] }, 1.4, () => {
    pen.moveTo(px(frame + every / 2), 2);
    pen.lineTo(px(frame + every / 2), y + 4);
  });
  return (x) => Math.round(((x - LEFT) / (width - LEFT - 8)) * course.n_frames);
}

const state = (level, threshold) => (level === 255 ? "unknown" : level > threshold ? "on" : "off");

function stretches(n, what, found) {
  let from = 0;
  for (let f = 1; f <= n; f += 1) {
    if (f === n || what(f) !== what(from)) {
      found(what(from), from, f);
      from = f;
    }
  }
}

let hatching;
function hatch(pen) {
  if (!hatching) {
    const tile = new OffscreenCanvas(5, 5);
    const stroke = tile.getContext("2d");
    stroke.strokeStyle = "#c4c4c4";
    stroke.beginPath();
    stroke.moveTo(0, 5);
    stroke.lineTo(5, 0);
    stroke.stroke();
    hatching = pen.createPattern(tile, "repeat");
  }
  return hatching;
}
