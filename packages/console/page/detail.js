/** One row in full, as JSON, in a dialog. */
import { $, el } from "./dom.js";

/** parts: [heading, value] each. */
export function showDetail(title, parts) {
  $("detail-title").textContent = title;
  $("detail-body").replaceChildren(
    ...parts.flatMap(([heading, value]) => [el("h3", {}, heading), el("pre", { tabindex: "0" }, JSON.stringify(value, null, 2))]),
  );
  const dialog = $("detail");
  if (!dialog.open) dialog.showModal();
}
