import { storeConformance } from "../store.conformance.js";
import { MemoryStore } from "./memory-store.js";

storeConformance("memory store", async () => ({ store: new MemoryStore(), reopen: null }));
