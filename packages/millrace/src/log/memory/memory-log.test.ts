import { nodeDisk } from "../../base/node-disk.js";
import { logConformance } from "../log.conformance.js";
import { MemoryLog } from "./memory-log.js";

logConformance("memory log", async () => ({ log: new MemoryLog(), disk: nodeDisk, reopen: null }));
