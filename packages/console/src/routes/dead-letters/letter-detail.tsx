/** One dead letter: why, where it came from, its text as it came; and putting it into its stream, corrected or not. */
import type { DeadLetterAnswer } from "millrace/client";
import type { ReactElement } from "react";
import { useState } from "react";
import { useKeys } from "../../app/keys.js";
import { link } from "../../app/place.js";
import { useMay } from "../../client/access.js";
import { replayDeadLetter } from "../../client/api.js";
import { told } from "../../client/http.js";
import { Button, LinkButton, Tag } from "../../ui/controls.js";
import type { Field } from "../../ui/fields.js";
import { Fields } from "../../ui/fields.js";
import { count, instant } from "../../ui/format.js";
import { Panel } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import styles from "./dead-letters.module.css";

/** Refused when it came, and so in no stream. */
export const EDGE = 0;

interface DetailProps {
  readonly letter: DeadLetterAnswer;
  readonly onReplayed: () => void;
  readonly onClose: () => void;
}

export function LetterDetail({ letter, onReplayed, onClose }: DetailProps): ReactElement {
  const { partition, offset, row, replayed } = letter;
  const original = typeof row.text === "string" ? row.text : null;
  const [text, setText] = useState(original ?? "");
  const { sending, error, replay } = useReplay(letter, original, onReplayed);
  const may = useMay("operate");
  const can = partition === EDGE && replayed === null && may;
  const edited = text !== (original ?? "");
  const send = (): void => {
    if (can && text.trim() !== "") void replay(text);
  };
  useKeys("Dead letter", can ? [{ keys: "Ctrl Enter", does: "Replay it", typing: true, run: send }] : []);
  return (
    <Panel
      title={`Letter ${count(offset)}`}
      className={split.side}
      actions={
        <>
          {replayed !== null ? (
            <LinkButton href={link(["streams", String(row.stream)])} icon="streams">
              {String(row.stream)}
            </LinkButton>
          ) : partition === EDGE ? (
            <Button
              look="primary"
              icon="play"
              keys="Ctrl ↵"
              disabled={!can || sending || text.trim() === ""}
              title={may ? "Puts the text below into the stream, once" : "The token in use may not"}
              onClick={send}
            >
              {edited ? "Replay corrected" : "Replay"}
            </Button>
          ) : null}
          <Button look="quiet" icon="close" aria-label="Close" onClick={onClose} />
        </>
      }
    >
      <p className={styles.reason}>{String(row.reason)}</p>
      {error === null ? null : (
        <p className={styles.wrong} role="alert">
          {told(error).message} {told(error).hint ?? ""}
        </p>
      )}
      <Fields fields={factsOf(letter)} />
      <LetterText row={row} original={original} text={text} onChange={can ? setText : null} />
    </Panel>
  );
}

interface TextProps {
  readonly row: DeadLetterAnswer["row"];
  /** Null where the bytes are no text. */
  readonly original: string | null;
  readonly text: string;
  /** Null: to be read only. */
  readonly onChange: ((text: string) => void) | null;
}

function LetterText({ row, original, text, onChange }: TextProps): ReactElement {
  const edited = text !== (original ?? "");
  return (
    <>
      <h3 className={styles.heading}>
        Text {edited ? <Tag tone="warn">edited</Tag> : null}
        {edited ? (
          <Button look="quiet" onClick={() => onChange?.(original ?? "")}>
            As it was
          </Button>
        ) : null}
      </h3>
      {original === null ? (
        <p className={styles.note}>
          Its bytes are not UTF-8; here they are as base64. What is replayed is written anew.
        </p>
      ) : null}
      {original === null ? <pre className={styles.bytes}>{String(row.bytes).slice(0, 4000)}</pre> : null}
      <textarea
        className={styles.text}
        aria-label="The letter's text"
        value={text}
        readOnly={onChange === null}
        placeholder="{ … } one JSON object"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        onChange={(event) => onChange?.(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
    </>
  );
}

function factsOf({ partition, row, replayed }: DeadLetterAnswer): Field[] {
  const { at, stream, source, line, position, operator, offset } = row;
  const given = (name: string, value: unknown): Field[] =>
    value === null || value === undefined ? [] : [{ name, value }];
  return [
    { name: "stream", value: stream, shown: <a href={link(["streams", String(stream)])}>{String(stream)}</a> },
    ...given("refused", at),
    ...given("source", source),
    ...given("line", line),
    ...given("byte", position),
    ...given("operator", operator),
    ...given("row's offset", offset),
    {
      name: "replayed",
      value: replayed,
      shown:
        replayed !== null ? (
          `${instant(replayed) ?? replayed} UTC`
        ) : partition === EDGE ? (
          <span className="quiet">not yet</span>
        ) : (
          <span className="quiet">
            its row is in the stream already: once the program is corrected it is read again
          </span>
        ),
    },
  ];
}

function useReplay(
  { partition, offset }: DeadLetterAnswer,
  original: string | null,
  onReplayed: () => void,
): { readonly sending: boolean; readonly error: unknown; readonly replay: (text: string) => Promise<void> } {
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const replay = async (text: string): Promise<void> => {
    if (sending) return;
    setSending(true);
    setError(null);
    try {
      await replayDeadLetter(partition, offset, text === original ? null : text);
      onReplayed();
    } catch (problem) {
      setError(problem);
    }
    setSending(false);
  };
  return { sending, error, replay };
}
