/** Absolute path of the folder with `index.html` and the files it asks for under `/console/`. */
export declare const consoleFolder: string;
