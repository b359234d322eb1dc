// What the gate says while a page is open: cards and passes held up, and that what is on the screen has moved on.

const VERDICT_MS = 6000;
const RECONNECT_MS = 3000;
const LOOK_EVERY_MS = 3000;

const verdict = document.querySelector("[data-verdict]");
const outcome = document.querySelector("[data-refresh]");
const collecting = document.querySelector("[data-claimed]");
const delivering = document.querySelector("form[data-courier]");
let hideTimer = 0;

function showVerdict(event) {
  const { granted, sentence, say } = JSON.parse(event.data);
  verdict.querySelector("[data-sentence]").textContent = sentence;
  verdict.classList.toggle("granted", granted);
  verdict.hidden = false;
  clearTimeout(hideTimer);
  hideTimer = setTimeout(() => { verdict.hidden = true; }, VERDICT_MS);
  document.dispatchEvent(new CustomEvent("verdict", { detail: { say } }));
}

function beginDelivery(event) {
  if (!delivering) return showVerdict(event);
  // Whose card it was the server reads in the journal.
  delivering.elements.seq.value = event.lastEventId;
  delivering.requestSubmit();
}

async function look() {
  try {
    const answer = await fetch(outcome.dataset.refresh);
    // Redirected: this turn is over.
    if (answer.redirected || !answer.ok) return location.reload();
    const page = await answer.text();
    const told = new DOMParser().parseFromString(page, "text/html").querySelector("[data-state]");
    if (told.dataset.state !== outcome.dataset.state) return location.reload();
    // The code stays as it is drawn: only the words beside it change.
    outcome.querySelector(".words").replaceWith(told.querySelector(".words"));
  } catch {
    // The server restarts; the next look tries again.
  }
}

function connect() {
  const events = new EventSource(document.body.dataset.events);
  events.addEventListener("access", showVerdict);
  events.addEventListener("courier", beginDelivery);
  events.addEventListener("go", (event) => location.replace(event.data));
  if (outcome) events.addEventListener("moved", look);
  // What was held up the server reads in the journal.
  if (collecting) events.addEventListener("claimed", () => location.replace(collecting.dataset.claimed));
  events.addEventListener("error", () => {
    // A refused stream is closed for good by the browser; a broken one it opens again by itself.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, RECONNECT_MS);
  });
}

connect();
verdict.addEventListener("click", () => { verdict.hidden = true; });
if (outcome) setInterval(look, LOOK_EVERY_MS);
