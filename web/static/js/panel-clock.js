// The server's clock, as far as this page knows it. A tablet's own clock may be minutes off.

let aheadMs = 0;

/** Set the clock by a time the server has just told. The way here took a while, so it runs a little late, never early. */
export function noteServerTime(serverMs) {
  if (Number.isFinite(serverMs) && serverMs > 0) aheadMs = serverMs - Date.now();
}

/** The server's time in milliseconds since 1970. */
export function serverNow() {
  return Date.now() + aheadMs;
}
