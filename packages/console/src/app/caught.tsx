/** A screen that fails takes nothing else with it, and going to another place leaves the failure behind. */
import type { ReactNode } from "react";
import { Component } from "react";
import { ApiError } from "../client/http.js";
import { Failure } from "../ui/panel.js";

const NOT_LOADED = new ApiError(
  0,
  "OFFLINE",
  "this part of the console could not be loaded",
  "Is the program still running? A program that was replaced meanwhile has another console: load the page again.",
);

function isNotLoaded(error: unknown): boolean {
  return error instanceof TypeError && /\bimport(?:ed|ing)?\b.*\bmodule\b/i.test(error.message);
}

interface Props {
  /** Where one is. */
  readonly place: string;
  readonly children: ReactNode;
}

export class Caught extends Component<Props, { readonly error: unknown }> {
  override state: { readonly error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error };
  }

  override componentDidUpdate({ place }: Props): void {
    if (place !== this.props.place && this.state.error !== null) this.setState({ error: null });
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    // The browser remembers that a part of the page could not be loaded: only another page tries again.
    if (isNotLoaded(error)) return <Failure error={NOT_LOADED} retry={() => location.reload()} />;
    return <Failure error={error} retry={() => this.setState({ error: null })} />;
  }
}
