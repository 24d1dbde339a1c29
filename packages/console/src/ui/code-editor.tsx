/**
 * A text field for code: the browser's own textarea with its keys and its undo, over the same text in colours. Lines
 * are numbered, and those with a problem are marked.
 */
import type { KeyboardEvent, ReactElement, Ref } from "react";
import { useMemo, useRef } from "react";
import styles from "./code-editor.module.css";
import { classes } from "./controls.js";
import type { Language } from "./highlight.js";
import { highlight } from "./highlight.js";

interface EditorProps {
  readonly label: string;
  readonly language: Language;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Lines, counted from 1, with what is wrong there. */
  readonly problems?: ReadonlyMap<number, string>;
  readonly readOnly?: boolean;
  readonly onRun?: () => void;
  readonly fieldRef?: Ref<HTMLTextAreaElement>;
  readonly placeholder?: string;
}

/** Of a line, px; as the style sheet has it. */
export const LINE_HEIGHT = 18;
const PADDING = 8;
/** Longer texts are shown without colours: nobody reads them so, and every key press would paint them anew. */
const COLOURED_MAX = 60_000;

export function CodeEditor(props: EditorProps): ReactElement {
  const { label, language, value, onChange, problems, readOnly = false, onRun, fieldRef, placeholder } = props;
  const paint = useRef<HTMLPreElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const pieces = useMemo(
    () => (value.length > COLOURED_MAX ? [{ kind: "plain" as const, text: value }] : highlight(value, language)),
    [value, language],
  );
  const lines = value.split("\n").length;
  const pressed = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && onRun !== undefined) {
      event.preventDefault();
      onRun();
    } else if (event.key === "Escape") event.currentTarget.blur();
  };
  return (
    <div className={styles.editor}>
      <Gutter lines={lines} problems={problems} gutterRef={gutter} />
      <div className={styles.sheet}>
        <pre ref={paint} className={styles.paint} aria-hidden="true">
          {[...(problems ?? [])].map(([line, message]) => (
            <span
              key={`${line} ${message}`}
              className={styles.wrong}
              style={{ top: PADDING + (Math.min(line, lines) - 1) * LINE_HEIGHT }}
            />
          ))}
          {pieces.map(({ kind, text }, k) =>
            kind === "plain" ? (
              text
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: pieces are their places
              <span key={k} data-kind={kind}>
                {text}
              </span>
            ),
          )}
          {"\n"}
        </pre>
        <textarea
          ref={fieldRef}
          className={styles.field}
          aria-label={label}
          value={value}
          readOnly={readOnly}
          placeholder={placeholder}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          wrap="off"
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={pressed}
          onScroll={({ currentTarget: { scrollTop, scrollLeft } }) => {
            if (paint.current !== null) paint.current.style.transform = `translate(${-scrollLeft}px, ${-scrollTop}px)`;
            if (gutter.current !== null) gutter.current.scrollTop = scrollTop;
          }}
        />
      </div>
    </div>
  );
}

interface GutterProps {
  readonly lines: number;
  readonly problems: ReadonlyMap<number, string> | undefined;
  readonly gutterRef: Ref<HTMLDivElement>;
}

function Gutter({ lines, problems, gutterRef }: GutterProps): ReactElement {
  const numbers = useMemo(() => Array.from({ length: lines }, (_, k) => k + 1), [lines]);
  return (
    <div ref={gutterRef} className={styles.gutter} aria-hidden="true">
      {numbers.map((number) => (
        <span
          key={number}
          className={classes(styles.number, problems?.has(number) && styles.problem)}
          title={problems?.get(number)}
        >
          {number}
        </span>
      ))}
    </div>
  );
}
