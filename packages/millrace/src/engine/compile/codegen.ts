/**
 * Row programs as one loop over the columns.
 *
 *     for (let i = 0; i < n; i++) {
 *       if (!(c0[i] > 100)) continue;          a closed, understood lambda is written out over the columns
 *       if (!f1(row1, p1)) continue;           any other is called, with a cursor that reads columns and variables
 *       v0 = c0[i] * 2;
 *       if (typeof v0 !== "number") v0 = check0(v0);    every computed value, read by anybody or not
 *       w0.put(m, v0);                         computed columns; those passed through are gathered afterwards
 *       sel[m++] = i;
 *     }
 *
 * The text depends on the layout of the columns (dictionary, nulls), so there is one function for each layout met.
 * It works on the success path alone: a throw, or a value that does not fit its column, makes the caller run the batch
 * again in the interpreter, which says what is wrong with which row. Lambdas are pure, so running again is harmless.
 */
import { bug } from "../../base/errors.js";
import type { Batch } from "../../batch/batch.js";
import { checkValue } from "../../batch/check.js";
import type { Vector } from "../../batch/vector.js";
import { singleColumn } from "../../plan/capture/distinct.js";
import type { Expression } from "../../plan/capture/expression.js";
import { printExpression } from "../../plan/capture/print.js";
import type { Field } from "../../schema/column-type.js";
import { fieldIndex } from "../../schema/column-type.js";
import type { Open, Value } from "../../schema/types.js";
import type { ColumnWriter } from "./column-writer.js";
import { writerFor } from "./column-writer.js";
import type { LambdaStep, RowProgram } from "./row-program.js";
import { layoutOf, misfitText, readText, sourceArgs } from "./source-text.js";

/** Where a column's value is while the loop is at a row. */
type Place = { readonly kind: "source"; readonly index: number } | Variable;

interface Variable {
  readonly kind: "variable";
  readonly name: string;
}

/** What a compiled loop gives: the rows that pass, and the columns it computed (null: passed through from `index`). */
export interface LoopResult {
  readonly selected: Int32Array;
  readonly count: number;
  /** For each output column: the input column it is, or what was computed. */
  readonly columns: readonly (number | ColumnWriter)[];
}

type Loop = (
  n: number,
  selected: Int32Array,
  sources: readonly unknown[][],
  writers: readonly ColumnWriter[],
  host: Host,
) => number;

interface Host {
  readonly functions: readonly unknown[];
  readonly params: readonly unknown[];
  readonly lifts: readonly unknown[];
  readonly checks: readonly unknown[];
}

interface Compiled {
  readonly loop: Loop;
  readonly outputs: readonly Place[];
  readonly lifts: readonly ((open: Open) => Value)[];
  /** For each computed column what the interpreter does with a value: converts it, or throws. */
  readonly checks: readonly ((value: unknown) => unknown)[];
}

export class CompiledProgram {
  readonly #program: RowProgram;
  readonly #byLayout = new Map<string, Compiled>();

  constructor(program: RowProgram) {
    this.#program = program;
  }

  /** Throws whatever a lambda throws, or when a value does not fit its column: then the interpreter takes over. */
  run(batch: Batch): LoopResult {
    const { input, output } = this.#program;
    const vectors = input.fields.map((f) => batch.columns[fieldIndex(batch.schema, f.name)] as Vector);
    const layout = vectors.map((vector, k) => layoutOf(vector, input.fields[k] as Field)).join(" ");
    let compiled = this.#byLayout.get(layout);
    if (compiled === undefined) {
      compiled = new LoopBuilder(this.#program, vectors).build();
      this.#byLayout.set(layout, compiled);
    }
    const selected = new Int32Array(batch.length);
    const columns = compiled.outputs.map((place, k) =>
      place.kind === "source" ? place.index : writerFor(output.fields[k] as Field, batch.length),
    );
    const steps = this.#program.steps.flatMap((step) => (step.kind === "filter" || step.kind === "make" ? [step] : []));
    const count = compiled.loop(
      batch.length,
      selected,
      vectors.map((vector, k) => sourceArgs(vector, input.fields[k] as Field)),
      columns.filter((column) => typeof column !== "number"),
      {
        functions: steps.map((step) => step.fn),
        params: steps.map((step) => step.params),
        lifts: compiled.lifts,
        checks: compiled.checks,
      },
    );
    return { selected, count, columns };
  }
}

/** Writes the text of one loop. */
class LoopBuilder {
  readonly #program: RowProgram;
  readonly #vectors: readonly Vector[];
  readonly #head: string[] = [];
  readonly #body: string[] = [];
  readonly #lifts: ((open: Open) => Value)[] = [];
  readonly #checks: ((value: unknown) => unknown)[] = [];
  #places: Map<string, Place>;
  #variables = 0;
  #lambdas = 0;

