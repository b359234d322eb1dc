// The touchscreen's own keyboard: it comes when a field is touched, shows that field alone, and goes with it. The kiosk
// has no other; whoever has a real one types into the field as anywhere.

import Keyboard from "../vendor/simple-keyboard.js";
import { Composition } from "./touch-compose.js";
import { CHINESE_WAYS, LAYOUTS, STROKES, WAYS_OF_WORDS, composes } from "./touch-keys.js";

const NEXT = "{next}";

const board = document.getElementById("keyboard");
const names = JSON.parse(board.dataset.names);
const mostKeys = Number(board.dataset.mostKeys);
const composed = board.querySelector("[data-composition]");
const trouble = board.querySelector("[data-trouble]");
const hint = board.querySelector("[data-hint]");
const row = board.querySelector("[data-candidates]");

const isChinese = () => CHINESE_WAYS.has(layout);
const composition = new Composition(board.dataset.ime, show);

let input = null;
let way = board.dataset.way; // for words: as the visitor left it
let script = board.dataset.script;
let layout = "";

const keyboard = new Keyboard(board.querySelector("[data-keys-here]"), {
  layout: LAYOUTS,
  layoutName: way,
  theme: "keys",
  display: names,
  mergeDisplay: true,
  buttonAttributes: Object.entries(JSON.parse(board.dataset.labels)).map(
    ([buttons, value]) => ({ attribute: "aria-label", value, buttons }),
  ),
  useButtonTag: true,
  disableButtonHold: true,
  disableCaretPositioning: true,
  onKeyPress: (key) => { if (key !== NEXT) press(key); },
});

// The keys act when a finger comes down; whoever goes to one by a real keyboard presses it by Enter. The one that puts the
// keyboard away waits until the finger is up: else the same touch would also press what has come to lie beneath it.
board.addEventListener("click", (event) => {
  const key = event.target.closest("[data-skbtn]")?.dataset.skbtn;
  if (key && (event.detail === 0 || key === NEXT)) press(key);
});
// The field keeps the focus, and so its caret.
board.addEventListener("mousedown", (event) => event.preventDefault());

// --- coming and going ---

function open(field) {
  if (input === field) return;
  close();
  input = field;
  field.closest(".field").classList.add("is-typed");
  board.hidden = false;
  const kind = field.dataset.keys;
  lay(kind === "words" ? way : kind === "plate" && !field.value && board.dataset.script === "hans" ? "provinces" : kind);
  capitalise();
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
}

function close() {
  if (input === null) return;
  input.closest(".field").classList.remove("is-typed");
  input = null;
  board.hidden = true;
  delete document.body.dataset.typing;
  composition.set("");
}

function lay(name) {
  layout = name;
  document.body.dataset.typing = isChinese() ? "chinese" : "letters";
  board.dataset.layout = name;
  const next = onward() ? names["{next}"] : names["{done}"];
  keyboard.setOptions({
    layoutName: name,
    display: { ...names, ...(name === "stroke" ? STROKES : {}), "{next}": next, "{script}": names[`{${script}}`] },
    buttonTheme: [
      { class: "chosen", buttons: `{${name === "capitals" ? "latin" : name}}` },
      { class: "main", buttons: "{next}" },
    ],
  });
}

// --- what a key does ---

function press(key) {
  if (input === null) return;
  const name = key.slice(1, -1);
  if (key === "{erase}") erase();
  else if (key === "{space}") composition.keys ? pick(composition.candidates[0]) : write(" ");
  else if (key === NEXT) composition.candidates.length ? pick(composition.candidates[0]) : goOn();
  else if (key === "{shift}") lay(layout === "capitals" ? "latin" : "capitals");
  else if (key === "{script}") chooseScript();
  else if (WAYS_OF_WORDS.has(name)) choose(name);
  else if (key.length > 1) lay(name);
  else if (composes(layout, key)) compose(composition.keys + key);
  else {
    write(key);
    if (layout === "provinces") lay("plate");
    else capitalise();
  }
}

// Where a name begins surnames come first; fields of names are those with a capital at each word.
function compose(keys) {
  const at = input.value || input.autocapitalize !== "words" ? "inside" : "start";
  composition.set(keys.slice(0, mostKeys), { way: layout, script, at });
}

