// Residents' pages work without this. With it, the first page tells at once who is at the gate, and codes are shared.

const LOOK_EVERY_MS = 3000;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!("once" in form.dataset)) return;
  if ("sent" in form.dataset) event.preventDefault();
  form.dataset.sent = "";
});

// A page brought back by the browser's own history shows the state of long ago.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

function isSame(one, other) {
  const strip = (part) => part.innerHTML.replaceAll(/name="csrf_token" value="[^"]*"/g, "");
  return strip(one) === strip(other);
}

async function look(place) {
  if (document.hidden) return;
  try {
    const answer = await fetch(place.dataset.live);
    if (answer.status === 401) return location.reload();
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [told, shown] = [page.querySelector("[data-gate]"), place.querySelector("[data-gate]")];
    // An answer that is on its way stays as it is; what has not changed keeps its buttons under the finger.
    if (place.querySelector("[data-sent]") || isSame(told, shown)) return;
    shown.replaceWith(told);
  } catch {
    // The box does not answer: the next look tries again.
  }
}

for (const place of document.querySelectorAll("[data-live]")) {
  setInterval(() => look(place), LOOK_EVERY_MS);
  document.addEventListener("visibilitychange", () => look(place));
}

/** Copy without the clipboard's own interface, which browsers keep from pages of a plain http address. */
function copy(field) {
  field.select();
  return document.execCommand("copy");
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", () => {
    if (copy(document.getElementById(button.dataset.copy))) button.textContent = button.dataset.done;
  });
}

for (const button of document.querySelectorAll("[data-share]")) {
  button.hidden = !navigator.share;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.share).value;
    const picture = await (await fetch(button.dataset.picture)).blob();
    const files = [new File([picture], "code.png", { type: "image/png" })];
    const data = navigator.canShare?.({ files, text }) ? { files, text } : { text };
    await navigator.share(data).catch(() => {}); // put away without sending
  });
}

for (const pair of document.querySelectorAll("[data-with-script]")) pair.hidden = false;

// --- asking for a release slip: rows, and photographs made small before they are sent ---

const MOST_SIDE_PX = 1600;
const QUALITY = 0.85;

function addRow(rows, template) {
  const taken = [...rows.querySelectorAll("[data-row] [name$='.name']")].map((field) => Number(field.name.split(".")[1]));
  const row = template.content.firstElementChild.cloneNode(true);
  const number = Math.max(0, ...taken) + 1;
  row.innerHTML = row.innerHTML.replaceAll("items.0.", `items.${number}.`);
  rows.append(row);
  row.querySelector("input").focus();
}

async function shrink(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, MOST_SIDE_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  return new File([blob], "photo.jpg", { type: "image/jpeg" });
}

async function take(field) {
  const preview = field.parentElement.querySelector("[data-preview]");
  preview.hidden = true;
  if (!field.files.length) return;
  try {
    const files = new DataTransfer();
    files.items.add(await shrink(field.files[0]));
    field.files = files.files;
  } catch {
    return; // sent as it is: the box says what is wrong with it
  }
  URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(field.files[0]);
  preview.hidden = false;
}

for (const rows of document.querySelectorAll("[data-rows]")) {
  const form = rows.closest("form");
  const [template, add] = [form.querySelector("[data-row-template]"), form.querySelector("[data-add-row]")];
  const count = () => rows.querySelectorAll("[data-row]").length;
  const settle = () => {
    add.hidden = count() >= Number(rows.dataset.most);
    for (const button of rows.querySelectorAll("[data-remove-row]")) button.hidden = count() === 1;
  };
  settle();
  form.addEventListener("click", (event) => {
    const remove = event.target.closest("[data-remove-row]");
    if (!remove && !event.target.closest("[data-add-row]")) return;
    event.preventDefault();
    if (remove) remove.closest("[data-row]").remove();
    else addRow(rows, template);
    settle();
  });
  rows.addEventListener("change", (event) => {
    if (event.target.type === "file") take(event.target);
  });
}