  constructor(program: RowProgram, vectors: readonly Vector[]) {
    this.#program = program;
    this.#vectors = vectors;
    this.#places = new Map(program.input.fields.map((f, index) => [f.name, { kind: "source", index }]));
  }

  build(): Compiled {
    for (const step of this.#program.steps) {
      switch (step.kind) {
        case "filter":
          this.#filter(step);
          break;
        case "make":
          this.#make(step);
          break;
        case "pick":
          this.#places = new Map(
            step.columns.flatMap((name) => (this.#places.has(name) ? [[name, this.#place(name)] as const] : [])),
          );
          break;
        case "notNull":
          for (const name of step.columns) this.#body.push(`if (${this.#read(this.#place(name))} === null) continue;`);
          break;
        case "lift":
          for (const { field, lift } of step.fields) {
            const variable = this.#variable(`lift${this.#lifts.length}(${this.#read(this.#place(step.open))})`);
            this.#lifts.push(lift);
            this.#places.set(field.name, variable);
          }
      }
    }
    const outputs = this.#program.output.fields.map((f) => this.#place(f.name));
    outputs
      .filter((place): place is Variable => place.kind === "variable")
      .forEach((place, w) => {
        this.#body.push(`w${w}.put(m, ${place.name});`);
      });
    return { loop: this.#function(outputs), outputs, lifts: this.#lifts, checks: this.#checks };
  }

  #filter(step: LambdaStep): void {
    const lambda = this.#lambdas++;
    const { expression, closed } = step.captured;
    if (expression !== null && closed) {
      const single = this.#dictionaryOf(step);
      if (single === null) this.#body.push(`if (!${this.#print(expression, lambda)}) continue;`);
      else this.#filterByValue(expression, lambda, single);
      return;
    }
    this.#body.push(`if (!f${lambda}(${this.#cursor(step)}, p${lambda})) continue;`);
  }

  /** One answer for each value of a dictionary, asked before the loop. */
  #filterByValue(expression: Expression, lambda: number, index: number): void {
    const table = `t${lambda}`;
    const text = (value: string): string =>
      printExpression(expression, { column: () => value, param: (path) => paramText(lambda, path) });
    this.#head.push(`const ${table} = new Uint8Array(s${index}.length);`);
    this.#head.push(`for (let k = 0; k < s${index}.length; k++) ${table}[k] = ${text(`s${index}[k]`)} ? 1 : 0;`);
    const vector = this.#vectors[index] as Vector;
    if (vector.validity === null) this.#body.push(`if (${table}[c${index}[i]] === 0) continue;`);
    else {
      this.#head.push(`const ${table}n = ${text("null")} ? 1 : 0;`);
      this.#body.push(
        `if (((n${index}[i >> 3] & (1 << (i & 7))) !== 0 ? ${table}[c${index}[i]] : ${table}n) === 0) continue;`,
      );
    }
  }

