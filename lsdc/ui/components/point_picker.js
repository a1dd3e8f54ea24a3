// Sends the picked point in source pixels; (0, 0) is the centre of the top-left pixel, as in `PixelPoint`.
const STEP = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const PAUSE_MS = 250; // a held key sends once, when it rests

export default function ({ data, parentElement, setTriggerValue }) {
  const frame = parentElement.querySelector(".frame");
  const image = parentElement.querySelector("img");
  const marker = parentElement.querySelector(".marker");
  const crop = parentElement.querySelector(".crop");
  const { rows, cols } = data;
  // A point that is not sent yet is newer than the one that the server knows.
  let point = frame.unsent ?? data.point;

  const clamp = (value, last) => Math.min(Math.max(Math.round(value * 10) / 10, 0), last);
  const percent = (position, size) => `${((position + 0.5) / size) * 100}%`;

  function draw() {
    marker.style.left = percent(point.col, cols);
    marker.style.top = percent(point.row, rows);
    crop.hidden = data.crop === null;
    if (data.crop === null) return;
    crop.style.left = percent(point.col - data.crop.cols / 2, cols);
    crop.style.top = percent(point.row - data.crop.rows / 2, rows);
    crop.style.width = `${(data.crop.cols / cols) * 100}%`;
    crop.style.height = `${(data.crop.rows / rows) * 100}%`;
  }

  function move(row, col) {
    point = { row: clamp(row, rows - 1), col: clamp(col, cols - 1) };
    frame.unsent = point;
    draw();
  }

  function send() {
    clearTimeout(frame.timer);
    frame.unsent = undefined;
    setTriggerValue("picked", point);
  }

  frame.style.aspectRatio = data.aspect;
  frame.style.maxWidth = `calc(${data.max_height_px}px * ${data.aspect})`;
  frame.setAttribute("aria-label", data.label);
  for (const edge of ["left", "right", "top", "bottom"]) {
    parentElement.querySelector(`.letter.${edge}`).textContent = data.letters[edge] ?? "";
  }
  const scale = parentElement.querySelector(".scale");
  scale.hidden = data.scale_bar === null;
  if (data.scale_bar !== null) {
    scale.style.width = `${data.scale_bar.share * 100}%`;
    scale.firstElementChild.textContent = data.scale_bar.label;
  }
  if (image.src !== data.image) image.src = data.image;
  draw();

  frame.onclick = (event) => {
    const box = image.getBoundingClientRect();
    move(((event.clientY - box.top) / box.height) * rows - 0.5, ((event.clientX - box.left) / box.width) * cols - 0.5);
    send();
  };

  frame.onkeydown = (event) => {
    const step = STEP[event.key];
    if (step === undefined) return;
    event.preventDefault(); // the page would scroll
    const length = event.shiftKey ? 10 : 1;
    move(point.row + step[0] * length, point.col + step[1] * length);
    clearTimeout(frame.timer);
    frame.timer = setTimeout(send, PAUSE_MS);
  };
}
