/** The rule workbench: rules by name, one of them to edit, to try on history and to save. */
import type { ReactElement } from "react";
import { useMemo } from "react";
import { go, link } from "../../app/place.js";
import type { ScreenProps } from "../../app/screens.js";
import { useResource } from "../../client/resource.js";
import { getRuleFiles, getRuleSets } from "../../client/rules-api.js";
import { visible } from "../../ui/format.js";
import { Empty, Failure, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import { useDrafts } from "./drafts.js";
import { ReadOnlyRules } from "./read-only.js";
import { RuleEditor } from "./rule-editor.js";
import type { ListedRule } from "./rule-list.js";
import { listRules, RuleList } from "./rule-list.js";

export function Rules({ place }: ScreenProps): ReactElement {
  const sets = useResource("rule sets", getRuleSets);
  const set = place.path[1] ?? sets.data?.[0]?.name ?? null;
  const file = place.path[2] ?? null;
  const wanted = place.query.get("id");
  const files = useResource(set === null ? null : `files ${set}`, (signal) => getRuleFiles(set as string, signal), {
    keep: true,
  });
  const drafts = useDrafts();
  const draftFiles = set === null ? "" : drafts.files(set).join("\n");
  const rules = useMemo(
    () => listRules(files.data ?? [], draftFiles.split("\n").filter(Boolean)),
    [files.data, draftFiles],
  );
  const chosen = file ?? rules.find(({ id }) => id === wanted)?.file ?? null;

  if (sets.error !== null || files.error !== null)
    return framed(
      <Failure error={sets.error ?? files.error} retry={sets.error === null ? files.reload : sets.reload} />,
    );
  if (sets.data === null) return <ReadOnlyRules wanted={wanted} />;
  if (sets.data === undefined) return framed(<Skeleton lines={16} />);
  if (set === null)
    return framed(
      <Empty title="This program has no rules">
        A program has rules where it matches a stream against a rule set.
      </Empty>,
    );
  const open = (rule: ListedRule): void => go(link(["rules", set, rule.file]));
  return (
    <div className={split.split}>
      <RuleList
        key={set}
        sets={sets.data}
        set={set}
        rules={rules}
        loading={files.data === undefined}
        chosen={chosen}
        wanted={wanted}
        onOpen={open}
      />
      {chosen === null ? (
        <Panel title="Rule" className={split.main}>
          <Empty title="Choose a rule">
            j and k move through the list, Enter opens. {wanted === null ? "" : "No file of this set has that rule."}
          </Empty>
        </Panel>
      ) : files.data === undefined ? (
        <Panel title={visible(chosen)} className={split.main}>
          <Skeleton lines={16} />
        </Panel>
      ) : (
        <RuleEditor
          key={`${set} ${chosen}`}
          set={set}
          file={chosen}
          isNew={!files.data.some((one) => one.file === chosen)}
          onChanged={() => {
            files.reload();
            sets.reload();
          }}
        />
      )}
    </div>
  );
}

/** Instead of list and editor. */
function framed(content: ReactElement): ReactElement {
  return (
    <Panel title="Rules" className={split.main}>
      {content}
    </Panel>
  );
}
