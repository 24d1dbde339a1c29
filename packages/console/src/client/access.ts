/** What the token in use may do, asked once for the page. Until it is known, everything: the server decides anyway. */
import type { AccessAnswer } from "millrace/client";
import { createContext, useContext } from "react";

export type Need = AccessAnswer["may"][number];

export const Access = createContext<AccessAnswer | null>(null);

export function useMay(need: Need): boolean {
  return useContext(Access)?.may.includes(need) ?? true;
}

/** The token's name; null where there is none. */
export function useAccessName(): string | null {
  return useContext(Access)?.name ?? null;
}
