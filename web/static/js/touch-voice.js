// Says the page's sentence aloud while the visitor has the voice on, and what becomes of a card held up. While
// something is said it stands on the screen too.

const prompt = document.querySelector("[data-say]");
const root = document.documentElement;
const voice = new Audio();

function hush() {
  voice.pause();
  if (prompt) prompt.hidden = true;
}

function say(key, isCaptioned) {
  hush();
  if (!("voice" in root.dataset) || !prompt) return;
  voice.src = prompt.dataset.voice.replace("KEY", key);
  prompt.textContent = prompt.dataset.sentence;
  prompt.hidden = !isCaptioned;
  // Nothing can say it, or the browser wants a touch first: the sentence stands on the page all the same.
  voice.play().catch(hush);
}

const sayPage = () => prompt && say(prompt.dataset.say, true);

for (const end of ["ended", "error"]) voice.addEventListener(end, hush);
document.addEventListener("mode", sayPage);
document.addEventListener("verdict", (event) => say(event.detail.say, false));
window.addEventListener("pagehide", hush);
const countdown = document.querySelector("[data-countdown]");
new MutationObserver(() => { if (!countdown.hidden) say("idle", false); }).observe(countdown, { attributeFilter: ["hidden"] });
sayPage();
