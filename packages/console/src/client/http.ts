/** Asking the server: one origin, JSON, and a token where it wants one. */
import type { ErrorAnswer } from "millrace/client";

/** Any answer that is not 2xx, or none at all (status 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | null;
  /** The whole answer, where it says more than the error. */
  readonly answer: unknown;

  constructor(status: number, code: string, message: string, hint: string | null = null, answer: unknown = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.answer = answer;
  }
}

const TOKEN_KEY = "millrace.token";

interface Access {
  /** The server refused: a token is needed, or the one given is wrong. */
  readonly refused: boolean;
  /** Counts the tokens given: what was asked with another one is asked again. */
  readonly version: number;
}

let access: Access = { refused: false, version: 0 };
const listeners = new Set<() => void>();

export const accessStore = {
  get: (): Access => access,
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  /** Kept until the tab is closed. */
  giveToken(token: string): void {
    sessionStorage.setItem(TOKEN_KEY, token);
    setAccess({ refused: false, version: access.version + 1 });
  },
};

function setAccess(next: Access): void {
  access = next;
  for (const listener of listeners) listener();
}

/** The answer, when it is 2xx; throws `ApiError`, or the abort's reason. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const token = sessionStorage.getItem(TOKEN_KEY);
  const headers = new Headers(init.headers);
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiError(0, "OFFLINE", "the server does not answer", "Is the program still running?");
  }
  if (response.ok) return response;
  const answer = (await response.json().catch(() => null)) as Partial<ErrorAnswer> | null;
  if (response.status === 401 && !access.refused) setAccess({ ...access, refused: true });
  throw new ApiError(
    response.status,
    answer?.error?.code ?? "REQUEST",
    answer?.error?.message ?? `the server answered ${response.status}`,
    answer?.error?.hint ?? null,
    answer,
  );
}

export async function askJson<T>(path: string, init: RequestInit = {}): Promise<T> {
  return (await (await ask(path, init)).json()) as T;
}

/** An error for people. */
export function told(error: unknown): { readonly message: string; readonly hint: string | null } {
  if (error instanceof ApiError) return { message: error.message, hint: error.hint };
  return { message: error instanceof Error ? error.message : String(error), hint: null };
}
