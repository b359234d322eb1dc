// The card office's pages: what is held to a reader meanwhile is offered without reloading what was typed.

import { refreshPart } from "./panel-feed.js";

const LOOK_EVERY_MS = 2000;

/** Look for cards that have just been shown; does nothing on other pages. */
export function startCards() {
  const place = document.querySelector("[data-offer]");
  if (place) setInterval(() => document.hidden || refreshPart(place.dataset.offer), LOOK_EVERY_MS);
}
