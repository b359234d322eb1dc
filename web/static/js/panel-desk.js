// A page that waits for a card at the desk goes on by itself when the card has come. Without this the page has a button
// to look again, and one to go on.

import { refreshPart } from "./panel-feed.js";

const LOOK_EVERY_MS = 1000;

/** Wait for the card; does nothing where nobody waits. */
export function startDesk() {
  const place = document.querySelector("[data-desk-wait]");
  if (!place) return;
  place.dataset.live = "";
  const look = async () => {
    await refreshPart(place.dataset.deskWait).catch(() => {}); // the box does not answer: next time
    const onward = place.querySelector("[data-desk-go]");
    if (onward) onward.form.requestSubmit(onward);
    else if (place.querySelector("[data-state=waiting]")) setTimeout(look, LOOK_EVERY_MS);
  };
  look();
}
