/** The rules of a set, by name; files that give none are there with what is wrong with them. */
import type { ReactElement } from "react";
import { useMemo, useRef, useState } from "react";
import { useKeys } from "../../app/keys.js";
import { go, link } from "../../app/place.js";
import { useMay } from "../../client/access.js";
import type { RuleFileSummary, RuleSetSummary } from "../../client/rules-api.js";
import { newFile, SILENCES } from "../../hunt/rule-template.js";
import { Button, LevelMark, SearchField } from "../../ui/controls.js";
import type { Column } from "../../ui/data-grid.js";
import { DataGrid } from "../../ui/data-grid.js";
import { count, counted, visible } from "../../ui/format.js";
import { Empty, Panel, Skeleton } from "../../ui/panel.js";
import { setDraft } from "./drafts.js";
import styles from "./rules.module.css";

export interface ListedRule {
  readonly file: string;
  /** Null for a file that gives no rule. */
  readonly id: string | null;
  readonly title: string;
  readonly level: string | null;
  readonly problems: number;
  readonly edited: boolean;
}

/** By title; files with trouble first. */
export function listRules(files: readonly RuleFileSummary[], drafts: readonly string[]): readonly ListedRule[] {
  const edited = new Set(drafts);
  const known = new Set(files.map(({ file }) => file));
  const rules = files.flatMap(({ file, rules: own, problems }): ListedRule[] =>
    own.length === 0
      ? [{ file, id: null, title: file, level: null, problems: problems.length, edited: edited.has(file) }]
      : own.map((rule) => ({
          file,
          id: rule.id,
          title: typeof rule.title === "string" ? rule.title : rule.id,
          level: typeof rule.level === "string" ? rule.level : null,
          problems: problems.length,
          edited: edited.has(file),
        })),
  );
  const fresh = drafts
    .filter((file) => !known.has(file))
    .map((file) => ({ file, id: null, title: file, level: null, problems: 0, edited: true }));
  return [
    ...fresh,
    ...rules.sort((a, b) => Number(b.problems > 0) - Number(a.problems > 0) || (a.title < b.title ? -1 : 1)),
  ];
}

interface ListProps {
  readonly sets: readonly RuleSetSummary[];
  readonly set: string;
  readonly rules: readonly ListedRule[];
  readonly loading: boolean;
  readonly chosen: string | null;
  readonly wanted: string | null;
  readonly onOpen: (rule: ListedRule) => void;
}

export function RuleList({ sets, set, rules, loading, chosen, wanted, onOpen }: ListProps): ReactElement {
  const may = useMay("operate");
  const [typed, setTyped] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useKeys("Rules", [{ keys: "/", does: "Filter rules", run: () => field.current?.select() }]);
  const words = typed.toLowerCase();
  const shown = useMemo(
    () => rules.filter(({ title, file, id }) => `${title} ${file} ${id}`.toLowerCase().includes(words)),
    [rules, words],
  );
  const [moved, setMoved] = useState<string | null>(null);
  const current = moved ?? keyOf(rules.find((rule) => (wanted === null ? rule.file === chosen : rule.id === wanted)));
  const selected = shown.findIndex((rule) => keyOf(rule) === current);
  return (
    <Panel
      title={sets.length > 1 ? <SetChoice sets={sets} set={set} /> : "Rules"}
      note={
        sets.length > 1
          ? undefined
          : typed === ""
            ? counted(rules.length, "rule")
            : `${count(shown.length)} of ${count(rules.length)}`
      }
      className={styles.list}
      actions={
        <>
          <SearchField
            label="Filter rules"
            placeholder="Filter"
            inputRef={field}
            value={typed}
            onChange={setTyped}
            className={styles.search}
          />
          {may ? <NewRule set={set} /> : null}
        </>
      }
    >
      {loading ? (
        <Skeleton lines={16} />
      ) : (
        <DataGrid
          label="Rules"
          columns={COLUMNS}
          count={shown.length}
          row={(index) => shown[index]}
          selected={selected}
          onSelect={(index) => {
            const rule = shown[index];
            setMoved(keyOf(rule));
            if (rule !== undefined) onOpen(rule);
          }}
          primary
          listKey={typed}
          empty={<Empty title="No rule is called that" />}
        />
      )}
    </Panel>
  );
}

function keyOf(rule: ListedRule | undefined): string | null {
  return rule === undefined ? null : `${rule.file} ${rule.id}`;
}

function SetChoice({ sets, set }: { readonly sets: readonly RuleSetSummary[]; readonly set: string }): ReactElement {
  return (
    <select
      className={styles.set}
      aria-label="Rule set"
      value={set}
      onChange={(event) => go(link(["rules", event.target.value]))}
    >
      {sets.map(({ name }) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}

function NewRule({ set }: { readonly set: string }): ReactElement {
  const begin = (): void => {
    const stamp = new Date()
      .toISOString()
      .slice(0, 19)
      .replace(/[^0-9]/g, "");
    const file = `console/${set === SILENCES ? "silence" : "rule"}-${stamp}.yml`;
    setDraft(set, file, newFile(set));
    go(link(["rules", set, file]));
  };
  useKeys("New rule", [{ keys: "c", does: "New rule", run: begin }]);
  return (
    <Button onClick={begin} title="New rule (c)">
      New
    </Button>
  );
}

const COLUMNS: readonly Column<ListedRule>[] = [
  {
    id: "level",
    title: "level",
    width: "82px",
    cell: ({ level, problems }) =>
      level !== null ? <LevelMark level={level} /> : problems > 0 ? <span className="bad">unusable</span> : "",
  },
  {
    id: "title",
    title: "rule",
    width: "minmax(160px, 1fr)",
    cell: ({ title, edited, file }) => (
      <span title={visible(file)}>
        {visible(title)} {edited ? <span className="warn">(not saved)</span> : null}
      </span>
    ),
  },
];
