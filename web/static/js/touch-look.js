// The buttons that switch large type, contrast, low and voice. A page with something typed is not asked for again: it
// changes as it stands, and the server is told. Any other is asked for, as it may lay itself out otherwise.

const form = document.querySelector("[data-modes]");
const root = document.documentElement;

form?.addEventListener("submit", (event) => {
  const button = event.submitter;
  const isOn = root.toggleAttribute(`data-${button.value}`);
  button.setAttribute("aria-pressed", String(isOn));
  document.dispatchEvent(new Event("mode"));
  if (!document.querySelector("main input:not([type=hidden])")) return;
  event.preventDefault();
  const told = new FormData(form, button);
  told.set("in_place", "yes");
  fetch(form.action, { method: "POST", body: told }).catch(() => {}); // The server restarts: it holds on this page.
});
