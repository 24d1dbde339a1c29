/** Text of an event stream, in whatever pieces it comes, to events. */
export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

export class EventParser {
  readonly #on: (event: ServerEvent) => void;
  /** The begun line, in pieces: a long one is put together once. */
  #pieces: string[] = [];
  #name = "";
  #data: string[] = [];

  constructor(on: (event: ServerEvent) => void) {
    this.#on = on;
  }

  push(text: string): void {
    const lines = text.split("\n");
    for (let i = 0; i < lines.length - 1; i++) {
      const piece = lines[i] as string;
      const line = this.#pieces.length === 0 ? piece : this.#pieces.join("") + piece;
      this.#pieces = [];
      this.#take(line.endsWith("\r") ? line.slice(0, -1) : line);
    }
    const rest = lines.at(-1) ?? "";
    if (rest !== "") this.#pieces.push(rest);
  }

  #take(line: string): void {
    if (line === "") {
      this.#end();
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return; // a comment
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "event") this.#name = value;
    else if (field === "data") this.#data.push(value);
  }

  #end(): void {
    const name = this.#name === "" ? "message" : this.#name;
    const data = this.#data;
    this.#name = "";
    this.#data = [];
    if (data.length > 0) this.#on({ name, data: data.join("\n") });
  }
}
