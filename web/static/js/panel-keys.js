// Shortcuts of single keys, for a guard whose hand is on the keyboard all night. They can be switched off in the menu
// (WCAG 2.2, 2.1.4), do nothing while somebody types, and none of them decides anything: they lead to where it is done.

const TYPED_INTO = "input, textarea, select, [contenteditable]";
const SEARCH = "[type=search]";

function labelOf(element) {
  return element.dataset.keyLabel ?? element.querySelector("span")?.textContent ?? element.textContent;
}

/** Put every shortcut of this page into the list of them. */
function fill(list) {
  const lines = [...document.querySelectorAll("[data-key]")].map((element) => [element.dataset.key, labelOf(element)]);
  const search = document.querySelector(SEARCH);
  if (search) lines.push(["/", search.closest("label")?.textContent.trim() ?? search.placeholder]);
  list.replaceChildren(
    ...lines.map(([key, label]) => {
      const line = document.createElement("div");
      const term = document.createElement("dt");
      const stroke = document.createElement("kbd");
      const told = document.createElement("dd");
      stroke.textContent = key.toUpperCase();
      told.textContent = label.trim();
      term.append(stroke);
      line.append(term, told);
      return line;
    }),
  );
}

/** A link is followed; what opens under a button is opened, and its first field is ready to be typed into. */
function follow(element) {
  element.click();
  const opened = element.closest("details[open]");
  if (element.matches("summary") && opened) opened.querySelector("input:not([type=hidden])")?.focus();
}

export function startKeys() {
  const dialog = document.querySelector("[data-keys-list]");
  if (!dialog) return;
  const show = () => {
    fill(dialog.querySelector("dl"));
    dialog.showModal();
  };
  const button = document.querySelector("[data-show-keys]");
  button.hidden = false;
  button.addEventListener("click", show);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
    if (dialog.open || event.target.closest(TYPED_INTO)) return;
    const key = event.key.toLowerCase();
    const element = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (key === "?") show();
    else if (key === "/") document.querySelector(SEARCH)?.focus();
    else if (element) follow(element);
    else return;
    event.preventDefault();
  });
}
