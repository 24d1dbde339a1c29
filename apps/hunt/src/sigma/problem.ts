/** What is wrong with a rule, said so that its author can mend it. The other rules go on. */
export interface Problem {
  /** The file, as it was given. */
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly reason: string;
}

/** Where in a document: the keys and indexes that lead to the node. */
export type NodePath = readonly (string | number)[];

/** Thrown inside the reader and turned into a `Problem` at the border of each document; never leaves this folder. */
export class RuleProblem extends Error {
  readonly at: NodePath;

  constructor(reason: string, at: NodePath = []) {
    super(reason);
    this.name = "RuleProblem";
    this.at = at;
  }
}
