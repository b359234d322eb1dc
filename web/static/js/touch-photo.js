// The photo of a face: advice beside the live picture, and a countdown between the touch and the photo.
// Without this script the button takes the photo at once, and the advice comes with it.

const ASK_EVERY_MS = 350;
const COUNT_MS = 1000;

const studio = document.querySelector("[data-advice-from]");
const said = studio.querySelector("[data-advice]");
const first = said.textContent;

// --- advice ---

async function ask() {
  try {
    const answer = await fetch(studio.dataset.adviceFrom, { cache: "no-store" });
    const found = answer.status === 200 ? await answer.json() : { advice: "", sentence: first };
    studio.dataset.state = found.advice;
    // Said only when it changes: it is read aloud too.
    if (said.textContent !== found.sentence) said.textContent = found.sentence;
  } catch {
    studio.dataset.state = ""; // The server restarts; the next one is asked for all the same.
  }
  setTimeout(ask, ASK_EVERY_MS);
}

ask();

// --- the countdown; a touch while it runs takes the photo at once ---

const take = studio.querySelector("button[value=take]");
const shown = studio.querySelector("[data-count]");
let isCounting = false;

take.addEventListener("click", (event) => {
  if (isCounting) return;
  event.preventDefault();
  isCounting = true;
  let left = Number(shown.dataset.count);
  shown.textContent = String(left);
  shown.hidden = false;
  const counting = setInterval(() => {
    left -= 1;
    shown.textContent = String(Math.max(left, 1));
    if (left > 0) return;
    clearInterval(counting);
    take.click();
  }, COUNT_MS);
});
