// The form of a release slip: more lines without a round trip. And every picture that a page sends is made small before.
// Without this the box does both, and a tablet's pictures take their time.

const MOST_SIDE_PX = 1600;
const QUALITY = 0.82;
const SMALL_ENOUGH_BYTES = 400_000;

/** A picture as a smaller JPEG; the same file where it is small already, or is nothing this browser can draw. */
async function shrink(file) {
  if (file.size <= SMALL_ENOUGH_BYTES) return file;
  try {
    const image = await createImageBitmap(file);
    const scale = Math.min(1, MOST_SIDE_PX / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    return blob && blob.size < file.size ? new File([blob], "picture.jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}

async function shrinkIn(input) {
  const [file] = input.files;
  if (!file) return;
  const small = await shrink(file);
  if (small === file || input.files[0] !== file) return;
  const files = new DataTransfer();
  files.items.add(small);
  input.files = files.files;
}

/** Add an empty line behind the last one, named after its place. */
function addRow(form) {
  const rows = form.querySelectorAll("[data-row]");
  const last = rows[rows.length - 1];
  const number = Number(last.dataset.row) + 1;
  const row = last.cloneNode(true);
  row.dataset.row = String(number);
  row.setAttribute("aria-label", last.getAttribute("aria-label").replace(last.dataset.row, String(number)));
  row.querySelector(".line-number").textContent = String(number);
  for (const extra of row.querySelectorAll(".has-photo, .problem")) extra.remove();
  for (const input of row.querySelectorAll("input")) {
    const name = input.name.split(".").pop();
    input.name = `items.${number}.${name}`;
    input.value = name === "quantity" ? "1" : "";
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
  last.after(row);
  row.querySelector("input").focus();
  return number;
}

const MOST_ROWS = 40;

/** Bring the form and the choosing of pictures to life; does nothing on pages that have neither. */
export function startSlipForm() {
  document.addEventListener("change", (event) => {
    if (event.target.type === "file") shrinkIn(event.target);
  });
  const form = document.querySelector("[data-slip-form]");
  form?.querySelector("[data-more]")?.addEventListener("click", (event) => {
    event.preventDefault();
    if (addRow(form) >= MOST_ROWS) event.target.remove();
  });
}
