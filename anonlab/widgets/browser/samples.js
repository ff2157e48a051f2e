// The sample explorer: asks Python for one frame at a time, and draws over it what was seen there.
function render({ model, el }) {
  const about = model.get("about");
  const { items, kinds, parts, every } = about;
  const order = kinds.map(({ name }) => name);
  const state = {
    item: Math.max(0, items.findIndex(({ item }) => item === model.get("item"))),
    frame: model.get("frame"),
    threshold: Math.round(100 * model.get("pose_threshold")),
    parts: parts.map(({ name }) => name),
    layers: ["keypoints", "bars"],
    large: "",
    sort: "name",
    by: order.find((name) => name !== "original") ?? "original",
    scenario: "",
    seen: null,
    pictures: null,
    masks: null,
    course: null,
    decoded: -every,
    width: 0,
  };
  const isClip = () => items[state.item]?.media === "video";
  const lastFrame = () => Math.floor((items[state.item].n_frames - 1) / every) * every;
  const looks = () => kinds.filter(({ name }) => model.get("shown").includes(name));
  const names = () => looks().map(({ name }) => name);
  const save = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
  };
  let ranks;

  // ---- asking ----

  const post = courier((request) => model.send(request));
  function askFrame() {
    if (!items.length) return;
    state.asked = performance.now();
    post.ask({ do: "frame", item: state.item, frame: state.frame, kinds: names(), masks: state.layers.includes("masks") });
  }
  function askCourse() {
    if (isClip()) model.send({ do: "course", item: state.item, kinds: names() });
  }
  // When nothing else is wanted, the rest of a clip is decoded, so that dragging is fluid later.
  function askAhead() {
    if (isClip() && state.decoded < lastFrame()) {
      post.ask({ do: "ahead", item: state.item, after: state.decoded, kinds: names() });
    }
  }

  async function answered(content, buffers) {
    if (content.do === "thumbnails") return list.thumbnails(content.request.items, buffers);
    if (content.do === "course") return courseCame(content, buffers);
    const { request, error } = content;
    const current = request.item === state.item && request.kinds.join() === names().join();
    if (error) status.textContent = error;
    else if (current && content.do === "ahead") {
      state.decoded = content.full ? lastFrame() : content.decoded;
      drawTimeline();
    } else if (current && "pending" in content) {
      status.textContent = "decoding ...";
      post.again(request);
    } else if (current && request.frame === state.frame) await frameCame(content, buffers);
    if (!post.answered() && !error) askAhead();
  }

  // A message whose arrays are among the buffers that came with it.
  function filled(tree, buffers) {
    if (!tree || typeof tree !== "object" || Array.isArray(tree)) return tree;
    if ("shape" in tree) return unpack({ shape: tree.shape, data: buffers[tree.data.buffer] });
    return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, filled(value, buffers)]));
  }

  async function frameCame({ request, seen, n_pictures }, buffers) {
    const blobs = buffers.slice(0, n_pictures).map((each, i) => {
      return new Blob([each], { type: i < request.kinds.length ? "image/jpeg" : "image/png" });
    });
    const decoded = await Promise.all(blobs.map((blob) => createImageBitmap(blob)));
    if (request.item !== state.item || request.frame !== state.frame) return; // while decoding, something else was chosen
    state.seen = filled(seen, buffers);
    state.pictures = Object.fromEntries(request.kinds.map((kind, i) => [kind, decoded[i]]));
    state.masks = request.masks && state.layers.includes("masks") ? decoded[decoded.length - 1] : null;
    status.textContent = "";
    grid.draw();
    drawTimeline();
    root.dataset.ms = (performance.now() - state.asked).toFixed(1);
    root.dataset.frame = `${state.item}/${request.frame}`;
  }
  function courseCame({ request, course, error }, buffers) {
    if (error) status.textContent = error;
    if (error || request.item !== state.item) return;
    state.course = filled(course, buffers);
    drawTimeline();
  }

  // ---- the list ----

  const notes = {
    name: () => "",
    epe: (v) => (Number.isFinite(v) ? `EPE ${v.toFixed(1)} px` : "no EPE"),
    ptk: (v) => (Number.isFinite(v) ? `PTK ${(100 * v).toFixed(0)} %` : "no pose"),
    lost: (v) => (Number.isFinite(v) ? `${v} lost` : ""),
    leaks: (v) => (Number.isFinite(v) ? `${(100 * v).toFixed(0)} % leaked` : ""),
  };
  const list = itemList(items, { chosen: choose, wanted: (which) => model.send({ do: "thumbnails", items: which }) });
  function arrange() {
    const value = (i) => (state.sort === "name" ? NaN : ranks[state.sort].at(order.indexOf(state.by), i));
    const sign = state.sort === "ptk" ? 1 : -1; // a small PTK is bad, a small EPE is not
    const known = (i) => (Number.isFinite(value(i)) ? sign * value(i) : Infinity);
    const some = [...items.keys()].filter((i) => !state.scenario || items[i].scenario === state.scenario);
    if (state.sort !== "name") some.sort((a, b) => known(a) - known(b) || a - b);
    list.arrange(some, (i) => notes[state.sort](value(i)));
    count.textContent = `${some.length.toLocaleString("en")} item${some.length === 1 ? "" : "s"}`;
  }
  function choose(i, frame) {
    const middle = Math.floor(items[i].n_frames / 2 / every) * every;
    const start = items[i].media === "video" ? Math.min(middle, 20 * every) : 0;
    Object.assign(state, { item: i, frame: frame ?? start, seen: null, course: null, decoded: -every });
    save({ item: items[i].item, frame: state.frame });
    list.mark(i);
    head.textContent = items[i].item;
    prepare();
    askFrame();
    askCourse();
  }
  function prepare() {
    grid.prepare(items[state.item], looks());
    clip.style.display = isClip() ? "block" : "none";
    if (!isClip()) return;
    scrub.input.max = lastFrame();
    scrub.input.step = every;
    scrub.set(state.frame);
  }

  // ---- the clip ----

  const settle = later(() => save({ frame: state.frame }), 200);
  function go(frame) {
    state.frame = Math.max(0, Math.min(lastFrame(), Math.round(frame / every) * every));
    scrub.set(state.frame);
    settle();
    drawTimeline();
    askFrame();
  }
  let toFrame = null;
  function drawTimeline() {
    if (!isClip() || !state.course || !state.width) return;
    const threshold = Math.round(100 * about.action_threshold);
    const { frame, decoded } = state;
    toFrame = drawCourse(timeline, state.width, state.course, { looks: looks(), every, threshold, frame, decoded });
  }
  function worstFrame() {
    const k = state.course ? state.course.kinds.indexOf(state.by) : -1;
    if (k < 0) return;
    const epe = Array.from({ length: state.course.epe.shape[1] }, (_, i) => state.course.epe.at(k, i));
    const worst = epe.reduce((best, v, i) => (v > (epe[best] ?? -1) ? i : best), -1);
    if (worst >= 0) go(worst * every);
  }

  // ---- the page ----

  const head = make("b", { class: "head" });
  const count = make("small", { class: "name" });
  const status = make("span", { class: "status", role: "status" });
  const grid = pictureGrid(about, state);
  const timeline = make("canvas", { class: "timeline", role: "img", "aria-label": "The clip's course" });
  const scrub = slider("Frame", { max: 1, value: 0 }, go);
  const rank = later(() => save({ pose_threshold: state.threshold / 100 }), 250);
  const show = (v) => (v / 100).toFixed(2);
  const threshold = slider("Keypoint score threshold", { max: 99, value: state.threshold, show }, (v) => {
    state.threshold = v;
    grid.draw();
    rank();
  });
  const sorting = make("div", { class: "sorting" });
  const hint = `Poses: every ${every}th frame. Actions: score > ${about.action_threshold}; hatched: cannot be predicted.`;
  const clip = make(
    "div",
    { class: "clip" },
    make("div", { class: "bar" }, scrub.root, make("button", { type: "button", onclick: worstFrame }, "Frame with the largest EPE")),
    timeline,
    make("small", { class: "name" }, hint),
  );
  const main = make(
    "div",
    { class: "main" },
    make("div", { class: "bar" }, kindToggles()),
    make("div", { class: "bar" }, layerToggles(), partToggles()),
    make("div", { class: "bar" }, threshold.root, head, status),
    grid.root,
    clip,
  );
  const root = make("div", { class: "anonlab samples" }, make("div", { class: "list" }, sorting, list.root, count), main);
  el.append(root);

  function kindToggles() {
    const entries = kinds.map((look) => ({ name: look.name, title: look.label, look }));
    return toggles("Kinds", entries, model.get("shown"), (on) => save({ shown: order.filter((name) => on.includes(name)) }));
  }
  function layerToggles() {
    const layers = ["keypoints", "shifts", "masks", "bars"].map((name) => ({ name, title: name }));
    return toggles("Show", layers, state.layers, (on) => {
      const more = on.includes("masks") && !state.masks;
      state.layers = on;
      if (!on.includes("masks")) state.masks = null;
      if (more) askFrame();
      else grid.draw();
    });
  }
  function partToggles() {
    const entries = parts.map(({ name }) => ({ name, title: name.replace("_", " ") }));
    const group = toggles("Parts", entries, state.parts, (on) => {
      state.parts = on;
      grid.draw();
    });
    group.querySelectorAll("button").forEach((button, i) => {
      button.prepend(make("i", { class: "dot", style: `background: ${rgb(parts[i].colour)}` }));
    });
    return group;
  }
  function sortControls() {
    const sorts = [["name", "name"], ["epe", "largest EPE"], ["ptk", "smallest PTK"], ["lost", "most persons lost"]];
    if (ranks.leaks) sorts.push(["leaks", "most leaked"]);
    const methods = kinds.filter(({ name }) => name !== "original").map(({ name, label }) => [name, label]);
    const scenarios = [["", "all scenarios"], ...about.scenarios.map(({ name, title }) => [name, title])];
    const set = (name) => (value) => {
      state[name] = value;
      arrange();
      list.root.scrollTop = 0;
      list.fill();
    };
    sorting.append(choice("Sort by", sorts, state.sort, set("sort")));
    if (methods.length) sorting.append(choice("of", methods, state.by, set("by")));
    if (scenarios.length > 2) sorting.append(choice("in", scenarios, state.scenario, set("scenario")));
  }
  function takeRanks() {
    ranks = Object.fromEntries(Object.entries(model.get("ranks")).map(([name, packed]) => [name, unpack(packed)]));
  }

  // ---- what happens ----

  let dragging = false;
  timeline.addEventListener("pointerdown", (event) => {
    dragging = true;
    timeline.setPointerCapture(event.pointerId);
    if (toFrame) go(toFrame(event.offsetX));
  });
  timeline.addEventListener("pointermove", (event) => dragging && toFrame && go(toFrame(event.offsetX)));
  timeline.addEventListener("pointerup", () => (dragging = false));
  model.on("msg:custom", answered);
  model.on("change:ranks", () => {
    takeRanks();
    arrange();
    askCourse();
  });
  model.on("change:shown", () => {
    Object.assign(state, { course: null, decoded: -every });
    prepare();
    askFrame();
    askCourse();
  });
  model.on("change:item change:frame", () => {
    const i = items.findIndex(({ item }) => item === model.get("item"));
    if (i >= 0 && i !== state.item) {
      choose(i);
      list.show(i);
    } else if (model.get("frame") !== state.frame && isClip()) go(model.get("frame"));
  });
  takeRanks();
  sortControls();
  if (!items.length) main.replaceChildren(make("p", {}, "The data set is empty."));
  else choose(state.item, state.frame || undefined);
  arrange();
  const stop = onWidth(main, (width) => {
    state.width = Math.floor(width);
    grid.draw();
    drawTimeline();
    list.fill();
  });
  return () => {
    stop();
    list.clear();
    model.off("msg:custom", answered);
  };
}
export default { render };
