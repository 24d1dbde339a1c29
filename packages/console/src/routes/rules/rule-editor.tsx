/** One rule file: its text, what is wrong with it, what it would find, and putting it in force. */
import type { ReactElement } from "react";
import { useMemo, useRef, useState } from "react";
import { useKeys } from "../../app/keys.js";
import { useMay } from "../../client/access.js";
import { useResource } from "../../client/resource.js";
import { getRuleFile } from "../../client/rules-api.js";
import { newFile, SILENCES } from "../../hunt/rule-template.js";
import { CodeEditor, LINE_HEIGHT } from "../../ui/code-editor.js";
import { Button, Tag } from "../../ui/controls.js";
import { visible } from "../../ui/format.js";
import { Empty, Failure, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import { useDoing } from "./doing.js";
import { setDraft, useDrafts } from "./drafts.js";
import styles from "./rules.module.css";
import { TrialResult } from "./trial-result.js";

interface EditorProps {
  readonly set: string;
  readonly file: string;
  /** There is no such file yet. */
  readonly isNew: boolean;
  readonly onChanged: () => void;
}

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
  const may = useMay("operate");
  const field = useRef<HTMLTextAreaElement>(null);
  const byLine = useMemo(() => new Map(problems.map(({ line, message }) => [line, message])), [problems]);
  const begin = (): void => setDraft(set, file, newFile(set));
  useEditorKeys({ may, fresh: isNew && draft === undefined, tryIt, save, begin, edit: () => field.current?.focus() });
  return (
    <div className={styles.bench}>
      <Panel
        title={visible(file)}
        note={isNew ? "new, not saved yet" : draft === undefined ? "" : "edited, not saved yet"}
        className={split.main}
        actions={
          may ? (
            <Actions
              {...{ set, file, isNew, doing, tryIt, save, remove, stop, retro, setRetro }}
              edited={draft !== undefined}
              empty={text === ""}
            />
          ) : (
            <Tag title="The token in use may read rules, not change or try them">read only</Tag>
          )
        }
      >
        {isNew && draft === undefined ? (
          <Empty title="There is no such file">
            {may ? (
              <Button keys="c" onClick={begin}>
                Begin it
              </Button>
            ) : null}
          </Empty>
        ) : stored.error !== null ? (
          <Failure error={stored.error} retry={stored.reload} />
        ) : draft === undefined && stored.data === undefined ? (
          <Skeleton lines={16} />
        ) : (
          <CodeEditor
            label={`Rule file ${file}`}
            language="yaml"
            value={text}
            readOnly={!may}
            fieldRef={field}
            problems={byLine}
            onChange={(next) => setDraft(set, file, next === stored.data?.text ? null : next)}
          />
        )}
      </Panel>
      <TrialResult set={set} doing={doing} problems={problems} onLine={(line) => goToLine(field.current, line)} />
    </div>
  );
}

interface EditorKeys {
  readonly may: boolean;
  /** There is neither a file nor a draft of it. */
  readonly fresh: boolean;
  readonly tryIt: () => void;
  readonly save: () => void;
  readonly begin: () => void;
  readonly edit: () => void;
}

function useEditorKeys({ may, fresh, tryIt, save, begin, edit }: EditorKeys): void {
  useKeys(
    "Rule",
    may
      ? [
          { keys: "Ctrl Enter", does: "Try on history", typing: true, run: tryIt },
          { keys: "Ctrl S", does: "Save", typing: true, run: save },
          { keys: "i", does: "Edit", run: edit },
          ...(fresh ? [{ keys: "c", does: "Begin this file", run: begin }] : []),
        ]
      : [],
  );
}

/** Puts the caret at the line's beginning; the browser brings it into sight. */
function goToLine(field: HTMLTextAreaElement | null, line: number): void {
  if (field === null) return;
  const before = field.value.split("\n").slice(0, line - 1);
  const at = before.reduce((sum, text) => sum + text.length + 1, 0);
  field.focus();
  field.setSelectionRange(at, at);
  field.scrollTop = Math.max(0, (line - 4) * LINE_HEIGHT);
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
      {set === SILENCES ? null : (
        <label className={styles.retro} title="New rules are run over the history too">
          <input type="checkbox" checked={retro} onChange={(event) => setRetro(event.target.checked)} /> hunt back
        </label>
      )}
      {edited && !isNew ? <Button onClick={() => setDraft(set, file, null)}>Revert</Button> : null}
      <Button look="danger" onClick={remove} disabled={busy}>
        {isNew ? "Discard" : "Delete"}
      </Button>
      {set === SILENCES ? null : doing.what === "trying" ? (
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
