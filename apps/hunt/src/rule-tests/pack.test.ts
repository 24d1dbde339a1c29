/** The project's own rules: every one on its events, and what a rule must say about itself. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { RuleReport } from "./run.js";
import { testRules } from "./run.js";

const RULES = fileURLToPath(new URL("../../rules", import.meta.url));

describe("the rule pack", () => {
  let reports: readonly RuleReport[];

  before(async () => {
    const { rules, problems } = await testRules([RULES]);
    assert.deepEqual(problems, []);
    reports = rules;
  });

  const each = (check: (report: RuleReport) => boolean): string[] =>
    reports.filter((report) => !check(report)).map(({ rule }) => rule.document.path);

  test("every rule passes on its events", (t) => {
    assert.deepEqual(
      reports.flatMap(({ rule, failures }) => failures.map(({ reason, at }) => `${rule.title}: ${at?.line} ${reason}`)),
      [],
    );
    assert.ok(reports.length >= 64, `${reports.length} rules`);
    t.diagnostic(`${reports.length} rules, ${reports.flatMap(({ cases }) => cases).length} events`);
  });

  test("hunt test, which has the pack by itself, agrees", () => {
    const hunt = fileURLToPath(new URL("../../bin/hunt.js", import.meta.url));
    const { status, stdout } = spawnSync(process.execPath, [hunt, "test"], { encoding: "utf8" });
    assert.match(stdout, new RegExp(`^${reports.length} rules on .*, ${reports.length} pass, 0 fail$`, "m"));
    assert.equal(status, 0);
  });

  test("at least two events that must match and two near misses, each with what is special about it", () => {
    assert.deepEqual(
      each(({ cases }) => cases.filter(({ match }) => match).length >= 2),
      [],
    );
    assert.deepEqual(
      each(
        ({ cases, doubts }) => cases.filter(({ match }) => !match).length - doubts.length >= 2 && doubts.length <= 1,
      ),
      [],
    );
    assert.deepEqual(
      each(({ cases }) => cases.every(({ note }) => note !== null && note !== "")),
      [],
    );
  });

  test("a rule says who wrote it and when, what it looks for, how sure it is and what fools it", () => {
    const value = ({ rule }: RuleReport, key: string): unknown => rule.document.value[key];
    const [tactic, technique] = [/^attack\.[a-z]+(-[a-z]+)*$/, /^attack\.t\d{4}(\.\d{3})?$/];
    assert.deepEqual(
      each((report) => {
        const { author, description, falsepositives, id, level, status, tags } = report.rule;
        return (
          author === "Millrace" &&
          /^2026-\d\d-\d\d$/.test(String(value(report, "date"))) &&
          value(report, "license") === "Apache-2.0" &&
          value(report, "level") === level &&
          status === "experimental" &&
          (description ?? "").length > 30 &&
          falsepositives.length > 0 &&
          tags.some((tag) => tactic.test(tag)) &&
          tags.some((tag) => technique.test(tag)) &&
          /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)
        );
      }),
      [],
    );
    assert.equal(new Set(reports.map(({ rule }) => rule.title)).size, reports.length, "titles are unique");
  });

  test("the pack looks at Windows, Linux and network logs in many ways", () => {
    const sources = new Set(
      reports.map(({ rule: { logsource } }) =>
        Object.values(logsource)
          .filter((part) => part !== null)
          .join("/"),
      ),
    );
    for (const wanted of [
      ...["process_creation", "registry_set", "registry_event", "image_load", "network_connection", "file_event"].map(
        (category) => `windows/${category}`,
      ),
      ...["ps_script", "dns_query", "wmi_event", "pipe_created", "create_remote_thread"].map((c) => `windows/${c}`),
      ...["security", "system", "powershell", "wmi"].map((service) => `windows/${service}`),
      ...["process_creation", "network_connection", "file_event", "auditd", "sshd", "sudo", "cron", "auth"].map(
        (part) => `linux/${part}`,
      ),
      ...["conn", "dns", "http", "ssl", "ssh", "smb_files", "dce_rpc", "kerberos"].map((log) => `zeek/${log}`),
      ...["firewall", "dns"],
    ])
      assert.ok(sources.has(wanted), `no rule for ${wanted}; there are ${[...sources].sort().join(" ")}`);
  });
});
