// A page that waits for a card at the desk goes on by itself when the card has come. Without this the page has a button
// to look again, and one to go on.

import { refreshPart } from "./panel-feed.js";

const LOOK_EVERY_MS = 1000;

/** Tell that nobody waits any longer: the next card would be lost on a page that is gone. */
function giveUp(place) {
  if (!place.querySelector("[data-state=waiting]")) return;
  fetch(place.dataset.giveUp, {
    method: "POST",
    body: new URLSearchParams({ give_up: place.dataset.wish }),
    headers: { "X-Requested-With": "panel", "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content },
    keepalive: true,
  }).catch(() => {}); // it lapses by itself
}

/** Wait for the card; does nothing where nobody waits. */
export function startDesk() {
  const place = document.querySelector("[data-desk-wait]");
  if (!place) return;
  place.dataset.watched = "";
  window.addEventListener("pagehide", () => giveUp(place));
  const look = async () => {
    await refreshPart(place.dataset.deskWait).catch(() => {}); // the box does not answer: next time
    const onward = place.querySelector("[data-desk-go]");
    if (onward) onward.form.requestSubmit(onward);
    else if (place.querySelector("[data-state=waiting]")) setTimeout(look, LOOK_EVERY_MS);
  };
  look();
}
