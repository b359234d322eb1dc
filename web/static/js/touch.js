// Every page of the touchscreen: the idle reset with its countdown, buttons that act once, digits and steppers.
// Nothing is kept in the browser.

const WARNED_S = 15;
const REPORT_EVERY_MS = 5000;

const body = document.body;

/** Whether the box does not answer just now: a form that is sent then, or a page asked for, would be the browser's. */
const isAway = () => body.hasAttribute("data-is-away");

document.addEventListener("submit", (event) => {
  if (!isAway()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });

// --- the idle reset ---

function watchIdle(idleS) {
  const leave = document.getElementById("leave");
  const countdown = document.querySelector("[data-countdown]");
  const seconds = document.querySelector("[data-seconds]");
  let touchedMs = performance.now();
  let reportedMs = touchedMs;
  let isLeaving = false;

  function report() {
    reportedMs = performance.now();
    const token = leave.elements.csrf_token.value;
    fetch(body.dataset.touched, { method: "POST", headers: { "X-CSRFToken": token } })
      .then((answer) => {
        // 410: what was typed has been wiped over there; this page shows what no longer exists.
        if (answer.status === 410 && document.querySelector(".steps")) location.replace(body.dataset.turn);
      })
      .catch(() => {}); // The server restarts; the next touch tries again.
  }

  function touch() {
    touchedMs = performance.now();
    countdown.hidden = true;
    if (touchedMs - reportedMs > REPORT_EVERY_MS) report();
  }

  for (const kind of ["pointerdown", "keydown", "input"]) {
    document.addEventListener(kind, touch, { capture: true, passive: true });
  }

  setInterval(() => {
    const leftS = Math.ceil(idleS - (performance.now() - touchedMs) / 1000);
    countdown.hidden = leftS > WARNED_S;
    seconds.textContent = String(Math.max(leftS, 0));
    if (leftS <= 0 && !isLeaving && !isAway()) {
      isLeaving = true;
      leave.submit();
    }
  }, 250);
}

if (body.dataset.idleS) watchIdle(Number(body.dataset.idleS));

// A page that the browser brings back from its memory may show what has been wiped since.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

document.addEventListener("contextmenu", (event) => event.preventDefault());

// --- buttons that act once ---

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}

// --- digits ---

for (const pad of document.querySelectorAll("[data-pad]")) {
  const input = document.getElementById(pad.dataset.pad);
  pad.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (key === undefined) return;
    if (key === "erase") input.value = input.value.slice(0, -1);
    else if (key === "clear") input.value = "";
    else if (input.value.length < input.maxLength) input.value += key;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// --- steppers ---

for (const stepper of document.querySelectorAll("[data-stepper]")) {
  const input = stepper.querySelector("input");
  stepper.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]")?.dataset.step;
    if (step === undefined) return;
    const wanted = (Number.parseInt(input.value, 10) || 0) + Number(step);
    input.value = String(Math.min(Math.max(wanted, Number(input.dataset.least)), Number(input.dataset.most)));
  });
}

// --- names that a touch writes ---

for (const button of document.querySelectorAll("[data-fill]")) {
  button.addEventListener("click", () => { document.getElementById(button.dataset.fill).value = button.value; });
}
