// How many seconds somebody still has, told where the page says until when.

import { serverNow } from "./panel-clock.js";

const EVERY_MS = 1000;

/** Count down every `[data-until-ms]` of the page, those that come later as well. */
export function startCountdowns() {
  const tell = () => {
    for (const place of document.querySelectorAll("[data-until-ms]")) {
      const left = Math.max(0, Math.round((Number(place.dataset.untilMs) - serverNow()) / 1000));
      place.textContent = place.dataset.seconds.replace("#", left);
    }
  };
  tell();
  setInterval(tell, EVERY_MS);
}
