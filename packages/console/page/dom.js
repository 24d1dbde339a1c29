/** Making and changing elements. Text only ever goes in as text: rows come from the outside. */

/** @param {string} id @returns {any} */
export function $(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * el("td", { class: "number", onclick }, "12"): children are nodes or text, null is left out.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {(Node | string | null | undefined)[]} children
 * @returns {any}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined) element.append(child);
  return element;
}

/** Touches the page only when the text is another: nothing flickers, selections stay, nothing is read out twice. @param {Node} node @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** @param {Element} element @param {string} name @param {string | null} value */
export function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** What stands where rows would: one sentence, and perhaps what to do. @param {string} title @param {(Node | string | null)[]} more */
export function notice(title, ...more) {
  return el(
    "div",
    { class: "notice" },
    el("p", { class: "notice-title" }, title),
    ...more.map((part) => (part === null ? null : typeof part === "string" ? el("p", {}, part) : part)),
  );
}
