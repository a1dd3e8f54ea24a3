// Draws every chart in the colours that the reader's system prefers, and anew when that changes.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
function draw() {
  const ink = dark.matches ? "#e3e8ea" : "#1c2429";
  const line = dark.matches ? "#3a4149" : "#d9dde2";
  const config = {
    background: "transparent",
    view: { stroke: null },
    text: { color: ink },
    axis: { labelColor: ink, titleColor: ink, gridColor: line, domainColor: line, tickColor: line },
    header: { labelColor: ink, titleColor: ink },
    legend: { labelColor: ink, titleColor: ink },
  };
  const specs = JSON.parse(document.getElementById("specs").textContent);
  specs.forEach((spec, place) => vegaEmbed(`#chart${place}`, spec, { actions: false, renderer: "svg", config }));
}
dark.addEventListener("change", draw);
draw();
