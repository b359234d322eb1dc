// The form for a new card: what is held to a reader meanwhile is offered without reloading what was typed.

import { refreshPart } from "./panel-feed.js";

const LOOK_EVERY_MS = 2000;

/** Look for cards that nobody knows; does nothing on other pages. */
export function startCards() {
  const form = document.querySelector("[data-offer]");
  if (form) setInterval(() => document.hidden || refreshPart(form.dataset.offer), LOOK_EVERY_MS);
}
