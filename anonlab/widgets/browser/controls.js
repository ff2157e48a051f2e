// Parts of the page that both explorers are made of.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

// A kind's marker, or the floor's line, as a small picture for buttons and tables.
function badge(look) {
  const canvas = make("canvas", { class: "badge" });
  const pen = surface(canvas, 18, 14);
  line(pen, look, 1.6, () => {
    pen.moveTo(1, 7);
    pen.lineTo(17, 7);
  });
  pen.fillStyle = look.colour;
  mark(pen, look, 9, 7, 9, true);
  return canvas;
}

// Buttons that are on or off; `changed` gets the names of those that are on.
function toggles(label, entries, on, changed) {
  const buttons = entries.map(({ name, title, look }) =>
    make(
      "button",
      {
        class: "toggle",
        type: "button",
        "data-name": name,
        "aria-pressed": `${on.includes(name)}`,
        onclick: (event) => {
          const button = event.currentTarget;
          button.setAttribute("aria-pressed", `${button.getAttribute("aria-pressed") !== "true"}`);
          changed(pressed());
        },
      },
      look ? badge(look) : null,
      title,
    ),
  );
  const pressed = () =>
    buttons.filter((button) => button.getAttribute("aria-pressed") === "true").map((button) => button.dataset.name);
  return make("span", { class: "group", role: "group", "aria-label": label }, make("span", { class: "name" }, label), ...buttons);
}

function choice(label, entries, now, changed) {
  const options = entries.map(([name, title]) => make("option", { value: name, selected: name === now }, title));
  const select = make("select", { onchange: (event) => changed(event.target.value) }, ...options);
  return make("label", { class: "group" }, make("span", { class: "name" }, label), select);
}

// A slider with its number; `moved` is called with every step of the mouse.
function slider(label, { min = 0, max, step = 1, value, show = (v) => `${v}` }, moved) {
  const number = make("output", {}, show(value));
  const input = make("input", { type: "range", min, max, step, value, "aria-label": label });
  input.addEventListener("input", () => {
    number.textContent = show(+input.value);
    moved(+input.value);
  });
  const root = make("label", { class: "slider" }, make("span", { class: "name" }, label), input, number);
  const set = (v) => {
    input.value = v;
    number.textContent = show(v);
  };
  return { root, input, set };
}

// Calls `f` once things have been quiet for a while.
function later(f, ms) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => f(...given), ms);
  };
}

// Calls `draw` with the element's width, now and whenever that changes; returns how to stop.
function onWidth(element, draw) {
  const watcher = new ResizeObserver(([entry]) => entry.contentRect.width > 0 && draw(entry.contentRect.width));
  watcher.observe(element);
  return () => watcher.disconnect();
}
