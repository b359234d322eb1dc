/** What a person does to the world: taps, pictures, inputs, faults. Each is one request; what came of it is seen. */
import { lastReceipt } from "./simulator-paper.js";

const TAPPED_MS = 700;
const TROUBLE_FOR_MS = 5000;

let base = "";
let trouble = null;
let fallsSilent = 0;
let changedAt = 0;
let changesUnderWay = 0;

function complain(word) {
  trouble.textContent = document.body.dataset[word] ?? document.body.dataset.failed;
  clearTimeout(fallsSilent);
  fallsSilent = setTimeout(() => { trouble.textContent = ""; }, TROUBLE_FOR_MS);
}

/** Send; true when it was taken. `refused` names the sentence for input that cannot be used. */
async function send(method, path, body, refused = "failed") {
  const isPicture = body instanceof Blob;
  try {
    const answer = await fetch(base + path, {
      method,
      headers: { "Content-Type": isPicture ? body.type : "application/json" },
      body: isPicture ? body : JSON.stringify(body),
    });
    if (!answer.ok) complain(answer.status === 413 ? "tooLarge" : answer.status < 500 ? refused : "failed");
    return answer.ok;
  } catch {
    complain("gone");
    return false;
  }
}

/** A switch keeps what was chosen until the request is through; then it shows again how things are. */
async function change(box, method, path, body) {
  changesUnderWay += 1;
  box.dataset.busy = "yes";
  if (!(await send(method, path, body))) box.checked = !box.checked;
  changedAt = performance.now();
  changesUnderWay -= 1;
  delete box.dataset.busy;
}

/**
 * Whether what was asked for at `moment` (performance.now()) may still show a switch as it stood before its change: this
 * one, or another of its group, which goes off as it goes on.
 */
export function wasChangedSince(moment) {
  return changesUnderWay > 0 || changedAt >= moment;
}

function laneOf(element) {
  return element.closest("[data-lane]").dataset.lane;
}

function each(attribute, kind, listener) {
  for (const element of document.querySelectorAll(`[${attribute}]`)) {
    element.addEventListener(kind, (event) => listener(element, event));
  }
}

function connectCards() {
  const tap = (uid) => {
    const where = document.querySelector("[data-where]:checked");
    if (where) send("POST", `${where.value}/card`, { uid }, "notAUid");
  };
  each("data-uid", "click", (card) => {
    card.classList.remove("tapped");
    void card.offsetWidth; // begins the movement anew
    card.classList.add("tapped");
    setTimeout(() => card.classList.remove("tapped"), TAPPED_MS);
    tap(card.dataset.uid);
  });
  each("data-uid-form", "submit", (form, event) => {
    event.preventDefault();
    tap(form.elements.uid.value);
  });
}

function connectPictures() {
  each("data-hold-up", "click", (button) => {
    const receipt = lastReceipt();
    if (receipt !== null) send("POST", `lanes/${laneOf(button)}/receipt`, { receipt });
    else document.querySelector("[data-paper]").classList.add("missed");
  });
  each("data-picture", "change", (field) => {
    const [picture] = field.files;
    if (picture) send("POST", `lanes/${laneOf(field)}/frame`, picture, "notAPicture");
    field.value = "";
  });
}

function connectButton(button) {
  const name = button.dataset.press;
  let sent = Promise.resolve(); // one after another: a release must not overtake its press
  const press = (active) => {
    if (button.classList.contains("held") === active) return;
    button.classList.toggle("held", active);
    sent = sent.then(() => send("PUT", `lanes/${laneOf(button)}/inputs`, { [name]: active }));
  };
  button.addEventListener("pointerdown", (event) => {
    button.setPointerCapture(event.pointerId);
    press(true);
  });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) {
    button.addEventListener(kind, () => press(false));
  }
  button.addEventListener("keydown", (event) => { if (event.key === " " || event.key === "Enter") press(true); });
  button.addEventListener("keyup", () => press(false));
}

/** Connect every control of the page; `home` is the simulator's address, `line` where refusals are told. */
export function connect(home, line) {
  base = home;
  trouble = line;
  connectCards();
  connectPictures();
  document.querySelectorAll("[data-press]").forEach(connectButton);
  each("data-input", "change", (box) => {
    change(box, "PUT", `lanes/${laneOf(box)}/inputs`, { [box.dataset.input]: box.checked });
  });
  each("data-device", "change", (box) => {
    change(box, "PUT", `devices/${box.dataset.device}`, { unplugged: box.checked });
  });
  each("data-printer", "change", (box) => change(box, "PUT", "printer", { state: box.value }));
}
