// The muster list keeps up with people who leave and with whom others tick off.

import { refreshPart } from "./panel-feed.js";

const LOOK_EVERY_MS = 2000;

/** Keep the muster list up to date; does nothing on other pages. */
export function startMuster() {
  const list = document.querySelector("[data-muster]");
  if (!list) return;
  const refresh = () => refreshPart(list.dataset.muster).catch(() => {}); // the box does not answer: next time
  document.addEventListener("panel:acted", refresh);
  setInterval(() => document.hidden || refresh(), LOOK_EVERY_MS);
  const print = document.querySelector("[data-print-page]");
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
