/**
 * All tests on the text of one field's values, asked together:
 *
 *   whole text          eq                          one look into a table
 *   beginning, end      startsWith, endsWith        one look for each length of literal
 *   anywhere            contains                    one pass for all literals
 *   guarded             like, re, tests with case   asked only where a literal stands that they require
 *   the others          cidr, re without literal    asked each time
 *
 * What literals cannot say is asked of `testValue`, the meaning of tests, or of the pattern itself.
 */
import { testValue } from "../../plan/rules/evaluate.js";
import type { Test } from "../../plan/rules/expr.js";
import type { Network } from "../../plan/rules/ip.js";
import { networkHoldsAddress, parseAddress, parseNetwork } from "../../plan/rules/ip.js";
import { AnchoredLiterals } from "./anchored-literals.js";
import type { FoldedText } from "./folded-text.js";
import { LiteralSearch } from "./literal-search.js";
import { requiredOf } from "./required-literals.js";

/** What a literal stands for: a predicate that then holds, or one that must then be asked. */
interface Target {
  readonly predicate: number;
  readonly test: Test | null;
  /** No shorter text passes. */
  readonly charsMin: number;
}

export class TextTests {
  readonly #targets: Target[] = [];
  readonly #whole = new AnchoredLiterals();
  readonly #beginnings = new AnchoredLiterals();
  readonly #endings = new AnchoredLiterals();
  readonly #anywhere = new LiteralSearch();
  readonly #networks: { readonly predicate: number; readonly network: Network }[] = [];
  readonly #others: Target[] = [];
  readonly #met: number[] = [];

  add(predicate: number, test: Test): void {
    if (test.kind === "cidr") {
      const network = parseNetwork(test.network);
      if (network !== null) this.#networks.push({ predicate, network });
    } else if (!this.#addLiteral(predicate, test)) this.#addGuarded(predicate, test);
  }

  /** Appends the numbers of the predicates that hold for the text; a number may come more than once. */
  fire(text: FoldedText, fired: number[]): void {
    const met = this.#met;
    const { view, size } = text;
    this.#whole.whole(view, size, met);
    this.#beginnings.beginnings(view, size, met);
    this.#endings.endings(view, size, met);
    this.#anywhere.find(view, size, met);
    for (const target of met) this.#ask(this.#targets[target] as Target, text, fired);
    met.length = 0;
    for (const target of this.#others) this.#ask(target, text, fired);
    if (this.#networks.length > 0) this.#fireNetworks(text, fired);
  }

  #ask({ predicate, test, charsMin }: Target, text: FoldedText, fired: number[]): void {
    // Folded text has at least as many bytes as the text has UTF-16 units.
    if (text.size < charsMin) return;
    if (test === null || testValue(test, text.original())) fired.push(predicate);
  }

  /** An address is read once for all networks. */
  #fireNetworks(text: FoldedText, fired: number[]): void {
    const address = parseAddress(text.original());
    if (address === null) return;
    for (const { predicate, network } of this.#networks)
      if (networkHoldsAddress(network, address)) fired.push(predicate);
  }

  #addLiteral(predicate: number, test: Test): boolean {
    if (test.kind !== "eq" && test.kind !== "contains" && test.kind !== "startsWith" && test.kind !== "endsWith")
      return false;
    // Half of a character is a literal of characters, but not of bytes.
    if (test.cased || !isWellFormed(String(test.value))) return false;
    const text = String(test.value);
    const target = this.#targets.push({ predicate, test: null, charsMin: 0 }) - 1;
    if (test.kind === "eq") this.#whole.add(text, target);
    else if (test.kind === "startsWith") this.#beginnings.add(text, target);
    else if (test.kind === "endsWith") this.#endings.add(text, target);
    else if (text !== "") this.#anywhere.add(text, target);
    else this.#others.push({ predicate, test: null, charsMin: 0 });
    return true;
  }

  #addGuarded(predicate: number, test: Test): void {
    const { literals, charsMin } = requiredOf(test);
    if (literals === null) this.#others.push({ predicate, test, charsMin });
    else {
      const target = this.#targets.push({ predicate, test, charsMin }) - 1;
      for (const literal of literals) this.#anywhere.add(literal, target);
    }
  }
}

function isWellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}
