/** Where the console's page is on this machine: what a Millrace server is given to serve. */
import { fileURLToPath } from "node:url";

export const consoleFolder = fileURLToPath(new URL("./page", import.meta.url));
