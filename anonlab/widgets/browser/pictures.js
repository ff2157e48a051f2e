// The same frame as each kind of media, with what was seen on it drawn over it, and bars of EPE below.

// One request at a time: while one is being answered, only the last of those that came since is kept.
function courier(send) {
  let busy = false;
  let next = null;
  const ask = (request) => {
    if (busy) next = request;
    else {
      busy = true;
      send(request);
    }
  };
  // To be called with every answer; asks what is waiting and says whether there was anything.
  const answered = () => {
    const waiting = next;
    [busy, next] = [false, null];
    if (waiting) ask(waiting);
    return waiting !== null;
  };
  return { ask, answered, again: (request) => (next ??= request) };
}

const REACH = 9; // pixels of the screen from the mouse to a keypoint that is meant

// `state`: width, threshold, parts, layers, large (the kind that was clicked on), seen, pictures and masks.
function pictureGrid({ parts, groups, keypoints }, state) {
  const root = make("div", { class: "pictures" });
  let panels = new Map();
  let item = null;

  function panel(look) {
    const enlarge = () => {
      state.large = state.large === look.name ? "" : look.name;
      draw();
    };
    const picture = make("canvas", { class: "picture", title: "click to enlarge", onclick: enlarge });
    picture.addEventListener("mousemove", (event) => point(look.name, event));
    picture.addEventListener("mouseleave", () => draw());
    const [bars, words] = [make("canvas"), make("small")];
    const caption = make("figcaption", {}, badge(look), make("b", {}, look.label), words);
    const cell = make("figure", { "data-kind": look.name }, caption, picture, look.name === "original" ? null : bars);
    return { cell, picture, bars, words, look };
  }

  function prepare(newItem, looks) {
    item = newItem;
    panels = new Map(looks.map((look) => [look.name, panel(look)]));
    root.replaceChildren(...[...panels.values()].map(({ cell }) => cell));
    draw();
  }

  // Columns and width of the pictures, so that bars and a clip's course fit on the screen, too.
  function layout(n) {
    const columns = n > 3 ? Math.ceil(n / 2) : n;
    const high = n === 1 ? 480 : n > 3 ? 190 : 330;
    return Math.floor(Math.min((state.width - 10 * (columns - 1)) / columns, (high * item.width) / item.height));
  }

  function draw() {
    if (!state.width || !item) return;
    const large = panels.has(state.large) ? state.large : "";
    const wide = layout(large ? 1 : Math.max(1, panels.size));
    const present = presentGroups();
    const common = { wide, present, top: barTop(present) };
    for (const [kind, each] of panels) {
      each.cell.style.display = large && large !== kind ? "none" : "block";
      drawOne(kind, each, common);
    }
  }

  function drawOne(kind, { cell, picture, bars, words, look }, { wide, present, top }) {
    const scale = wide / item.width;
    const high = Math.round(item.height * scale);
    cell.style.width = `${wide}px`;
    bars.style.display = state.layers.includes("bars") ? "block" : "none";
    const pen = surface(picture, wide, high);
    const [image, seen] = [state.pictures?.[kind], state.seen?.[kind]];
    if (!seen || !image) {
      pen.fillStyle = "#eeeeee";
      pen.fillRect(0, 0, wide, high);
      words.textContent = "";
      return;
    }
    const shown = parts.filter(({ name }) => state.parts.includes(name));
    pen.drawImage(image, 0, 0, wide, high);
    if (state.masks) pen.drawImage(state.masks, 0, 0, wide, high);
    if (state.layers.includes("keypoints")) drawPoses(pen, seen, shown, state.threshold, scale);
    if (kind === "original") words.textContent = persons(seen);
    else {
      if (state.layers.includes("shifts")) drawShifts(pen, seen, shown, state.threshold, scale);
      words.textContent = caption(seen);
      drawGroups(bars, wide, seen.groups, groups, present, state.threshold, top, look);
    }
  }

  // The caption says what is under the mouse: which keypoint, its score, and how far it moved.
  function point(kind, { offsetX, offsetY }) {
    const each = panels.get(kind);
    const seen = state.seen?.[kind];
    if (!each || !seen) return;
    const scale = parseFloat(each.cell.style.width) / item.width;
    const shown = parts.filter(({ name }) => state.parts.includes(name));
    const found = keypointAt(seen, shown, state.threshold, offsetX / scale, offsetY / scale, REACH / scale);
    if (!found) each.words.textContent = kind === "original" ? persons(seen) : caption(seen);
    else {
      const epe = Number.isFinite(found.epe) ? `EPE ${found.epe.toFixed(1)} px` : "not found on both";
      const name = keypoints[found.keypoint].replaceAll("_", " ");
      each.words.textContent = `${name}: score ${((found.level - 1) / 100).toFixed(2)}${kind === "original" ? "" : `, ${epe}`}`;
    }
  }

  const persons = ({ n_persons }) => `${n_persons} person${n_persons === 1 ? "" : "s"}`;
  function caption(seen) {
    const [epe, ptk] = [seen.epe.at(state.threshold), seen.ptk.at(state.threshold)];
    const words = [persons(seen)];
    words.push(Number.isFinite(epe) ? `EPE ${epe.toFixed(1)} px` : "no EPE");
    words.push(Number.isFinite(ptk) ? `PTK ${(100 * ptk).toFixed(0)} %` : "no pose on the original");
    if (seen.leaked !== null) words.push(`${(100 * seen.leaked).toFixed(0)} % leaked`);
    return words.join(", ");
  }

  const everywhere = () => Object.entries(state.seen ?? {}).filter(([kind]) => kind !== "original");
  // Groups of keypoints that were found on both, on any kind and at any threshold; all of them where there are none.
  function presentGroups() {
    const all = [...groups.keys()];
    const some = all.filter((g) => everywhere().some(([, seen]) => Number.isFinite(seen.groups.at(g, 0))));
    return some.length ? some : all;
  }
  // The next round number above the longest bar.
  function barTop(present) {
    const values = everywhere().flatMap(([, seen]) => present.map((g) => seen.groups.at(g, state.threshold)));
    const most = Math.max(2, ...values.filter(Number.isFinite));
    const power = 10 ** Math.floor(Math.log10(most));
    return [1, 2, 5, 10].find((step) => step * power >= most) * power;
  }

  return { root, prepare, draw };
}
