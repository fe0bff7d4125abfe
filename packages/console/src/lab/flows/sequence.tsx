import { useEffect, useRef } from "react";
import { ExchangeView } from "../exchange/exchange-view.tsx";
import { ArrowView } from "./arrow-view.tsx";
import type { Flow, Heard, Step } from "./step.ts";

export interface SequenceProps {
  readonly flow: Flow;
  readonly heard: Heard;
  readonly done: number;
}

/** A sequence diagram that is a list: read without the drawing, it says the same. */
export function Sequence({ flow, heard, done }: SequenceProps) {
  const latest = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (done > 0) latest.current?.scrollIntoView({ block: "nearest" });
  }, [done]);
  return (
    <>
      <div className="lanes" aria-hidden="true">
        {flow.lanes.map((lane) => (
          <span key={lane}>{lane}</span>
        ))}
      </div>
      <ol className="sequence" data-lanes={flow.lanes.length}>
        {flow.steps.map((step, index) => (
          <li key={step.title} className={index < done ? "done" : "ahead"} ref={index === done - 1 ? latest : null}>
            <StepView step={step} lanes={flow.lanes} heard={index < done ? heard : null} number={index + 1} />
          </li>
        ))}
      </ol>
    </>
  );
}

interface StepViewProps {
  readonly step: Step;
  readonly lanes: readonly string[];
  /** `null` before the step is done. */
  readonly heard: Heard | null;
  readonly number: number;
}

function StepView({ step, lanes, heard, number }: StepViewProps) {
  const { title, text, arrows, inside, shows } = step;
  const shown = shows && heard?.[shows.of];
  return (
    <>
      <h3>
        {number}. {title}
      </h3>
      <p>{text}</p>
      <div className="wires">
        {arrows.map((arrow, at) => (
          <ArrowView
            key={`${at} ${arrow.label}`}
            arrow={arrow}
            lanes={lanes}
            exchange={(arrow.of !== null && heard?.[arrow.of]) || null}
          />
        ))}
        {inside !== undefined && (
          <p className={`inside ${["first", "second", "third"][inside.lane]}`}>
            <span className="way">{lanes[inside.lane]}</span>{" "}
            <span className="said">{(heard !== null && inside.say(heard)) || "…"}</span>
          </p>
        )}
        {shows !== undefined &&
          (shown === undefined ? (
            <p className="exchange quiet">
              <code>{shows.label}</code>
            </p>
          ) : (
            <ExchangeView exchange={shown} why={shows.why} />
          ))}
      </div>
    </>
  );
}
