/** A process in one line of the tree. */
import type { Alert } from "../../hunt/alerts.js";
import { gravest } from "../../hunt/alerts.js";
import type { ProcessNode, TreeLine } from "../../hunt/process-tree.js";
import { LevelMark } from "../../ui/controls.js";
import type { Column } from "../../ui/data-grid.js";
import { baseName, count, visible } from "../../ui/format.js";
import { Icon } from "../../ui/icon.js";
import { Moment } from "../../ui/moment.js";
import styles from "./hosts.module.css";

const INDENT = 16;

export function treeColumns(
  alerts: ReadonlyMap<string, readonly Alert[]>,
  turn: (node: ProcessNode, to: boolean) => void,
): readonly Column<TreeLine>[] {
  return [
    {
      id: "process",
      title: "process",
      width: "minmax(260px, 2fr)",
      cell: ({ node, depth, open }) => (
        <span className={styles.process} style={{ paddingLeft: depth * INDENT }}>
          {node.children.length > 0 ? (
            <button
              type="button"
              tabIndex={-1}
              className={styles.turn}
              aria-label={open ? "Close" : "Open"}
              onClick={(event) => {
                event.stopPropagation();
                turn(node, !open);
              }}
            >
              <Icon name={open ? "down" : "right"} size={12} />
            </button>
          ) : (
            <span className={styles.turn} />
          )}
          <span className={node.at === null ? "quiet" : styles.program} title={visible(node.image)}>
            {visible(baseName(node.image)) || "unknown"}
          </span>
          {node.children.length > 0 && !open ? (
            <span className="quiet"> {count(node.children.length)} below</span>
          ) : null}
        </span>
      ),
    },
    {
      id: "alert",
      title: "alerts",
      width: "124px",
      cell: ({ node }) => {
        const own = alerts.get(node.id);
        return own === undefined ? (
          ""
        ) : (
          <span title={[...new Set(own.map(({ title }) => visible(title)))].join("\n")}>
            <LevelMark level={gravest(own.map(({ level }) => level))} /> {own.length > 1 ? `×${count(own.length)}` : ""}
          </span>
        );
      },
    },
    {
      id: "at",
      title: "started (UTC)",
      width: "156px",
      quiet: true,
      cell: ({ node }) => (node.at === null ? "before" : <Moment at={node.at} />),
    },
    { id: "pid", title: "number", width: "72px", end: true, quiet: true, cell: ({ node }) => node.pid ?? "" },
    { id: "user", title: "user", width: "minmax(90px, 160px)", cell: ({ node }) => visible(node.user ?? "") },
    {
      id: "command",
      title: "command line",
      width: "minmax(240px, 3fr)",
      mono: true,
      cell: ({ node }) => visible(node.commandLine ?? "").slice(0, 600),
    },
  ];
}
