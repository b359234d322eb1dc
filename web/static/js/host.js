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
