/** Where the console's page is on this machine, once built: what a Millrace server is given to serve. */
import { fileURLToPath } from "node:url";

export const consoleFolder = fileURLToPath(new URL("./dist/page", import.meta.url));
