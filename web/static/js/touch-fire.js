// Every page of the touchscreen: within a second of a fire it gives way to the page that shows the way out, and back.

const LOOK_EVERY_MS = 300;
const PATIENCE_MS = 2000;

const { fire: address, start } = document.body.dataset;
const isBurning = "burning" in document.body.dataset;

async function look() {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok && (await answer.json()).fire !== isBurning) {
      location.replace(start);
      return;
    }
  } catch {
    // The server restarts; the next look tries again.
  }
  setTimeout(look, LOOK_EVERY_MS);
}

look();
