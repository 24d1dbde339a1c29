/** Where rows leave a task: named streams, and the changes of views. */
import { encodeKey } from "../../view/key-codec.js";
import { encodeRow } from "../../view/row-codec.js";
import type { ViewChanges, ViewSpec } from "../../view/store.js";
import { fieldIndex } from "../../schema/column-type.js";
import type { Field, Schema } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { Rows } from "../rows.js";
import type { ChangeSink } from "./change.js";
import type { Edge, Operator } from "./operator.js";
import { emit } from "./operator.js";

/** Keeps the epoch's rows of a named stream and passes them on. */
export class PublishOperator implements Operator {
  readonly state = null;
  readonly id: string;
  readonly #out: readonly Edge[];
  #rows: Rows[] = [];

  constructor(name: string, out: readonly Edge[]) {
    this.id = name;
    this.#out = out;
  }

  push(rows: Rows): void {
    this.#rows.push(rows);
    emit(this.#out, rows);
  }

  advance(): void {}

  take(): readonly Rows[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }
}

/** Encodes a view's changes where they arise, so that the committer only copies bytes. */
export class ViewSink implements ChangeSink {
  readonly #view: ViewSpec;
  #keys: Uint8Array[] = [];
  #values: Uint8Array[] = [];

  constructor(view: ViewSpec) {
    this.#view = view;
  }

  change(schema: Schema, upserts: readonly (readonly Value[])[], deletes: readonly (readonly Value[])[]): void {
    const keyAt = this.#view.key.map((name) => fieldIndex(schema, name));
    const types = this.#view.key.map((name) => (this.#view.schema.fields[fieldIndex(this.#view.schema, name)] as Field).type);
    for (const row of upserts) {
      this.#keys.push(encodeKey(types, keyAt.map((k) => row[k] ?? null)));
      this.#values.push(encodeRow(this.#view.schema, row));
    }
    for (const key of deletes) {
      this.#keys.push(encodeKey(types, key.slice(0, types.length)));
      this.#values.push(new Uint8Array(0));
    }
  }

  take(): ViewChanges | null {
    if (this.#keys.length === 0) return null;
    const changes = { view: this.#view.name, ...packed("key", this.#keys), ...packed("value", this.#values) } as unknown as ViewChanges;
    this.#keys = [];
    this.#values = [];
    return changes;
  }
}

function packed(name: string, parts: readonly Uint8Array[]): Record<string, unknown> {
  const ends = new Int32Array(parts.length);
  let end = 0;
  for (let i = 0; i < parts.length; i++) {
    end += (parts[i] as Uint8Array).length;
    ends[i] = end;
  }
  const bytes = new Uint8Array(end);
  for (let i = 0; i < parts.length; i++) bytes.set(parts[i] as Uint8Array, i === 0 ? 0 : (ends[i - 1] as number));
  return { [`${name}s`]: bytes, [`${name}Ends`]: ends };
}
