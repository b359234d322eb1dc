// Calling the guard without leaving the page: what is typed on it stays.

const SHOWN_MS = 8000;

const form = document.querySelector("[data-call]");
const told = document.querySelector("[data-called]");
let hideTimer = 0;

function tell() {
  told.hidden = false;
  clearTimeout(hideTimer);
  hideTimer = setTimeout(() => { told.hidden = true; }, SHOWN_MS);
  document.dispatchEvent(new CustomEvent("verdict", { detail: { say: "called" } }));
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  const call = new FormData(form);
  call.set("in_place", "yes");
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: call });
    if (!answer.ok || answer.redirected) return form.submit();
    button.setAttribute("aria-pressed", "true");
    tell();
  } catch {
    // The server restarts: the button can be pressed again.
  } finally {
    button.disabled = false;
  }
});

told?.addEventListener("click", () => { told.hidden = true; });
