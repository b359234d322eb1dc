// Every page of the touchscreen: within a second of a fire it gives way to the page that shows the way out, and back;
// and so it does to the page that says that the guard goes on with this turn. While the box does not answer the page is
// covered, so that nobody presses what leads nowhere; a box that has started anew says where the turn stands.

const LOOK_EVERY_MS = 300;
const PATIENCE_MS = 2000;
const MOST_MISSED = 1; // one may be cut off by the page's own going on

const { fire: address, run, start, turn } = document.body.dataset;
const isBurning = "burning" in document.body.dataset;
const isTaken = "taken" in document.body.dataset;
const cover = document.querySelector("[data-away]");
let missed = 0;

function note(isMissed) {
  missed = isMissed ? missed + 1 : 0;
  cover.hidden = missed <= MOST_MISSED;
  document.body.toggleAttribute("data-is-away", !cover.hidden);
}

async function look() {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const told = answer.ok ? await answer.json() : { fire: isBurning, taken: isTaken, run };
    note(false);
    if (told.fire !== isBurning) return location.replace(start);
    if (told.taken !== isTaken || told.run !== run) return location.replace(turn);
  } catch {
    note(true);
  }
  setTimeout(look, LOOK_EVERY_MS);
}

look();
