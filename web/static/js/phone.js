// The visit's form on a phone works without this. With it, units are found while one types, rows for tools are added
// in place, and the page with the code tells when the screen has gone on.

const FIND_AFTER_MS = 200;
const LOOK_EVERY_MS = 2000;

// --- finding a unit ---

const form = document.querySelector("[data-units]");
if (form) {
  const field = form.elements.q;
  let timer = 0;
  let asked = 0;

  async function find() {
    const turn = ++asked;
    const chosen = form.querySelector("[name=unit]:checked")?.value;
    try {
      const answer = await fetch(`${form.dataset.units}?q=${encodeURIComponent(field.value)}`);
      if (!answer.ok || answer.redirected || turn !== asked) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.querySelector("[data-found]");
      for (const radio of found.querySelectorAll("[name=unit]")) radio.checked ||= radio.value === chosen;
      form.querySelector("[data-found]").replaceWith(found);
    } catch {
      // The gate does not answer: the button sends the whole form, and tells.
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, FIND_AFTER_MS);
  });
  form.querySelector("[data-find]").hidden = true;
  form.querySelector(".search").classList.add("alone");
  form.dataset.ready = "";
}

// --- tools ---

const tools = document.querySelector("[data-tools]");
document.querySelector("[data-add-tool]")?.addEventListener("click", (event) => {
  event.preventDefault();
  const row = tools.lastElementChild.cloneNode(true);
  const [name, quantity] = row.querySelectorAll("input");
  [name.value, quantity.value] = ["", "1"];
  tools.append(row);
  name.focus();
});

// --- the code ---

const ticket = document.querySelector("[data-state-of]");

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(ticket.dataset.stateOf);
    if (answer.ok && (await answer.json()).state !== ticket.dataset.state) location.reload();
  } catch {
    // The gate does not answer: the next look tries again.
  }
}

if (ticket) {
  setInterval(look, LOOK_EVERY_MS);
  document.addEventListener("visibilitychange", look);
}
