// The form of a time profile: times in full as soon as they are left, the day above copied with a touch, and each day
// drawn while it is typed. Without this the form is filled in by hand; what is typed is judged by the server alone.

const DAY_MIN = 1440;
const TYPED = /^([0-9]{1,2})(?:[:.h]?([0-9]{2}))?$/;

/** The minute of the day that was typed, NaN for what is none: the same that the server reads. */
function minuteOf(text) {
  const found = TYPED.exec(text.normalize("NFKC").replaceAll(" ", ""));
  const minute = found ? Number(found[1]) * 60 + Number(found[2] ?? 0) : NaN;
  return minute <= DAY_MIN && Number(found[2] ?? 0) < 60 ? minute : NaN;
}

function clockText(minute) {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

const inputsOf = (day) => [...day.querySelectorAll("[data-clock]")];

function draw(day) {
  const minutes = inputsOf(day).map((input) => minuteOf(input.value));
  const bars = [];
  for (let at = 0; at < minutes.length; at += 2) {
    const [begins, ends] = [minutes[at], minutes[at + 1] || DAY_MIN];
    if (!(begins < ends) || Number.isNaN(minutes[at + 1])) continue;
    const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [name, value] of Object.entries({ x: begins, width: ends - begins, height: 20 })) {
      bar.setAttribute(name, value);
    }
    bars.push(bar);
  }
  day.querySelector("[data-preview] g").replaceChildren(...bars);
}

function fill(day, values) {
  inputsOf(day).forEach((input, at) => {
    input.value = values[at] ?? "";
    input.removeAttribute("aria-invalid");
  });
  draw(day);
}

function complete(input) {
  const minute = minuteOf(input.value);
  if (Number.isNaN(minute)) return;
  const isEnd = inputsOf(input.closest("[data-day]")).indexOf(input) % 2 === 1;
  input.value = clockText(isEnd ? minute || DAY_MIN : minute);
}

/** Bring the form to life; does nothing on other pages. */
export function startWeek() {
  const form = document.querySelector("[data-week]");
  if (!form) return;
  const days = [...form.querySelectorAll("[data-day]")];
  const tools = {
    above: (day) => inputsOf(days[days.indexOf(day) - 1]).map((input) => input.value),
    whole: () => [clockText(0), clockText(DAY_MIN)],
    clear: () => [],
  };
  for (const part of form.querySelectorAll("[data-preview], [data-tools]")) part.hidden = false;
  for (const day of days) draw(day);
  form.addEventListener("input", (event) => {
    const day = event.target.closest("[data-day]");
    if (day) draw(day);
  });
  form.addEventListener("change", (event) => {
    if ("clock" in event.target.dataset) complete(event.target);
  });
  form.addEventListener("click", (event) => {
    const tool = event.target.closest("[data-tool]");
    if (!tool) return;
    const day = tool.closest("[data-day]");
    fill(day, tools[tool.dataset.tool](day));
  });
}
