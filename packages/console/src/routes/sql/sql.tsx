/** SQL over streams, views and dead letters: a query, its result as a table or a chart, and the queries before. */
import type { SqlAnswer } from "millrace/client";
import type { ReactElement, Ref } from "react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useKeys } from "../../app/keys.js";
import { go, goQuery, link } from "../../app/place.js";
import type { ScreenProps } from "../../app/screens.js";
import { runSql, sqlCsv } from "../../client/api.js";
import { useLivePart } from "../../client/live.js";
import { CodeEditor } from "../../ui/code-editor.js";
import { Button } from "../../ui/controls.js";
import { count, counted, took } from "../../ui/format.js";
import { Empty, Failure, Panel, Skeleton } from "../../ui/panel.js";
import { Tabs } from "../../ui/tabs.js";
import { examplesFor } from "./examples.js";
import type { Asked } from "./history.js";
import { addToHistory, clearHistory, readHistory } from "./history.js";
import { ResultChart } from "./result-chart.js";
import { ResultTable } from "./result-table.js";
import { SideLists } from "./side-lists.js";
import styles from "./sql.module.css";

const ROWS_MAX = 10_000;
const CSV_ROWS_MAX = 1_000_000;

interface Run {
  readonly sql: string;
  readonly state: "running" | "done" | "failed";
  readonly answer: SqlAnswer | null;
  readonly error: unknown;
  readonly tookMs: number;
}

export function SqlScreen({ place }: ScreenProps): ReactElement {
  const asked = place.query.get("q");
  const tab = place.query.get("as") === "chart" ? "chart" : "table";
  const program = useLivePart(({ numbers }) => numbers?.status.plan ?? "");
  const status = useLivePart(({ numbers }) => numbers?.status);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the examples are the program's, whatever its numbers
  const examples = useMemo(() => examplesFor(status), [program]);
  const [sql, setSql] = useState(asked ?? "");
  const [history, setHistory] = useState(readHistory);
  const { run, start, stop } = useRun((done) => setHistory((before) => addToHistory(before, done)));
  const field = useRef<HTMLTextAreaElement>(null);
  const runNow = useCallback(
    (text: string) => {
      if (text.trim() === "") return;
      goQuery({ q: text });
      start(text);
    },
    [start],
  );
  // A query in the address is one somebody followed a link to: it runs by itself, once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the address is another
  useEffect(() => {
    if (asked === null || asked === run?.sql) return;
    setSql(asked);
    start(asked);
  }, [asked]);
  const choose = (text: string): void => {
    setSql(text);
    go(link(["sql"], { q: text, as: tab === "chart" ? "chart" : null }));
  };
  useKeys("SQL", [
    { keys: "/", does: "To the query", run: () => field.current?.focus() },
    { keys: "Ctrl Enter", does: "Run", typing: true, run: () => runNow(sql) },
    { keys: "v", does: "Table or chart", run: () => goQuery({ as: tab === "chart" ? null : "chart" }) },
  ]);
  return (
    <div className={styles.screen}>
      <Query
        {...{ sql, setSql, field, stop, running: run?.state === "running" }}
        run={() => runNow(sql)}
        placeholder={examples[0]?.sql ?? "select …"}
      />
      <SideLists
        examples={examples}
        history={history}
        onChoose={choose}
        onClear={() => setHistory(clearHistory())}
        onInsert={(text) => setSql((before) => insertAt(field.current, before, text))}
      />
      <Panel
        title="Result"
        note={<ResultNote run={run} />}
        className={styles.result}
        actions={
          <Tabs
            label="Result as"
            current={tab}
            tabs={[
              { id: "table", title: "Table", href: link(["sql"], { q: run?.sql ?? asked }) },
              { id: "chart", title: "Chart", href: link(["sql"], { q: run?.sql ?? asked, as: "chart" }) },
            ]}
          />
        }
      >
        <Result run={run} chart={tab === "chart"} retry={() => runNow(sql)} />
      </Panel>
    </div>
  );
}

interface QueryProps {
  readonly sql: string;
  readonly setSql: (sql: string) => void;
  readonly field: Ref<HTMLTextAreaElement>;
  readonly running: boolean;
  readonly run: () => void;
  readonly stop: () => void;
  readonly placeholder: string;
}

