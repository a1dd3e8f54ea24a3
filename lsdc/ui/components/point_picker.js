// Sends the picked point in source pixels ((0, 0) is the centre of the top-left pixel, as in `PixelPoint`), and the slice
// that was paged to. Zoom and pan stay in the browser.
const STEP = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const PAGE = { PageUp: -1, PageDown: 1 };
const ZOOM = { "+": 1.5, "=": 1.5, "-": 1 / 1.5, 0: 0 };
const PAUSE_MS = 250; // a held key sends once, when it rests; so does a click that may become a double one
const PATIENCE_MS = 2000; // for the answer to one slice, before the next is asked for
const NOTCH_PX = 40; // of a trackpad, whose wheel has none
const DRAG_PX = 4;
const MAX_ZOOM = 8;
const BARS_MM = [50, 20, 10, 5, 2, 1];

export default function ({ data, parentElement, setTriggerValue }) {
  const frame = parentElement.querySelector(".frame");
  const find = (name) => frame.querySelector(name);
  const { rows, cols } = data;
  const view = (frame.view ??= { zoom: 1, left: 0, top: 0 });
  // A point that is not sent yet is newer than the one that the server knows.
  let point = frame.unsent ?? data.point;

  const within = (value, low, high) => Math.min(Math.max(value, low), high);
  const rounded = (value, last) => within(Math.round(value * 10) / 10, 0, last);
  const share = (position, size) => (position + 0.5) / size;
  const percent = (value) => `${value * 100}%`;

  function put(element, row, col) {
    element.style.left = percent(share(col, cols));
    element.style.top = percent(share(row, rows));
  }

  function drawPoint() {
    find(".marker").toggleAttribute("hidden", !point);
    find(".crop").hidden = !point || !data.crop;
    if (!point) return;
    put(find(".marker"), point.row, point.col);
    if (!data.crop) return;
    put(find(".crop"), point.row - data.crop.rows / 2, point.col - data.crop.cols / 2);
    find(".crop").style.width = percent(data.crop.cols / cols);
    find(".crop").style.height = percent(data.crop.rows / rows);
  }

  function drawLines() {
    const lines = find(".lines");
    lines.setAttribute("viewBox", `-0.5 -0.5 ${cols} ${rows}`);
    lines.replaceChildren(
      ...["edge", ""].flatMap((look) =>
        data.lines.map(([from, to]) => {
          const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
          const ends = { x1: from.col, y1: from.row, x2: to.col, y2: to.row, class: look };
          for (const [name, value] of Object.entries(ends)) line.setAttribute(name, value);
          return line;
        }),
      ),
    );
  }

  function drawMarks() {
    find(".marks").replaceChildren(
      ...data.marks.map((mark) => {
        const ring = document.createElement("div");
        ring.className = "mark";
        if (mark.color) ring.style.setProperty("--mark", mark.color);
        ring.appendChild(document.createElement("span")).textContent = mark.label;
        put(ring, mark.row, mark.col);
        return ring;
      }),
    );
  }

  function drawPlace(place) {
    find(".place").textContent = data.count > 1 ? `${place + 1} / ${data.count}` : "";
    find(".rail").hidden = data.count === 1;
    find(".rail").replaceChildren(
      ...[...data.seen.map((at) => [at, ""]), [place, "now"]].map(([at, look]) => {
        const tick = document.createElement("i");
        tick.className = look;
        tick.style.top = percent(at / data.count);
        tick.style.height = percent(1 / data.count);
        return tick;
      }),
    );
  }

  function drawView() {
    view.left = within(view.left, 1 - view.zoom, 0);
    view.top = within(view.top, 1 - view.zoom, 0);
    const stage = find(".stage").style;
    stage.width = stage.height = percent(view.zoom);
    stage.left = percent(view.left);
    stage.top = percent(view.top);
    frame.classList.toggle("zoomed", view.zoom > 1);
    const mm = data.width_mm && BARS_MM.find((length) => (length / data.width_mm) * view.zoom < 0.4);
    find(".scale").hidden = !mm;
    if (!mm) return;
    find(".scale").style.width = percent((mm / data.width_mm) * view.zoom);
    find(".scale span").textContent = `${mm} mm`;
  }

  // `x` and `y`: what stays where it is, in shares of the frame.
  function zoomBy(factor, x, y) {
    const zoom = within(view.zoom * factor, 1, MAX_ZOOM);
    view.left = x - ((x - view.left) * zoom) / view.zoom;
    view.top = y - ((y - view.top) * zoom) / view.zoom;
    view.zoom = zoom;
    drawView();
  }

  function zoomAtPoint(factor) {
    const at = point ?? { row: (rows - 1) / 2, col: (cols - 1) / 2 };
    const x = view.left + share(at.col, cols) * view.zoom;
    const y = view.top + share(at.row, rows) * view.zoom;
    zoomBy(factor, within(x, 0, 1), within(y, 0, 1));
  }

  function move(row, col) {
    point = { row: rounded(row, rows - 1), col: rounded(col, cols - 1) };
    frame.unsent = point;
    drawPoint();
  }

  function send() {
    clearTimeout(frame.timer);
    frame.unsent = undefined;
    setTriggerValue("picked", point);
  }

  // One slice is asked for at a time; where the wheel was faster, the last one follows.
  function ask() {
    if (performance.now() - (frame.asked ?? -Infinity) < PATIENCE_MS) return;
    frame.asked = performance.now();
    setTriggerValue("paged", frame.wanted);
  }

  function page(step) {
    const now = frame.wanted ?? data.place;
    frame.wanted = within(now + step, 0, data.count - 1);
    if (frame.wanted === now) return;
    drawPlace(frame.wanted);
    ask();
  }

  function inFrame(event) {
    const box = frame.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  frame.style.aspectRatio = data.aspect;
  frame.style.maxWidth = `calc(${data.max_height_px}px * ${data.aspect})`;
  frame.setAttribute("aria-label", data.label);
  for (const edge of ["left", "right", "top", "bottom"]) find(`.letter.${edge}`).textContent = data.letters[edge] ?? "";
  if (find("img").src !== data.image) find("img").src = data.image;
  frame.asked = undefined;
  if (frame.wanted === data.place) frame.wanted = undefined;
  if (frame.wanted !== undefined) ask();
  drawPoint();
  drawLines();
  drawMarks();
  drawPlace(frame.wanted ?? data.place);
  drawView();

  frame.onclick = (event) => {
    if (frame.dragged) return;
    const box = find("img").getBoundingClientRect();
    if (event.detail === 1) frame.before = point;
    move(((event.clientY - box.top) / box.height) * rows - 0.5, ((event.clientX - box.left) / box.width) * cols - 0.5);
    clearTimeout(frame.timer);
    if (view.zoom === 1) send();
    else frame.timer = setTimeout(send, PAUSE_MS);
  };

  frame.ondblclick = () => {
    if (view.zoom === 1) return;
    clearTimeout(frame.timer);
    frame.unsent = undefined;
    point = frame.before;
    drawPoint();
    zoomBy(0, 0, 0);
  };

  frame.onkeydown = (event) => {
    const { key, shiftKey } = event;
    if (!(key in STEP || key in PAGE || key in ZOOM) || event.ctrlKey || event.metaKey) return;
    event.preventDefault(); // the page would scroll
    if (key in PAGE) return page(PAGE[key]);
    if (key in ZOOM) return zoomAtPoint(ZOOM[key]);
    const length = shiftKey ? 10 : 1;
    const from = point ?? { row: (rows - 1) / 2, col: (cols - 1) / 2 };
    move(from.row + STEP[key][0] * length, from.col + STEP[key][1] * length);
    clearTimeout(frame.timer);
    frame.timer = setTimeout(send, PAUSE_MS);
  };

  frame.onwheel = (event) => {
    if (event.ctrlKey) {
      event.preventDefault();
      zoomBy(event.deltaY < 0 ? 1.2 : 1 / 1.2, ...inFrame(event));
    } else if (data.count > 1) {
      event.preventDefault();
      frame.rolled = (frame.rolled ?? 0) + event.deltaY;
      if (Math.abs(frame.rolled) < NOTCH_PX) return;
      page(Math.sign(frame.rolled));
      frame.rolled = 0;
    }
  };

  frame.onpointerdown = (event) => {
    frame.dragged = false;
    frame.held = view.zoom > 1 && { x: event.clientX, y: event.clientY, left: view.left, top: view.top };
  };
  frame.onpointermove = (event) => {
    if (!frame.held || event.buttons !== 1) return;
    const [right, down] = [event.clientX - frame.held.x, event.clientY - frame.held.y];
    frame.dragged ||= Math.hypot(right, down) > DRAG_PX;
    if (!frame.dragged) return;
    const box = frame.getBoundingClientRect();
    view.left = frame.held.left + right / box.width;
    view.top = frame.held.top + down / box.height;
    drawView();
  };

  for (const [name, factor] of [
    ["in", 1.5],
    ["out", 1 / 1.5],
  ]) {
    find(`.zoom .${name}`).onclick = (event) => {
      event.stopPropagation(); // no point was picked
      zoomAtPoint(factor);
    };
  }
  find(".zoom").ondblclick = (event) => event.stopPropagation();
}