function pick(candidate) {
  if (candidate === undefined) return;
  write(candidate.text);
  compose(composition.keys.slice(candidate.keys));
}

function write(text) {
  const { selectionStart: from, selectionEnd: to, value, maxLength } = input;
  if (value.length - (to - from) + text.length > maxLength) return;
  input.setRangeText(text, from, to, "end");
  tell();
}

function erase() {
  if (composition.keys) return compose(composition.keys.slice(0, -1));
  const { selectionStart: from, selectionEnd: to, value } = input;
  const before = [...value.slice(0, from)]; // by characters: a rare one is two units long
  if (from === to && before.length) input.setRangeText("", from - before.at(-1).length, from, "end");
  else input.setRangeText("", from, to, "end");
  tell();
  capitalise();
}

function tell() {
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function capitalise() {
  if (layout !== "latin" && layout !== "capitals") return;
  const before = input.value.slice(0, input.selectionStart);
  const isDue = before === "" || (input.autocapitalize === "words" && before.endsWith(" "));
  if (isDue !== (layout === "capitals")) lay(isDue ? "capitals" : "latin");
}

// --- the way of typing, remembered for this visitor by the box ---

function choose(name) {
  composition.set("");
  lay(name);
  capitalise();
  if (name === "digits" || name === way) return;
  way = name;
  const told = new FormData(document.getElementById("leave"));
  told.set("way", name);
  fetch(board.dataset.tell, { method: "POST", body: told }).catch(() => {}); // The server restarts: it holds on this page.
}

function chooseScript() {
  script = script === "hant" ? "hans" : "hant";
  lay(layout);
  if (composition.keys) compose(composition.keys);
}

// --- onward: the next field, or the page's one button ---

function onward() {
  const elements = [...input.form.elements];
  const fields = elements.filter((each) => each.type === "text" && !each.readOnly);
  const next = fields[fields.indexOf(input) + 1];
  if (next) return () => (next.dataset.keys ? open(next) : next.focus());
  const buttons = elements.filter((each) => each.type === "submit");
  const ends = buttons.filter((each) => each.closest(".onward"));
  if (buttons[0].hidden || (buttons[0] === ends[0] && ends.length > 1)) return null;
  const form = input.form;
  return () => form.requestSubmit(buttons[0]);
}

function goOn() {
  const go = onward();
  close();
  go?.();
}

// --- what is shown of a composition ---

function show() {
  const strokes = layout === "stroke" ? [...composition.keys].map((key) => STROKES[key] ?? key).join("") : composition.keys;
  composed.textContent = strokes;
  trouble.hidden = !composition.hasFailed;
  hint.hidden = composition.keys !== "";
  const shown = composition.shown.map((candidate) => {
    const button = cell(candidate.text, () => pick(candidate));
    button.lang = script === "hans" ? "zh-Hans" : "zh-Hant";
    button.dataset.long = String([...candidate.text].length);
    return button;
  });
  const turns = [[-1, "earlier", composition.hasEarlier], [1, "later", composition.hasLater]].map(([pages, name, is]) => {
    const button = cell("", () => composition.turn(pages));
    button.setAttribute("aria-label", names[`{${name}}`]);
    button.dataset.turn = name;
    button.disabled = !is;
    return button;
  });
  row.replaceChildren(...(composition.keys ? [...shown, ...turns] : []));
}

function cell(text, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", act);
  return button;
}

// --- which fields ---

for (const field of document.querySelectorAll("input[data-keys]")) {
  field.addEventListener("click", () => open(field));
}
board.querySelector("[data-close]").addEventListener("click", close);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
document.addEventListener("focusin", (event) => {
  if (input !== null && event.target !== input && !board.contains(event.target)) close();
});

// On a touchscreen a page that begins with a field to be typed has its keys ready.
const first = document.querySelector("main form input[type=text]:not([readonly])");
const waits = document.querySelector("main [aria-invalid=true]") ?? first;
if (waits?.dataset.keys && waits.required && !waits.value && matchMedia("(any-pointer: coarse)").matches) open(waits);
board.dataset.ready = "yes";