function Query({ sql, setSql, field, running, run, stop, placeholder }: QueryProps): ReactElement {
  const nothing = sql.trim() === "";
  return (
    <Panel
      title="Query"
      className={styles.query}
      actions={
        <>
          {running ? (
            <Button icon="stop" onClick={stop}>
              Stop
            </Button>
          ) : null}
          <Button icon="save" onClick={() => void saveCsv(sql)} disabled={nothing}>
            CSV
          </Button>
          <Button icon="play" look="primary" keys="Ctrl ↵" onClick={run} disabled={nothing}>
            Run
          </Button>
        </>
      }
    >
      <CodeEditor
        label="SQL query"
        language="sql"
        value={sql}
        onChange={setSql}
        onRun={run}
        fieldRef={field}
        placeholder={placeholder}
      />
    </Panel>
  );
}

function Result({
  run,
  chart,
  retry,
}: {
  readonly run: Run | null;
  readonly chart: boolean;
  readonly retry: () => void;
}): ReactElement {
  if (run === null)
    return (
      <Empty title="Ask something">
        Choose an example, or write a query and run it with Ctrl+Enter. Tables are streams, views and dead_letters, as
        of the last commit.
      </Empty>
    );
  if (run.state === "failed") return <Failure error={run.error} retry={retry} />;
  if (run.answer === null) return <Skeleton lines={10} />;
  if (run.answer.rows.length === 0) return <Empty title="No rows">The query is right; nothing satisfies it.</Empty>;
  return chart ? <ResultChart answer={run.answer} /> : <ResultTable answer={run.answer} />;
}

function ResultNote({ run }: { readonly run: Run | null }): ReactElement | null {
  if (run === null) return null;
  if (run.state === "running") return <>running …</>;
  if (run.state === "failed" || run.answer === null) return <>failed after {took(run.tookMs)}</>;
  const { rows, truncated, epoch } = run.answer;
  return (
    <>
      {truncated ? <span className="warn">the first {count(rows.length)} rows</span> : counted(rows.length, "row")} in{" "}
      {took(run.tookMs)}
      {epoch === null ? "" : `, as of epoch ${count(epoch)}`}
    </>
  );
}

function useRun(done: (asked: Asked) => void): { run: Run | null; start: (sql: string) => void; stop: () => void } {
  const [run, setRun] = useState<Run | null>(null);
  const current = useRef<AbortController | null>(null);
  const latest = useRef(done);
  latest.current = done;
  useEffect(() => () => current.current?.abort(), []);
  const start = useCallback((sql: string) => {
    current.current?.abort();
    const own = new AbortController();
    current.current = own;
    const begun = performance.now();
    // The result before stays until this one is there: the same query again does not blink.
    setRun((before) => ({ sql, state: "running", answer: before?.answer ?? null, error: null, tookMs: 0 }));
    runSql(sql, own.signal, { rowsMax: ROWS_MAX }).then(
      (answer) => {
        const tookMs = performance.now() - begun;
        if (current.current !== own) return;
        setRun({ sql, state: "done", answer, error: null, tookMs });
        latest.current({ sql, at: Date.now(), rows: answer.rows.length, tookMs });
      },
      (error: unknown) => {
        if (current.current !== own) return;
        const stopped = own.signal.aborted ? new Error("stopped") : error;
        setRun({ sql, state: "failed", answer: null, error: stopped, tookMs: performance.now() - begun });
      },
    );
  }, []);
  const stop = useCallback(() => current.current?.abort(), []);
  return { run, start, stop };
}

async function saveCsv(sql: string): Promise<void> {
  const csv = await sqlCsv(sql, CSV_ROWS_MAX, new AbortController().signal);
  const address = URL.createObjectURL(csv);
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = "result.csv";
  anchor.click();
  URL.revokeObjectURL(address);
}

function insertAt(field: HTMLTextAreaElement | null, sql: string, text: string): string {
  const at = field?.selectionEnd ?? sql.length;
  const before = sql.slice(0, at);
  return `${before}${before === "" || /\s$/.test(before) ? "" : " "}${text}${sql.slice(at)}`;
}
