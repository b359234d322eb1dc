// Alarms on every page of the panel: kept up to date, and heard once each unless somebody has turned the sound off.
// A fire and a call for help are louder, are heard with the sound turned off too, and go on until somebody has seen to
// them.

import { refreshPart } from "./panel-feed.js";

const LOOK_EVERY_MS = 5000;
const HEARD = "gatehouse-alarms-heard";
const MUTED = "gatehouse-alarms-muted";
const TONES = [[880, 0], [660, 0.22], [880, 0.44]]; // hertz, seconds from the start
const LOUD_TONES = [0, 1, 2, 3, 4, 5].map((turn) => [turn % 2 ? 990 : 1320, turn * 0.22]);
const TONE_S = 0.18;
const LOUDNESS = 0.25;
const LOUDNESS_OF_LOUD = 0.7;

class Sound {
  constructor(button) {
    this.button = button;
    this.context = new AudioContext();
    this.context.addEventListener("statechange", () => this.show());
    button.hidden = false;
    button.addEventListener("click", () => this.touch());
    // A browser lets a page be heard only once somebody has touched it.
    document.addEventListener("pointerdown", () => this.context.resume(), { once: true });
    this.show();
  }

  get isMuted() {
    return localStorage.getItem(MUTED) === "yes";
  }

  touch() {
    const wasSilent = this.button.dataset.state === "blocked";
    this.context.resume();
    if (!wasSilent) localStorage.setItem(MUTED, this.isMuted ? "no" : "yes");
    this.show();
  }

  show() {
    const state = this.isMuted ? "off" : this.context.state === "running" ? "on" : "blocked";
    this.button.dataset.state = state;
    this.button.setAttribute("aria-pressed", String(state === "on"));
    this.button.querySelector("span").textContent = this.button.dataset[state];
    this.button.title = this.button.dataset[state];
  }

  /** Sound once; false when it could not be heard. */
  play(isLoud) {
    if ((this.isMuted && !isLoud) || this.context.state !== "running") return false;
    const start = this.context.currentTime;
    for (const [hertz, after] of isLoud ? LOUD_TONES : TONES) {
      const tone = new OscillatorNode(this.context, { type: "triangle", frequency: hertz });
      const loudness = new GainNode(this.context, { gain: isLoud ? LOUDNESS_OF_LOUD : LOUDNESS });
      loudness.gain.setTargetAtTime(0, start + after + TONE_S / 2, TONE_S / 8); // no click at the end
      tone.connect(loudness).connect(this.context.destination);
      tone.start(start + after);
      tone.stop(start + after + TONE_S);
    }
    this.button.dataset.played = String(Number(this.button.dataset.played ?? 0) + 1);
    return true;
  }
}

/** Sound those alarms of this page that have not been heard in this tab. */
function hear(sound) {
  const heard = new Set(JSON.parse(sessionStorage.getItem(HEARD) ?? "[]"));
  const present = [...document.querySelectorAll("[data-alarm]")];
  const fresh = present.filter((alarm) => !heard.has(alarm.dataset.alarm));
  const isLoud = fresh.some((alarm) => "loud" in alarm.dataset);
  if (fresh.length && !sound.play(isLoud) && (isLoud || !sound.isMuted)) return; // later, when it can be heard
  sessionStorage.setItem(HEARD, JSON.stringify(present.map((alarm) => alarm.dataset.alarm)));
}

/** Sound again what is loud, for as long as it stands there. */
function insist(sound) {
  if (document.querySelector("[data-loud]")) sound.play(true);
}

/** Keep the alarms of this page up to date; does nothing where nobody is logged in. */
export function startAlarms() {
  const address = document.body.dataset.alarms;
  if (!address) return;
  const sound = new Sound(document.querySelector("[data-sound]"));
  sound.context.addEventListener("statechange", () => hear(sound));
  const refresh = () => refreshPart(address).catch(() => {}); // the box does not answer: next time
  new MutationObserver(() => hear(sound)).observe(document.querySelector("[data-part=alarms]"), { childList: true });
  document.addEventListener("panel:acted", refresh);
  document.addEventListener("panel:line", refresh);
  setInterval(refresh, LOOK_EVERY_MS);
  setInterval(() => insist(sound), LOOK_EVERY_MS);
  hear(sound);
}
