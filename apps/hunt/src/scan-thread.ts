/** A thread of `hunt scan`: is sent files by name, and answers each with all its parts. */
import { parentPort, workerData } from "node:worker_threads";
import { FileScanner } from "millrace";
import type { PartMessage } from "./scan.js";
import { scanRules } from "./scan-rules.js";

const scanner = new FileScanner(scanRules(workerData as readonly string[]).rules);

parentPort?.on("message", async (file: string) => {
  const parts: PartMessage[] = [];
  for await (const part of scanner.scan(file))
    parts.push({ ...part, error: part.error === null ? null : { message: part.error.message } });
  parentPort?.postMessage(parts);
});
