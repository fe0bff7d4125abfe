import { Component } from "react";
import type { ReactNode } from "react";
import { Button } from "../ui/button.tsx";
import { Message } from "../ui/message.tsx";

export interface PageBoundaryProps {
  readonly children: ReactNode;
}

/**
 * Where a part of a page fails, or cannot be loaded since the server is away or was updated, this says what to do; what
 * is around it stays. Without it React would take the whole page away, and leave an empty one.
 */
export class PageBoundary extends Component<PageBoundaryProps, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <section className="card narrow">
        <Message kind="error">
          This part of the page could not be shown: it did not load, or something in it went wrong. Nobody is signed out
          by it. Load the page again; if that does not help, the server may be away for a moment.
        </Message>
        <div className="actions">
          <Button look="main" onClick={() => location.reload()}>
            Load the page again
          </Button>
        </div>
      </section>
    );
  }
}
