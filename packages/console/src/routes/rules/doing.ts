/** What is being done with a rule file, and what came of it: trying, saving, deleting; one at a time. */
import { useRef, useState } from "react";
import { go, link } from "../../app/place.js";
import type { RuleProblem, Trial } from "../../client/rules-api.js";
import { deleteRuleFile, problemsIn, putRuleFile, tryRuleFile } from "../../client/rules-api.js";
import { SILENCES } from "../../hunt/rule-template.js";
import { setDraft } from "./drafts.js";

const TRIAL_ROWS = 500;

export interface Doing {
  readonly what: "trying" | "saving" | "deleting" | null;
  readonly trial: Trial | null;
  /** How long the trial took, as seen from here. */
  readonly tookMs: number | null;
  readonly error: unknown;
  readonly problems: readonly RuleProblem[] | null;
  readonly said: string | null;
}

const NOTHING: Doing = { what: null, trial: null, tookMs: null, error: null, problems: null, said: null };

interface DoingParts {
  readonly set: string;
  readonly file: string;
  readonly isNew: boolean;
  readonly onChanged: () => void;
  readonly text: string;
  readonly retro: boolean;
  readonly reload: () => void;
}

export function useDoing(parts: DoingParts): {
  readonly doing: Doing;
  readonly tryIt: () => void;
  readonly save: () => void;
  readonly remove: () => void;
  readonly stop: () => void;
} {
  const { set, file, text, retro, isNew, onChanged, reload } = parts;
  const [doing, setDoing] = useState(NOTHING);
  const running = useRef<AbortController | null>(null);
  const fail = (error: unknown): void =>
    setDoing((before) => ({
      ...before,
      what: null,
      error,
      problems: problemsIn(error).length > 0 ? problemsIn(error) : before.problems,
    }));
  const tryIt = (): void => {
    if (text === "" || doing.what !== null || set === SILENCES) return;
    const own = new AbortController();
    running.current = own;
    const begun = performance.now();
    setDoing({ ...doing, what: "trying", error: null, said: null });
    tryRuleFile(set, file, text, TRIAL_ROWS, own.signal).then(
      (trial) => setDoing({ ...NOTHING, trial, tookMs: performance.now() - begun, problems: trial.problems }),
      (error: unknown) => (own.signal.aborted ? setDoing({ ...doing, what: null }) : fail(error)),
    );
  };
  const save = (): void => {
    if (text === "" || doing.what !== null) return;
    setDoing({ ...doing, what: "saving", error: null, said: null });
    putRuleFile(set, file, text, retro && set !== SILENCES).then(({ change, problems }) => {
      setDraft(set, file, null);
      const said = change === null ? "Saved; nothing in it was new." : `In force since change ${change}.`;
      setDoing((before) => ({ ...before, what: null, problems, said }));
      reload();
      onChanged();
    }, fail);
  };
  const remove = (): void => {
    if (isNew) {
      setDraft(set, file, null);
      go(link(["rules", set]));
      return;
    }
    if (!confirm(`Delete ${file}? What its rules have found stays.`)) return;
    setDoing({ ...doing, what: "deleting", error: null });
    deleteRuleFile(set, file).then(() => {
      setDraft(set, file, null);
      onChanged();
      go(link(["rules", set]));
    }, fail);
  };
  return { doing, tryIt, save, remove, stop: () => running.current?.abort() };
}
