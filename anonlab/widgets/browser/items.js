// The list of items: only the rows that can be seen exist, so it may hold thousands.
const ROW = 46;

function itemList(entries, { chosen, wanted }) {
  const space = make("div", { class: "space" });
  const box = make("div", { class: "items", tabindex: 0, role: "listbox", "aria-label": "Items" }, space);
  const rows = new Map();
  const pictures = new Map();
  let order = [];
  let now = -1;

  const ask = later(() => {
    const missing = [...rows.keys()].filter((i) => !pictures.has(i));
    if (missing.length) wanted(missing.slice(0, 12));
  }, 60);

  function row(i, note) {
    const { item, media, n_frames } = entries[i];
    const name = item.split("/").slice(1).join("/");
    const what = media === "video" ? `${n_frames} frames` : "";
    const picture = make("img", { alt: "", src: pictures.get(i) });
    return make(
      "div",
      { class: "item", role: "option", title: item, "data-item": item, onclick: () => chosen(i) },
      make("span", { class: "thumb" }, picture),
      make("span", { class: "words" }, make("b", {}, name), make("small", {}, [note, what].filter(Boolean).join(" · "))),
    );
  }

  let note = () => "";
  function fill() {
    const [first, last] = [Math.floor(box.scrollTop / ROW) - 2, Math.ceil((box.scrollTop + box.clientHeight) / ROW) + 2];
    const visible = new Set(order.slice(Math.max(0, first), last));
    for (const [i, element] of rows) {
      if (!visible.has(i)) {
        element.remove();
        rows.delete(i);
      }
    }
    order.slice(Math.max(0, first), last).forEach((i, k) => {
      if (!rows.has(i)) {
        rows.set(i, row(i, note(i)));
        space.append(rows.get(i));
      }
      rows.get(i).style.top = `${(Math.max(0, first) + k) * ROW}px`;
      rows.get(i).setAttribute("aria-selected", `${i === now}`);
    });
    ask();
  }
  box.addEventListener("scroll", fill);
  box.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = order[order.indexOf(now) + (step || 0)];
    if (step && next !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      chosen(next);
      show(next);
    }
  });
  function show(i) {
    const y = order.indexOf(i) * ROW;
    if (y < box.scrollTop || y + ROW > box.scrollTop + box.clientHeight) box.scrollTop = y - ROW;
  }
  return {
    root: box,
    arrange(newOrder, newNote) {
      [order, note] = [newOrder, newNote];
      space.style.height = `${order.length * ROW}px`;
      for (const element of rows.values()) element.remove();
      rows.clear();
      box.scrollTop = Math.min(box.scrollTop, order.length * ROW);
      fill();
    },
    mark(i) {
      now = i;
      fill();
    },
    show,
    thumbnails(which, buffers) {
      which.forEach((i, k) => {
        pictures.set(i, URL.createObjectURL(new Blob([buffers[k]], { type: "image/jpeg" })));
        const image = rows.get(i)?.querySelector("img");
        if (image) image.src = pictures.get(i);
      });
      ask();
    },
    fill,
    clear: () => [...pictures.values()].forEach((url) => URL.revokeObjectURL(url)),
  };
}
