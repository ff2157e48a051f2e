// The readouts beside the plots: a row per method, each value with its interval below it.
const rounded = (value, [, factor, digits]) => (Number.isFinite(value) ? (factor * value).toFixed(digits) : "–");

function cell({ value, low, high }, column) {
  const interval = Number.isFinite(low) ? `${rounded(low, column)} – ${rounded(high, column)}` : "";
  return make("td", {}, make("b", {}, rounded(value, column)), make("small", {}, interval));
}

function counted(above, below) {
  return make("td", {}, make("b", {}, above), make("small", {}, below));
}

function tabulate(table, titles, looks, note, row) {
  const head = make("tr", {}, ...["", ...titles].map((title) => make("th", {}, title)));
  const body = looks.map((look) => make("tr", { "data-kind": look.name }, make("th", {}, badge(look), look.label), ...row(look)));
  table.replaceChildren(make("tbody", {}, head, ...body), make("caption", {}, note));
}

function tabulatePoses(table, pose, { looks, t, reading, columns, note, media }) {
  const items = [...pose.items.keys()].filter((i) => pose.posed.at(i, t));
  const titles = ["EPE (px)", "EPE (% of person)", "PTK (%)", `${media === "image" ? "images" : "clips"} with pose`];
  tabulate(table, titles, looks.filter(({ name }) => pose.kinds.includes(name)), `n: the original's keypoints; ${note}`, ({ name }) => {
    const k = pose.kinds.indexOf(name);
    const kept = ends(pose.summary[reading], k, 0, t);
    const seen = items.filter((i) => Number.isFinite(pose.epe.at(k, i, t))).length;
    return [
      cell(ends(pose.summary.epe_px, k, 0, t), columns.epe_px),
      cell(ends(pose.summary.epe_norm, k, 0, t), columns.epe_norm),
      cell(kept, columns.ptk),
      counted(`${seen} of ${items.length}`, `n = ${kept.n.toLocaleString("en")}`),
    ];
  });
}

function tabulateActions(table, actions, { looks, t, reading, columns, note }) {
  const clips = `${actions.n_clips} clip${actions.n_clips === 1 ? "" : "s"}; ${note}`;
  const shown = looks.filter(({ name }) => actions.kinds.includes(name));
  tabulate(table, ["PTA (%)", "ACC (%)", "frames with an action"], shown, clips, ({ name }) => {
    const k = actions.kinds.indexOf(name);
    const [found, equal] = [ends(actions.summary[reading], k, 0, t), ends(actions.summary.acc, k, 0, t)];
    return [
      cell(found, columns.pta),
      cell(equal, columns.acc),
      counted(found.n.toLocaleString("en"), `of ${equal.n.toLocaleString("en")}`),
    ];
  });
}
