/** Takes the lock of a data directory and holds it until it is killed. */
import { lockData } from "./data-lock.js";

await lockData(process.argv[2] as string);
process.send?.("locked");
setInterval(() => {}, 1000);
