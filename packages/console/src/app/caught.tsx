/** A screen that fails takes nothing else with it. */
import type { ReactNode } from "react";
import { Component } from "react";
import { Failure } from "../ui/panel.js";

interface Props {
  readonly children: ReactNode;
}

export class Caught extends Component<Props, { readonly error: unknown }> {
  override state: { readonly error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return <Failure error={this.state.error} retry={() => this.setState({ error: null })} />;
  }
}
