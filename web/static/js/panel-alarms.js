// Alarms on every page of the panel: kept up to date, and heard once each unless somebody has turned the sound off.

import { refreshPart } from "./panel-feed.js";

const LOOK_EVERY_MS = 5000;
const HEARD = "gatehouse-alarms-heard";
const MUTED = "gatehouse-alarms-muted";
const TONES = [[880, 0], [660, 0.22], [880, 0.44]]; // hertz, seconds from the start
const TONE_S = 0.18;
const LOUDNESS = 0.25;

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
  }

  play() {
    if (this.isMuted || this.context.state !== "running") return false;
    const start = this.context.currentTime;
    for (const [hertz, after] of TONES) {
      const tone = new OscillatorNode(this.context, { type: "triangle", frequency: hertz });
      const loudness = new GainNode(this.context, { gain: LOUDNESS });
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
  const present = [...document.querySelectorAll("[data-alarm]")].map((alarm) => alarm.dataset.alarm);
  if (present.some((id) => !heard.has(id)) && !sound.play() && !sound.isMuted) return; // later, when it can be heard
  sessionStorage.setItem(HEARD, JSON.stringify(present));
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
  hear(sound);
}
