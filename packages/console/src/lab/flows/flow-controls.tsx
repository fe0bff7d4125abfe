import { Button } from "../../ui/button.tsx";
import type { ButtonProps } from "../../ui/button.tsx";
import { Message } from "../../ui/message.tsx";
import type { Flow } from "./step.ts";
import type { RunningFlow } from "./use-flow.ts";

export interface FlowControlsProps {
  readonly flow: Flow;
  readonly running: RunningFlow;
  readonly again?: () => void;
}

/** Goes on with a flow; stays in sight while its steps are looked at. */
export function FlowControls({ flow, running, again = running.again }: FlowControlsProps) {
  const { done, busy, error } = running;
  const ahead = flow.steps[done];
  const isOver = ahead === undefined;
  return (
    <div className="controls">
      <div className="actions">
        <Press look="main" busy={busy} can={!isOver} onPress={() => void running.next()}>
          {ahead?.onlyAs ?? "Next step"}
        </Press>
        <Press busy={busy} can={!isOver && ahead.onlyAs === undefined} onPress={() => void running.runAll()}>
          Run all
        </Press>
        <Press busy={busy} can={done > 0} onPress={again}>
          Again
        </Press>
        <output className="quiet">
          {done === 0 ? "Nothing is sent yet." : `Step ${done} of ${flow.steps.length}: ${flow.steps[done - 1]!.title}`}
        </output>
      </div>
      {error !== null && <Message kind="error">{error}</Message>}
    </div>
  );
}

interface PressProps extends Pick<ButtonProps, "look" | "busy" | "children"> {
  readonly can: boolean;
  readonly onPress: () => void;
}

/** A button that keeps the focus when there is nothing left for it to do: `disabled` would drop it. */
function Press({ can, onPress, ...rest }: PressProps) {
  return <Button {...rest} {...(!can && { "aria-disabled": true })} onClick={() => can && onPress()} />;
}
