// Draws the crops in their groups; a click, or Enter on one, sends its place among all of them.
export default function ({ data, parentElement, setTriggerValue }) {
  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text; // never as HTML: a reason may quote a file
    return element;
  };

  let drawn = 0;

  function drawCrop(crop) {
    const place = drawn++;
    const button = make("button", "", "");
    button.title = crop.title;
    button.setAttribute("aria-label", `${crop.title}. Open the case.`);
    const picture = crop.image === null ? make("div", "crop", crop.reason) : make("img", "crop", "");
    if (crop.image !== null) {
      picture.src = crop.image;
      picture.alt = "";
    }
    button.append(picture, ...crop.words.map((words, line) => make("span", line ? "words quiet" : "words", words)));
    button.onclick = () => setTriggerValue("opened", place);
    return button;
  }

  function drawGroup(group) {
    const section = make("section", "", "");
    section.style.setProperty("--grade", group.color);
    const heading = make("h4", "", group.title);
    heading.append(make("span", "", group.count));
    const crops = make("div", "crops", "");
    crops.append(...group.crops.map(drawCrop));
    section.append(heading, group.crops.length ? crops : make("div", "none", group.none));
    return section;
  }

  parentElement.querySelector(".sheet").replaceChildren(...data.groups.map(drawGroup));
}