  /** The source column of a filter that reads nothing but one dictionary of fewer values than rows; else null. */
  #dictionaryOf(step: LambdaStep): number | null {
    const name = singleColumn(step.captured);
    const place = name === undefined ? undefined : this.#places.get(name);
    if (place?.kind !== "source") return null;
    return this.#vectors[place.index]?.kind === "dict" ? place.index : null;
  }

  #make(step: Extract<RowProgram["steps"][number], { kind: "make" }>): void {
    const lambda = this.#lambdas++;
    const places = new Map<string, Place>(step.merge ? this.#places : []);
    if (step.captured.closed && step.made.every(({ expression }) => expression !== null)) {
      for (const { field, expression } of step.made) {
        const e = expression as Expression;
        const passed = e.kind === "column" && !e.optional ? this.#places.get(e.name) : undefined;
        places.set(field.name, passed ?? this.#made(field, this.#print(e, lambda)));
      }
    } else {
      const result = this.#variable(`f${lambda}(${this.#cursor(step)}, p${lambda})`);
      for (const { field } of step.made)
        places.set(field.name, this.#made(field, `${result.name}[${JSON.stringify(field.name)}]`));
    }
    this.#places = places;
  }

  /** A computed column's value, as the column holds it: null for undefined. */
  #made(field: Field, text: string): Variable {
    const variable = this.#variable(text);
    const check = this.#checks.length;
    this.#checks.push((value) => checkValue(field, value));
    this.#body.push(
      `if (${misfitText(field.type, variable.name)}) ${variable.name} = check${check}(${variable.name});`,
    );
    return variable;
  }

  #print(expression: Expression, lambda: number): string {
    return printExpression(expression, {
      column: (_row, name) => this.#read(this.#place(name)),
      param: (path) => paramText(lambda, path),
      row: () => this.#rowObject([...this.#places.keys()]),
    });
  }

  /** An object with accessors for what the lambda reads, made before the loop; variables of earlier steps are in its scope. */
  #cursor(step: LambdaStep): string {
    const reads = step.captured.reads[0]?.columns ?? "all";
    const names = reads === "all" ? [...this.#places.keys()] : [...reads].filter((name) => this.#places.has(name));
    return this.#rowObject(names);
  }

  #rowObject(names: readonly string[]): string {
    const accessors = names.map((name) => `get ${JSON.stringify(name)}() { return ${this.#read(this.#place(name))}; }`);
    const name = `row${this.#variables++}`;
    this.#head.push(`const ${name} = { ${accessors.join(", ")} };`);
    return name;
  }

  #variable(text: string): Variable {
    const name = `v${this.#variables++}`;
    this.#head.push(`let ${name};`);
    this.#body.push(`${name} = ${text};`);
    return { kind: "variable", name };
  }

  #read(place: Place): string {
    if (place.kind === "variable") return place.name;
    return readText(
      place.index,
      this.#vectors[place.index] as Vector,
      this.#program.input.fields[place.index] as Field,
    );
  }

  #place(name: string): Place {
    const place = this.#places.get(name);
    if (place === undefined) return bug(`no column "${name}" at this step of ${this.#program.id}`);
    return place;
  }

  #function(outputs: readonly Place[]): Loop {
    const sources = this.#vectors.map((_, k) => `const [c${k}, s${k}, n${k}] = sources[${k}];`);
    const writers = outputs.filter((place) => place.kind === "variable").map((_, w) => `const w${w} = writers[${w}];`);
    const lambdas = Array.from(
      { length: this.#lambdas },
      (_, k) => `const f${k} = host.functions[${k}], p${k} = host.params[${k}];`,
    );
    const lifts = this.#lifts.map((_, k) => `const lift${k} = host.lifts[${k}];`);
    const checks = this.#checks.map((_, k) => `const check${k} = host.checks[${k}];`);
    const text = [
      '"use strict";',
      ...sources,
      ...writers,
      ...lambdas,
      ...lifts,
      ...checks,
      "let m = 0, i = 0;",
      ...this.#head,
      "for (i = 0; i < n; i++) {",
      ...this.#body.map((line) => `  ${line}`),
      "  selected[m++] = i;",
      "}",
      "return m;",
    ].join("\n");
    return new Function("n", "selected", "sources", "writers", "host", text) as Loop;
  }
}

function paramText(lambda: number, path: readonly string[]): string {
  return `p${lambda}${path.map((part) => `[${JSON.stringify(part)}]`).join("")}`;
}
