// The shift's screen: lines of the feed as they come, and the parts of the page that they make stale.
//
// Every line has its number in the journal. A connection that is lost is taken up behind the last number seen, by the
// browser itself (Last-Event-ID) or, where it gives up, by us (?after=), so that no line is missed and none comes twice.

import { noteServerTime } from "./panel-clock.js";

const LINES_KEPT = 100;
const REOPEN_MS = 1500;
const SETTLE_MS = 120;
const ALL_PARTS = ["lanes", "people", "alerts"];
const REFRESH_EVERY_MS = 5000;
const PEOPLE_EVERY_MS = 60_000; // goods whose slip was shown long ago, and guests past their end

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/** Put a part of the page in place of the old one. What has not changed, and a form being filled in, stays as it is. */
function replacePart(fresh) {
  const old = document.querySelector(`[data-part="${fresh.dataset.part}"]`);
  if (!old || old.isEqualNode(fresh)) return; // a button under a finger stays where it is
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  for (const child of fresh.querySelectorAll("[id]")) {
    const present = old.querySelector(`#${CSS.escape(child.id)}`);
    if (present && (present.querySelector("details[open]") || present.isEqualNode(child))) child.replaceWith(present);
  }
  old.replaceChildren(...fresh.childNodes);
  if (focused?.isConnected) focused.focus();
}

/** Fetch pieces of the page and put each in its place. */
export async function refreshPart(address) {
  const answer = await fetch(address, { headers: { "X-Requested-With": "panel" } });
  if (answer.status === 401) {
    location.assign(document.body.dataset.login);
    return;
  }
  if (!answer.ok) return;
  noteServerTime(Number(answer.headers.get("X-Server-Ms")));
  for (const part of parse(await answer.text()).querySelectorAll("[data-part]")) replacePart(part);
}

class Refresher {
  constructor(base) {
    this.base = base;
    this.wanted = new Set();
    this.timer = 0;
  }

  /** Refresh parts soon; several wishes within a moment are one. */
  want(...parts) {
    for (const part of parts) this.wanted.add(part);
    this.timer ||= setTimeout(() => this.run(), SETTLE_MS);
  }

  async run() {
    const parts = [...this.wanted];
    this.wanted.clear();
    await Promise.allSettled(parts.map((part) => refreshPart(this.base + part)));
    this.timer = 0;
    if (this.wanted.size) this.want();
  }
}

class Feed {
  /** `onNews` is told the parts of the page that are stale. */
  constructor(list, onNews) {
    this.list = list;
    this.onNews = onNews;
    this.last = Number(list.dataset.after);
    this.state = document.querySelector("[data-link-state]");
    this.open();
  }

  open() {
    this.source = new EventSource(`${this.list.dataset.feed}?after=${this.last}`);
    this.source.addEventListener("open", () => this.tellState(true));
    this.source.addEventListener("line", (event) => this.add(event));
    this.source.addEventListener("ended", () => location.reload());
    this.source.addEventListener("error", () => {
      this.tellState(false);
      if (this.source.readyState === EventSource.CLOSED) setTimeout(() => this.open(), REOPEN_MS);
    });
  }

  add(event) {
    const seq = Number(event.lastEventId);
    if (seq <= this.last) return;
    this.last = seq;
    const line = parse(event.data).firstElementChild;
    this.list.prepend(line);
    while (this.list.children.length > LINES_KEPT) this.list.lastElementChild.remove();
    document.dispatchEvent(new Event("panel:line"));
    if (line.dataset.stale) this.onNews(...line.dataset.stale.split(" "));
  }

  tellState(isLive) {
    this.state.classList.toggle("lost", !isLive);
    this.state.textContent = isLive ? this.state.dataset.liveLabel : this.state.dataset.lostLabel;
    if (isLive) this.onNews(...ALL_PARTS);
  }
}

/** Bring the shift's screen to life; does nothing on other pages. */
export function startFeed() {
  const screen = document.querySelector("[data-shift]");
  if (!screen) return;
  const refresher = new Refresher(screen.dataset.parts);
  const feed = new Feed(screen.querySelector("[data-feed]"), (...parts) => refresher.want(...parts));
  document.addEventListener("panel:acted", () => refresher.want(...ALL_PARTS));
  setInterval(() => document.hidden || refresher.want("lanes"), REFRESH_EVERY_MS);
  setInterval(() => document.hidden || refresher.want("people"), PEOPLE_EVERY_MS);
  window.addEventListener("pagehide", () => feed.source.close());
}
