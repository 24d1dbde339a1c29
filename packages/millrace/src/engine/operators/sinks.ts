/** Where rows leave a task: named streams, and the changes of views. */

import type { Schema } from "../../schema/column-type.js";
import { fieldIndex } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import { KeyCodec } from "../../view/key-codec.js";
import { packChanges } from "../../view/packed-changes.js";
import { RowCodec } from "../../view/row-codec.js";
import type { ViewChanges, ViewSpec } from "../../view/store.js";
import { keyFields } from "../../view/view-key.js";
import type { Rows } from "../rows.js";
import type { ChangeSink } from "./change.js";
import type { Edge, Operator } from "./operator.js";
import { emit } from "./operator.js";

/** Keeps the epoch's rows of a named stream and passes them on. */
export class PublishOperator implements Operator {
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

  take(): readonly Rows[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }
}

/** Encodes a view's changes where they arise, so that the committer only copies bytes. */
export class ViewSink implements ChangeSink {
  readonly #view: ViewSpec;
  readonly #keys: KeyCodec;
  readonly #rows: RowCodec;
  #changes: (readonly [key: Uint8Array, value: Uint8Array | null])[] = [];

  constructor(view: ViewSpec) {
    this.#view = view;
    this.#keys = new KeyCodec(keyFields(view));
    this.#rows = new RowCodec(view.schema);
  }

  change(schema: Schema, upserts: readonly (readonly Value[])[], deletes: readonly (readonly Value[])[]): void {
    const keyAt = this.#view.key.map((name) => fieldIndex(schema, name));
    const rowAt = this.#view.schema.fields.map(({ name }) => fieldIndex(schema, name));
    for (const values of upserts)
      this.#changes.push([
        this.#keys.encode(keyAt.map((k) => values[k])),
        this.#rows.encodeValues(rowAt.map((k) => values[k])),
      ]);
    for (const key of deletes) this.#changes.push([this.#keys.encode(key.slice(0, keyAt.length)), null]);
  }

  take(): ViewChanges | null {
    if (this.#changes.length === 0) return null;
    const changes = packChanges(this.#view.name, this.#changes);
    this.#changes = [];
    return changes;
  }
}
