// Every page of the touchscreen: within a second of a fire it gives way to the page that shows the way out, and back;
// and so it does to the page that says that the guard goes on with this turn.

const LOOK_EVERY_MS = 300;
const PATIENCE_MS = 2000;

const { fire: address, start, turn } = document.body.dataset;
const isBurning = "burning" in document.body.dataset;
const isTaken = "taken" in document.body.dataset;

async function look() {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const told = answer.ok ? await answer.json() : { fire: isBurning, taken: isTaken };
    if (told.fire !== isBurning) return location.replace(start);
    if (told.taken !== isTaken) return location.replace(turn);
  } catch {
    // The server restarts; the next look tries again.
  }
  setTimeout(look, LOOK_EVERY_MS);
}

look();
