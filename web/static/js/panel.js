// The panel's pages work without this. With it, actions answer in place, the shift's screen is live, and an order to
// open a lane says when it was given.

import { startAlarms } from "./panel-alarms.js";
import { startCards } from "./panel-cards.js";
import { startDesk } from "./panel-desk.js";
import { startFeed } from "./panel-feed.js";
import { startKeys } from "./panel-keys.js";
import { startPanic } from "./panel-panic.js";
import { startMuster } from "./panel-muster.js";
import { startPictures } from "./panel-pictures.js";
import { startSlipForm } from "./panel-slip-form.js";
import { startWeek } from "./panel-week.js";
import { startCountdowns } from "./panel-countdown.js";
import { noteServerTime, serverNow } from "./panel-clock.js";

const MESSAGE_MS = 8000;
const OPEN_MENU = "details[data-menu][open]";

/** Show a sentence at the head of the page; what went wrong stays until it is touched. */
export function tell(sentence, isProblem = false) {
  const message = document.createElement("p");
  message.className = isProblem ? "message problem" : "message";
  message.textContent = sentence;
  message.addEventListener("click", () => message.remove());
  document.querySelector("[data-messages]").prepend(message);
  if (!isProblem) setTimeout(() => message.remove(), MESSAGE_MS);
}

/** Send a form without leaving the page. */
async function send(form) {
  const body = new FormData(form);
  if ("timed" in form.dataset) body.set("issued_at", String(Math.round(serverNow())));
  const buttons = form.querySelectorAll("button");
  for (const button of buttons) button.disabled = true;
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(body),
      headers: { "X-Requested-With": "panel", "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content },
    });
    if (answer.status === 401) {
      location.assign(document.body.dataset.login);
      return;
    }
    const { message } = await answer.json();
    tell(message, !answer.ok);
    if (answer.ok) {
      form.reset();
      form.closest("details")?.removeAttribute("open");
    }
    for (const secret of form.querySelectorAll("input[type=password]")) secret.value = "";
  } catch {
    tell(document.body.dataset.noAnswer, true);
  } finally {
    for (const button of buttons) button.disabled = false;
    document.dispatchEvent(new Event("panel:acted"));
  }
}

/** A part of the page that was fetched anew has no token in its forms. */
function addToken(form) {
  const token = Object.assign(document.createElement("input"), { type: "hidden", name: "csrf_token" });
  token.value = document.querySelector("meta[name=csrf-token]").content;
  form.append(token);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if ("live" in form.dataset) {
    event.preventDefault();
    send(form);
  } else if ("once" in form.dataset) {
    if ("sent" in form.dataset) event.preventDefault();
    form.dataset.sent = "";
    if (!form.elements.csrf_token) addToken(form);
  }
});

// A page brought back by the browser's own history may send its form again, and shows the state of long ago.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

document.addEventListener("click", (event) => {
  const reason = event.target.closest("[data-reason]");
  if (reason) reason.form.elements.reason.value = reason.dataset.reason;
  for (const menu of document.querySelectorAll(OPEN_MENU)) {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(OPEN_MENU)) {
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.removeAttribute("open");
  }
});

for (const choices of document.querySelectorAll("[data-reasons]")) choices.hidden = false;

noteServerTime(Number(document.body.dataset.serverMs));
startPictures();
startFeed();
startKeys();
startAlarms();
startCards();
startDesk();
startWeek();
startSlipForm();
startPanic();
startMuster();
startCountdowns();
