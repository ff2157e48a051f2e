// What is drawn over a picture: keypoints with their lines, and where they were on the original.
const rgb = ([r, g, b]) => `rgb(${r} ${g} ${b})`;

// Points (persons x 133 x 2) whose level is above the threshold, by part; `scale`: canvas pixels per picture pixel.
function drawPoses(pen, { keypoints, level }, parts, threshold, scale) {
  const persons = keypoints.shape[0];
  for (let p = 0; p < persons; p += 1) {
    const xy = (i) => [keypoints.at(p, i, 0) * scale, keypoints.at(p, i, 1) * scale];
    const seen = (i) => level.at(p, i) > threshold && Number.isFinite(keypoints.at(p, i, 0));
    const tall = extent(Array.from({ length: 23 }, (_, i) => i).filter(seen).map(xy));
    const width = Math.min(4, Math.max(1, 0.011 * tall));
    for (const part of parts) {
      pen.strokeStyle = rgb(part.colour);
      pen.fillStyle = rgb(part.colour);
      pen.lineWidth = part.name === "body" ? width : Math.max(0.8, 0.5 * width);
      pen.beginPath();
      for (const [a, b] of part.lines) {
        if (seen(a) && seen(b)) {
          pen.moveTo(...xy(a));
          pen.lineTo(...xy(b));
        }
      }
      pen.stroke();
      const dot = part.name === "body" || part.name === "feet" ? 0.95 * width : 0.5 * width;
      for (let i = part.first; i < part.last; i += 1) {
        if (!seen(i)) continue;
        pen.beginPath();
        pen.arc(...xy(i), Math.max(0.9, dot), 0, 7);
        pen.fill();
      }
    }
  }
}

function extent(points) {
  if (!points.length) return 0;
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
}

// Lines from where keypoints were to where they are, for those above the threshold on both.
function drawShifts(pen, { from, to, common }, parts, threshold, scale) {
  for (const [colour, width] of [["rgb(0 0 0 / 0.7)", 3], ["#ffffff", 1.4]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    for (let p = 0; p < from.shape[0]; p += 1) {
      for (const { first, last } of parts) {
        for (let i = first; i < last; i += 1) {
          if (common.at(p, i) > threshold) {
            pen.moveTo(from.at(p, i, 0) * scale, from.at(p, i, 1) * scale);
            pen.lineTo(to.at(p, i, 0) * scale, to.at(p, i, 1) * scale);
          }
        }
      }
    }
    pen.stroke();
  }
}

// The keypoint nearest to a place in the picture, if one of the shown parts is above the threshold and within reach;
// `epe`: how far it is from where it was on the original, NaN where it was not found on both. All in picture pixels.
function keypointAt({ keypoints, level, from, to, common }, parts, threshold, x, y, reach) {
  let best = null;
  for (let p = 0; p < keypoints.shape[0]; p += 1) {
    for (const { first, last } of parts) {
      for (let i = first; i < last; i += 1) {
        const away = Math.hypot(keypoints.at(p, i, 0) - x, keypoints.at(p, i, 1) - y);
        if (level.at(p, i) > threshold && away <= (best?.away ?? reach)) best = { away, p, i };
      }
    }
  }
  if (!best) return null;
  const same = (m) => to.at(m, best.i, 0) === keypoints.at(best.p, best.i, 0) && to.at(m, best.i, 1) === keypoints.at(best.p, best.i, 1);
  const match = Array.from({ length: to.shape[0] }, (_, m) => m).find(same);
  const both = match !== undefined && common.at(match, best.i) > threshold;
  const epe = both ? Math.hypot(from.at(match, best.i, 0) - to.at(match, best.i, 0), from.at(match, best.i, 1) - to.at(match, best.i, 1)) : NaN;
  return { keypoint: best.i, level: level.at(best.p, best.i), epe };
}

// EPE by group of keypoints as bars on one scale for all pictures; groups without a common keypoint stay empty.
function drawGroups(canvas, width, groups, names, present, threshold, top, look) {
  const slot = (width - 30) / present.length;
  const pen = surface(canvas, width, 98);
  const [base, high] = [46, 36];
  pen.strokeStyle = GRID;
  pen.strokeRect(28.5, base - high + 0.5, width - 30, high);
  write(pen, `${top}`, 25, base - high + 5, { size: 9, align: "right", colour: NOTE });
  write(pen, "0 px", 25, base, { size: 9, align: "right", colour: NOTE });
  present.forEach((g, place) => {
    const x = 29 + place * slot;
    const epe = groups ? groups.at(g, threshold) : NaN;
    pen.fillStyle = look.floor ? "#767676" : look.colour;
    if (Number.isFinite(epe)) pen.fillRect(x + 1, base - Math.max(1, (Math.min(epe, top) / top) * high), Math.max(2, slot - 2), Math.max(1, (Math.min(epe, top) / top) * high));
    pen.save();
    pen.translate(x + slot / 2 + 3, base + 4);
    pen.rotate(-Math.PI / 3);
    write(pen, names[g], 0, 0, { size: 9, align: "right", colour: Number.isFinite(epe) ? INK : "#999999" });
    pen.restore();
  });
}
