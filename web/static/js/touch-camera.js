// The live preview: the next picture is asked for when the last one has come, so a slow box is never flooded.

const PAUSE_MS = 80;
const RETRY_MS = 500;
const MOST_MISSED = 4;

const preview = document.querySelector("[data-preview]");
const address = preview.src;
let count = 0;
let missed = 0;

function next() {
  count += 1;
  preview.src = `${address}?n=${count}`;
}

preview.addEventListener("load", () => {
  missed = 0;
  setTimeout(next, PAUSE_MS);
});

preview.addEventListener("error", () => {
  missed += 1;
  // The camera is gone: the page without it lets the visitor go on.
  if (missed > MOST_MISSED && !document.body.hasAttribute("data-is-away")) location.reload();
  else setTimeout(next, RETRY_MS);
});

if (preview.complete) next();

// A load is taken by itself once the camera has been seen to see something.
const timer = document.querySelector("[data-timer]");
if (timer) {
  let leftS = Number(timer.dataset.timer);
  const countdown = setInterval(() => {
    if (missed > 0) return;
    leftS -= 1;
    timer.textContent = String(leftS);
    if (leftS > 0) return;
    clearInterval(countdown);
    document.querySelector("button[value=take]").click();
  }, 1000);
}
