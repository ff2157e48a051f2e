// The threshold explorer: Python has sent every number at every threshold, so a slider only draws.
const N = 100;

function render({ model, el }) {
  const about = model.get("about");
  const { columns, readings } = about;
  const note = `${Math.round(100 * about.confidence)} % intervals below each value`;
  const percent = (value) => (value / N).toFixed(2);
  const place = (name) => Math.round(model.get(name) * N);
  const state = { pose: place("pose_threshold"), action: place("action_threshold"), width: 0, spots: [] };
  let pose;
  let actions;

  const looks = () => about.kinds.filter((look) => !model.get("hidden").includes(look.name));
  const save = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
  };
  const both = () => ({ pose_threshold: state.pose / N, action_threshold: state.action / N });
  const settle = later(() => save(both()), 150);
  const move = (which, draw) => (value) => {
    const start = performance.now();
    state[which] = value;
    draw();
    root.dataset.ms = (performance.now() - start).toFixed(2);
    settle();
  };

  // ---- the page ----

  const ran = (i) => make("small", { class: "name" }, `last run: ${about.written[i].toFixed(2)}`);
  const poseSlider = slider("Keypoint score threshold", { max: N - 1, value: state.pose, show: percent }, move("pose", drawPoses));
  const actionSlider = slider("Action score threshold", { max: N - 1, value: state.action, show: percent }, move("action", drawActions));
  poseSlider.root.append(ran(0));
  actionSlider.root.append(ran(1));
  const scatter = make("canvas", { class: "plot scatter", role: "img", "aria-label": "EPE against PTK" });
  const curves = make("canvas", { class: "plot curves", role: "img", "aria-label": "PTA, ACC and actions" });
  const [poseNumbers, actionNumbers] = [make("table", { class: "numbers" }), make("table", { class: "numbers" })];
  const tip = make("div", { class: "tip" });
  const status = make("span", { class: "status", role: "status" });
  const button = make("button", { class: "act", type: "button", onclick: writeThresholds }, "Write both thresholds to params.yaml");
  const plots = make("div", { class: "plots" }, poseSlider.root, scatter);
  const root = make(
    "div",
    { class: "anonlab thresholds" },
    controls(),
    make("div", { class: "row" }, plots, make("div", { class: "side" }, poseNumbers)),
    make("div", { class: "row" }, make("div", { class: "plots" }, actionSlider.root, curves), make("div", { class: "side" }, actionNumbers)),
    make("div", { class: "bar" }, button, status),
    tip,
  );
  el.append(root);

  function controls() {
    const { kinds, scenarios, parts, media } = about;
    const names = scenarios.map(({ name }) => name);
    const methods = kinds.map((look) => ({ name: look.name, title: look.label, look }));
    const chosen = model.get("scenarios").length ? model.get("scenarios") : names;
    const part = (name) => [name, name === "all" ? "all 133" : name.replace("_", " ")];
    const upTo10 = Array.from({ length: 10 }, (_, i) => [`${i + 1}`, `${i + 1}`]);
    return make(
      "div",
      { class: "bar" },
      toggles("Methods", methods, looks().map(({ name }) => name), (on) => {
        save({ hidden: kinds.map(({ name }) => name).filter((name) => !on.includes(name)) });
      }),
      names.length > 1 ? toggles("Scenarios", scenarios, chosen, (on) => save({ scenarios: on.length ? on : ["(none)"] })) : null,
      choice("Keypoints", parts.map(part), model.get("part"), (name) => save({ part: name })),
      media.length > 1 ? choice("Poses on", [["image", "images"], ["video", "clips"]], model.get("media"), (medium) => save({ media: medium })) : null,
      choice("Actions shown", upTo10, `${model.get("top")}`, (top) => save({ top: +top })),
    );
  }

  function writeThresholds() {
    save({ ...both(), message: "" });
    status.textContent = "Writing, and asking DVC what would run again ...";
    // With the numbers in it: the state above may wait for the kernel while this overtakes it.
    model.send({ do: "write", ...both() });
  }

  // ---- drawing ----

  function load() {
    pose = unpackSweep(model.get("pose"), ["epe", "ptk", "posed"]);
    actions = unpackSweep(model.get("actions"), ["empty"]);
    if (actions) actions.frames = unpack(actions.seen.frames);
  }

  function drawPoses() {
    if (!state.width) return;
    state.spots = [];
    poseNumbers.replaceChildren();
    if (!pose) return say(scatter, about.no_poses);
    const common = { looks: looks(), t: state.pose, reading: readings.ptk };
    state.spots = drawScatter(scatter, state.width, pose, common);
    tabulatePoses(poseNumbers, pose, { ...common, columns, note, media: model.get("media") });
  }

  function drawActions() {
    if (!state.width) return;
    actionNumbers.replaceChildren();
    actionSlider.root.classList.toggle("off", !actions);
    const some = model.get("scenarios").length > 0;
    if (!actions) return say(curves, some ? "There are no clips with actions in what is chosen above." : about.no_actions);
    const common = { looks: looks(), t: state.action, reading: readings.pta };
    drawCurves(curves, state.width, actions, { ...common, whiskers: model.get("whiskers"), top: model.get("top") });
    tabulateActions(actionNumbers, actions, { ...common, columns, note });
  }

  function everything() {
    drawPoses();
    drawActions();
  }

  function say(canvas, text) {
    const pen = surface(canvas, state.width, 80);
    wrapped(pen, text, state.width - 40, 12).forEach((each, i) => {
      write(pen, each, state.width / 2, 30 + 17 * i, { size: 12, align: "center", colour: NOTE });
    });
  }

  // ---- what happens ----

  scatter.addEventListener("mousemove", (event) => {
    const near = state.spots.map((spot) => ({ ...spot, d: Math.hypot(spot.x - event.offsetX, spot.y - event.offsetY) }));
    const best = near.filter(({ d }) => d < 9).sort((one, other) => one.d - other.d)[0];
    tip.textContent = best ? best.text : "";
    tip.style.display = best ? "block" : "none";
    const home = root.getBoundingClientRect();
    tip.style.left = `${Math.min(event.clientX - home.left + 12, home.width - 320)}px`;
    tip.style.top = `${event.clientY - home.top + 14}px`;
  });
  scatter.addEventListener("mouseleave", () => (tip.style.display = "none"));
  model.on("change:pose change:actions", () => {
    load();
    everything();
  });
  model.on("change:hidden change:top", everything);
  model.on("change:whiskers", drawActions);
  model.on("change:message", () => (status.textContent = model.get("message") || status.textContent));
  for (const [name, which, control, draw] of [
    ["pose_threshold", "pose", poseSlider, drawPoses],
    ["action_threshold", "action", actionSlider, drawActions],
  ]) {
    model.on(`change:${name}`, () => {
      if (place(name) === state[which]) return;
      state[which] = place(name);
      control.set(state[which]);
      draw();
    });
  }
  load();
  return onWidth(plots, (width) => {
    state.width = Math.floor(width);
    everything();
  });
}
export default { render };
