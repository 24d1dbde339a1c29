/** Text of an event stream, in whatever pieces it comes, to events. */

/** @typedef {{ name: string, data: string }} ServerEvent */

export class EventParser {
  /** @param {(event: ServerEvent) => void} on */
  constructor(on) {
    this.on = on;
    /** The begun line, in pieces: a long one is put together once. @type {string[]} */
    this.pieces = [];
    this.name = "";
    /** @type {string[]} */
    this.data = [];
  }

  /** @param {string} text */
  push(text) {
    const lines = text.split("\n");
    for (let i = 0; i < lines.length - 1; i++) {
      const piece = /** @type {string} */ (lines[i]);
      const line = this.pieces.length === 0 ? piece : this.pieces.join("") + piece;
      this.pieces = [];
      this.take(line.endsWith("\r") ? line.slice(0, -1) : line);
    }
    const rest = lines.at(-1);
    if (rest) this.pieces.push(rest);
  }

  /** @param {string} line */
  take(line) {
    if (line === "") return this.end();
    const colon = line.indexOf(":");
    if (colon === 0) return; // a comment
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "event") this.name = value;
    else if (field === "data") this.data.push(value);
  }

  end() {
    const { name, data } = this;
    this.name = "";
    this.data = [];
    if (data.length > 0) this.on({ name: name === "" ? "message" : name, data: data.join("\n") });
  }
}
