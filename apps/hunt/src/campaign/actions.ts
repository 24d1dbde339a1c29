import type { Machine, Proc, ProcOptions } from "./machine.js";
import type { Program } from "./programs.js";
import { SYSTEM_DLLS } from "./programs.js";
import { auditEnd, auditStart, connectionAllowed } from "./security.js";
import type { Endpoint } from "./sysmon.js";
import { connected, dnsQueried, imageLoaded, processCreated, processEnded } from "./sysmon.js";

export interface StartOptions extends ProcOptions {
  /** How many library loads to record. */
  readonly loads?: number;
}

/** Starts a process: Sysmon and audit events, then its first library loads. */
export function start(
  m: Machine,
  parent: Proc,
  image: Program,
  line: string,
  time: number,
  options: StartOptions = {},
): Proc {
  const proc = m.create(parent, image, line, time, options);
  processCreated(m, proc, time);
  auditStart(m, proc, time + 1);
  const loads = options.loads ?? m.rng.int(1, 3);
  const first = m.rng.int(0, SYSTEM_DLLS.length - 1);
  for (let i = 0; i < loads; i++) {
    const dll = SYSTEM_DLLS[(first + i) % SYSTEM_DLLS.length];
    if (dll !== undefined) imageLoaded(m, proc, time + 3 + i * 2, dll, "Microsoft Windows");
  }
  return proc;
}

export function stop(m: Machine, proc: Proc, time: number): void {
  processEnded(m, proc, time);
  auditEnd(m, proc, time + 1);
}

/** A process that starts, lives for a while and ends. */
export function run(
  m: Machine,
  parent: Proc,
  image: Program,
  line: string,
  time: number,
  life = m.rng.int(120, 2500),
  options: StartOptions = {},
): Proc {
  const proc = start(m, parent, image, line, time, options);
  stop(m, proc, time + life);
  return proc;
}

/** An outgoing connection, resolved first when the endpoint has a name. */
export function reach(m: Machine, proc: Proc, time: number, to: Endpoint): void {
  const local = m.rng.int(49200, 65000);
  if (to.name !== undefined) dnsQueried(m, proc, time, to.name, to.ip);
  connected(m, proc, time + 35, to, local);
  connectionAllowed(m, proc, time + 36, to.ip, to.port, local);
}

/** Calls the action at random times around the given mean interval. */
export function every(
  m: Machine,
  span: { readonly from: number; readonly to: number },
  mean: number,
  action: (time: number) => void,
): void {
  for (let time = span.from + m.rng.wait(mean); time < span.to; time += m.rng.wait(mean)) action(time);
}

/** Base64 of the UTF-16LE text, as -EncodedCommand takes it. */
export function encoded(script: string): string {
  return Buffer.from(script, "utf16le").toString("base64");
}
