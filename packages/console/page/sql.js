/** The SQL box: runs a query, shows its rows, saves them as CSV. */
import { runSql, sqlCsv } from "./api.js";
import { $, cell, count, el, empty, table } from "./dom.js";

let running = null;

export function startSql(status) {
  const first = status.streams.some(({ name }) => name === "alerts") ? "alerts" : (status.views[0]?.name ?? status.streams[0]?.name);
  if ($("sql-text").value === "" && first !== undefined)
    $("sql-text").value = first === "alerts" ? 'select level, title, count(*) as alerts, count(distinct host) as hosts\nfrom alerts group by level, title order by alerts desc' : `select * from ${first} limit 100`;
  $("sql-form").addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  $("sql-text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    }
  });
  $("sql-csv").addEventListener("click", save);
}

async function run() {
  await during("running…", async (sql, signal) => {
    const started = performance.now();
    const { columns, rows, truncated, epoch } = await runSql(sql, signal);
    const names = columns.map(({ name, type }) => ({ text: name, number: /INT|DOUBLE|FLOAT|DECIMAL/.test(type) && !/\[\]/.test(type) }));
    $("sql-result").replaceChildren(rows.length === 0 ? empty("No rows.") : table("Result", names, rows.map((row) => el("tr", {}, ...row.map(cell)))));
    const ms = Math.round(performance.now() - started);
    return `${truncated ? "the first " : ""}${count(rows.length)} ${rows.length === 1 ? "row" : "rows"} in ${ms} ms${epoch === null ? "" : `, as of epoch ${count(epoch)}`}`;
  });
}

async function save() {
  await during("saving…", async (sql, signal) => {
    const url = URL.createObjectURL(await sqlCsv(sql, signal));
    el("a", { href: url, download: "millrace.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    return "saved as millrace.csv";
  });
}

/** A query that is still running is given up for the new one. */
async function during(text, action) {
  const sql = $("sql-text").value.trim();
  if (sql === "") return;
  running?.abort();
  const own = new AbortController();
  running = own;
  note(text);
  try {
    const done = await action(sql, own.signal);
    if (running === own) note(done);
  } catch (error) {
    if (running !== own) return;
    note(error.status === 0 ? "no answer" : "no result");
    $("sql-result").replaceChildren(el("pre", { class: "bad", role: "alert" }, error.hint === undefined ? error.message : `${error.message}\n${error.hint}`));
  }
}

function note(text) {
  $("sql-note").textContent = text;
}
