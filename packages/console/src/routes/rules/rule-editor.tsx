/** One rule file: its text, what is wrong with it, what it would find, and putting it in force. */
import type { ReactElement } from "react";
import { useMemo, useRef, useState } from "react";
import { useKeys } from "../../app/keys.js";
import { go, link } from "../../app/place.js";
import { useResource } from "../../client/resource.js";
import type { RuleProblem, Trial } from "../../client/rules-api.js";
import { deleteRuleFile, getRuleFile, problemsIn, putRuleFile, tryRuleFile } from "../../client/rules-api.js";
import { CodeEditor } from "../../ui/code-editor.js";
import { Button } from "../../ui/controls.js";
import { visible } from "../../ui/format.js";
import { Failure, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import { setDraft, useDrafts } from "./drafts.js";
import styles from "./rules.module.css";
import { TrialResult } from "./trial-result.js";

const TRIAL_ROWS = 500;

interface EditorProps {
  readonly set: string;
  readonly file: string;
  /** There is no such file yet. */
  readonly isNew: boolean;
  readonly onChanged: () => void;
}

interface Doing {
  readonly what: "trying" | "saving" | "deleting" | null;
  readonly trial: Trial | null;
  readonly error: unknown;
  readonly problems: readonly RuleProblem[] | null;
  readonly said: string | null;
}

const NOTHING: Doing = { what: null, trial: null, error: null, problems: null, said: null };

export function RuleEditor({ set, file, isNew, onChanged }: EditorProps): ReactElement {
  const drafts = useDrafts();
  const draft = drafts.of(set, file);
  const stored = useResource(isNew ? null : `rule ${set} ${file}`, (signal) => getRuleFile(set, file, signal));
  const text = draft ?? stored.data?.text ?? "";
  const [retro, setRetro] = useState(true);
  const { doing, tryIt, save, remove, stop } = useDoing({
    set,
    file,
    text,
    retro,
    isNew,
    onChanged,
    reload: stored.reload,
  });
  const problems = doing.problems ?? stored.data?.problems ?? [];
  const byLine = useMemo(() => new Map(problems.map(({ line, message }) => [line, message])), [problems]);
  useKeys("Rule", [
    { keys: "Ctrl Enter", does: "Try on history", typing: true, run: tryIt },
    { keys: "Ctrl S", does: "Save", typing: true, run: save },
  ]);
  return (
    <div className={styles.bench}>
      <Panel
        title={visible(file)}
        note={isNew ? "new, not saved yet" : draft === undefined ? "" : "edited, not saved yet"}
        className={split.main}
        actions={
          <Actions
            {...{ set, file, isNew, doing, tryIt, save, remove, stop, retro, setRetro }}
            edited={draft !== undefined}
            empty={text === ""}
          />
        }
      >
        {stored.error !== null ? (
          <Failure error={stored.error} retry={stored.reload} />
        ) : draft === undefined && stored.data === undefined ? (
          <Skeleton lines={16} />
        ) : (
          <CodeEditor
            label={`Rule file ${file}`}
            language="yaml"
            value={text}
            problems={byLine}
            onChange={(next) => setDraft(set, file, next === stored.data?.text ? null : next)}
          />
        )}
      </Panel>
      <TrialResult set={set} doing={doing} problems={problems} />
    </div>
  );
}

interface ActionsProps extends ReturnType<typeof useDoing> {
  readonly set: string;
  readonly file: string;
  readonly isNew: boolean;
  readonly edited: boolean;
  readonly empty: boolean;
  readonly retro: boolean;
  readonly setRetro: (retro: boolean) => void;
}

function Actions(props: ActionsProps): ReactElement {
  const { set, file, isNew, edited, empty, doing, tryIt, save, remove, stop, retro, setRetro } = props;
  const busy = doing.what !== null;
  return (
    <>
      <label className={styles.retro} title="New rules are run over the history too">
        <input type="checkbox" checked={retro} onChange={(event) => setRetro(event.target.checked)} /> hunt back
      </label>
      {edited && !isNew ? <Button onClick={() => setDraft(set, file, null)}>Revert</Button> : null}
      <Button look="danger" onClick={remove} disabled={busy}>
        {isNew ? "Discard" : "Delete"}
      </Button>
      {doing.what === "trying" ? (
        <Button icon="stop" onClick={stop}>
          Stop
        </Button>
      ) : (
        <Button icon="play" keys="Ctrl ↵" onClick={tryIt} disabled={busy || empty}>
          Try
        </Button>
      )}
      <Button icon="check" look="primary" keys="Ctrl S" onClick={save} disabled={busy || !(edited || isNew)}>
        Save
      </Button>
    </>
  );
}

interface DoingParts extends EditorProps {
  readonly text: string;
  readonly retro: boolean;
  readonly reload: () => void;
}

function useDoing(parts: DoingParts): {
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
    if (text === "" || doing.what !== null) return;
    const own = new AbortController();
    running.current = own;
    setDoing({ ...doing, what: "trying", error: null, said: null });
    tryRuleFile(set, file, text, TRIAL_ROWS, own.signal).then(
      (trial) => setDoing({ what: null, trial, error: null, problems: trial.problems, said: null }),
      (error: unknown) => (own.signal.aborted ? setDoing({ ...doing, what: null }) : fail(error)),
    );
  };
  const save = (): void => {
    if (text === "" || doing.what !== null) return;
    setDoing({ ...doing, what: "saving", error: null, said: null });
    putRuleFile(set, file, text, retro).then(({ change, problems }) => {
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

export type { Doing };
