/** The simulator's page: asks how everything stands a few times a second and shows it. */
import { connect, wasChangedSince } from "./simulator-controls.js";
import { showReceipts } from "./simulator-paper.js";

const SCENE_EVERY_MS = 250;
const VIEW_EVERY_MS = 600;
const RETRY_MS = 1500;
/** A barrier stays up for a while after its relay has let go. */
const HELD_UP_MS = 2500;
const SAID_FOR_MS = 6000;

const base = document.body.dataset.base;
const trouble = document.querySelector("[data-trouble]");
const lanes = new Map(
  [...document.querySelectorAll("[data-lane]")].map((section) => [section.dataset.lane, { section, pulses: null }]),
);
let seq = Number(document.body.dataset.seq);
let askedAt = 0;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function raise(lane) {
  lane.section.classList.add("up");
  clearTimeout(lane.lowers);
  lane.lowers = setTimeout(() => lane.section.classList.remove("up"), HELD_UP_MS);
}

function showLane(lane, scene) {
  const { section } = lane;
  section.dataset.relay = scene.relay;
  if (["energised", "held"].includes(scene.relay) || (lane.pulses !== null && scene.pulses > lane.pulses)) raise(lane);
  lane.pulses = scene.pulses;
  for (const name of ["exit_button", "contact", "fire", "loop"]) section.classList.toggle(name, scene.inputs[name] === true);
  for (const box of section.querySelectorAll("[data-input]")) {
    box.disabled = !(box.dataset.input in scene.inputs);
    if (!box.disabled && isFresh()) box.checked = scene.inputs[box.dataset.input];
  }
}

function say({ lane: name, mood, text }) {
  const lane = lanes.get(name);
  if (!lane) return;
  lane.section.dataset.mood = mood;
  lane.section.querySelector("[data-said]").textContent = text;
  clearTimeout(lane.falls_silent);
  lane.falls_silent = setTimeout(() => {
    delete lane.section.dataset.mood;
    lane.section.querySelector("[data-said]").textContent = "";
  }, SAID_FOR_MS);
}

function showDevices(devices) {
  for (const box of document.querySelectorAll("[data-device]")) {
    const device = devices[box.dataset.device];
    box.parentElement.dataset.condition = device.condition;
    if (isFresh()) box.checked = device.unplugged;
  }
}

function showPrinter(printer) {
  if (!printer) return;
  for (const box of document.querySelectorAll("[data-printer]")) {
    box.disabled = printer.state === "unplugged";
    if (isFresh()) box.checked = box.value === printer.state;
  }
  showReceipts(base, printer.receipts);
}

/** A scene that was asked for before a switch was changed would turn that switch back under the finger. */
const isFresh = () => !wasChangedSince(askedAt);

async function askForScene() {
  askedAt = performance.now();
  const answer = await fetch(`${base}scene?after=${seq}`, { cache: "no-store" });
  if (!answer.ok) throw new Error(answer.statusText);
  const scene = await answer.json();
  seq = scene.seq;
  for (const [name, lane] of Object.entries(scene.lanes)) showLane(lanes.get(name), lane);
  scene.said.forEach(say);
  showDevices(scene.devices);
  showPrinter(scene.printer);
}

async function watchScene() {
  for (;;) {
    try {
      await askForScene();
      if (trouble.dataset.gone) {
        delete trouble.dataset.gone;
        trouble.textContent = "";
      }
      await pause(SCENE_EVERY_MS);
    } catch {
      trouble.dataset.gone = "yes";
      trouble.textContent = document.body.dataset.gone;
      await pause(RETRY_MS);
    }
  }
}

async function watchCamera(lane, picture) {
  for (;;) {
    try {
      const answer = await fetch(`${base}lanes/${lane}/view.jpg`, { cache: "no-store" });
      const sees = answer.status === 200;
      if (sees) {
        const before = picture.src;
        picture.src = URL.createObjectURL(await answer.blob());
        URL.revokeObjectURL(before);
      }
      picture.parentElement.classList.toggle("dark", !sees);
    } catch {
      picture.parentElement.classList.add("dark");
    }
    await pause(document.hidden ? RETRY_MS : VIEW_EVERY_MS);
  }
}

connect(base, trouble);
watchScene();
for (const [name, { section }] of lanes) {
  const picture = section.querySelector("[data-view]");
  if (picture) watchCamera(name, picture);
}
