/** Triage: alerts in groups, the gravest first, until somebody has seen to each. All of it by keyboard. */
import type { ReactElement } from "react";
import { useEffect, useRef, useState } from "react";
import { FilterField } from "../../app/filter-field.js";
import type { Binding } from "../../app/keys.js";
import { useKeys } from "../../app/keys.js";
import { go, goQuery, link } from "../../app/place.js";
import type { ScreenProps } from "../../app/screens.js";
import { useMay } from "../../client/access.js";
import { useLivePart } from "../../client/live.js";
import { useResource } from "../../client/resource.js";
import { useThrottled } from "../../client/throttled.js";
import type { AlertGroup, GroupState } from "../../hunt/alert-groups.js";
import {
  ACKS,
  countAlertGroups,
  findAlertGroups,
  GROUP_STATES,
  GROUPS_MAX,
  groupOfWord,
  groupWord,
} from "../../hunt/alert-groups.js";
import { DataGrid } from "../../ui/data-grid.js";
import { count } from "../../ui/format.js";
import { Empty, Failure, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import { Tabs } from "../../ui/tabs.js";
import { Acknowledge } from "./acknowledge.js";
import { groupColumns } from "./group-columns.js";
import { beginSilence, GroupDetail } from "./group-detail.js";
import styles from "./triage.module.css";

const AGAIN_MS = 2500;

export function Triage({ place }: ScreenProps): ReactElement {
  const { query } = place;
  const state = GROUP_STATES.find((one) => one === query.get("is")) ?? "open";
  const text = query.get("q") ?? "";
  const word = query.get("g");
  const version = useVersion();
  const counts = useResource(`groups @${version}`, countAlertGroups, { keep: true });
  const { data, error, reload } = useResource(
    `${state} ${text}@${version}`,
    (signal) => findAlertGroups(state, text, signal),
    { keep: true },
  );
  const [asked, setAsked] = useState<AlertGroup | null>(null);
  const selected = useSelected(data, word, state);
  const chosen = groupOfWord(word);
  useTriageKeys(state, data?.[selected], chosen !== null, setAsked);
  return (
    <div className={split.split}>
      <Panel
        title="Triage"
        tabs={<States state={state} counts={counts.data} />}
        note={data?.length === GROUPS_MAX ? `the gravest ${count(GROUPS_MAX)}` : undefined}
        className={split.main}
        actions={
          <FilterField
            label="Filter groups by words in rule, host or comment"
            placeholder="Filter by words"
            className={styles.words}
            text={text}
            onFilter={filterBy}
          />
        }
      >
        {error !== null ? (
          <Failure error={error} retry={reload} />
        ) : data === undefined ? (
          <Skeleton lines={16} />
        ) : (
          <DataGrid
            label="Groups of alerts"
            columns={groupColumns}
            count={data.length}
            row={(index) => data[index]}
            selected={selected}
            onSelect={(index) => choose(data[index])}
            onOpen={(index) => open(data[index])}
            primary
            listKey={`${state} ${text}`}
            minWidth={700}
            empty={<Nothing state={state} text={text} />}
          />
        )}
      </Panel>
      {chosen === null ? null : (
        <GroupDetail group={chosen} version={version} onAcknowledge={setAsked} onClose={() => goQuery({ g: null })} />
      )}
      {asked === null ? null : (
        <Acknowledge group={asked} onDone={() => setAsked(null)} onClose={() => setAsked(null)} />
      )}
    </div>
  );
}

function useTriageKeys(
  state: GroupState,
  group: AlertGroup | undefined,
  chosen: boolean,
  ask: (group: AlertGroup) => void,
): void {
  const mayAcknowledge = useMay("ingest");
  const mayOperate = useMay("operate");
  const bindings: Binding[] = [
    { keys: "o", does: "Open, acknowledged, silenced", run: () => goQuery({ is: after(state), g: null }) },
  ];
  if (group !== undefined && mayAcknowledge && group.acknowledgedBy === null)
    bindings.push({ keys: "a", does: "Acknowledge", run: () => ask(group) });
  if (group !== undefined && mayOperate)
    bindings.push({ keys: "s", does: "Silence alerts like these", run: () => beginSilence(group) });
  if (chosen) bindings.push({ keys: "Esc", does: "Close the group", run: () => goQuery({ g: null }) });
  useKeys("Triage", bindings);
}

/** Moves on as alerts come, now and then, and at once when somebody acknowledges. */
function useVersion(): string {
  const alerts = useThrottled(
    useLivePart(({ numbers }) => numbers?.status.alerts ?? 0),
    AGAIN_MS,
  );
  const acks = useLivePart(({ numbers }) => {
    const partitions = numbers?.status.streams.find(({ name }) => name === ACKS)?.partitions ?? [];
    return partitions.reduce((sum, { processed }) => sum + (processed ?? 0), 0);
  });
  return `${alerts}/${acks}`;
}

/**
 * The chosen group's place in the list. A group that is no longer in it was seen to: the one that took its place is
 * chosen then.
 */
function useSelected(groups: readonly AlertGroup[] | undefined, word: string | null, state: GroupState): number {
  const last = useRef({ index: -1, state });
  const index = word === null ? -1 : (groups?.findIndex((group) => groupWord(group) === word) ?? -1);
  if (index >= 0) last.current = { index, state };
  const gone = groups !== undefined && word !== null && index < 0 && last.current.index >= 0;
  const next =
    gone && last.current.state === state ? groups[Math.min(last.current.index, groups.length - 1)] : undefined;
  useEffect(() => {
    if (!gone) return;
    last.current = { index: -1, state };
    goQuery({ g: next === undefined ? null : groupWord(next) });
  });
  return index;
}

function choose(group: AlertGroup | undefined): void {
  if (group !== undefined) goQuery({ g: groupWord(group) });
}

function open(group: AlertGroup | undefined): void {
  if (group === undefined) return;
  const { rule, host, from, to } = group;
  go(link(["alerts"], { rule, host, from, to }));
}

function filterBy(text: string): void {
  goQuery({ q: text, g: null });
}

function after(state: GroupState): GroupState | null {
  const next = GROUP_STATES[(GROUP_STATES.indexOf(state) + 1) % GROUP_STATES.length];
  return next === "open" || next === undefined ? null : next;
}

interface StatesProps {
  readonly state: GroupState;
  readonly counts: Readonly<Record<GroupState, number>> | undefined;
}

function States({ state, counts }: StatesProps): ReactElement {
  return (
    <Tabs
      label="Which groups"
      current={state}
      tabs={GROUP_STATES.map((one) => ({
        id: one,
        title: `${one[0]?.toUpperCase()}${one.slice(1)}${counts === undefined ? "" : ` ${count(counts[one])}`}`,
        href: link(["triage"], { is: one === "open" ? null : one }),
      }))}
    />
  );
}

function Nothing({ state, text }: { readonly state: GroupState; readonly text: string }): ReactElement {
  if (text !== "") return <Empty title="No group has these words" />;
  return state === "open" ? (
    <Empty title="Nothing is open">Groups of alerts appear here, and leave once they are acknowledged.</Empty>
  ) : (
    <Empty title={`No group is ${state}`} />
  );
}
