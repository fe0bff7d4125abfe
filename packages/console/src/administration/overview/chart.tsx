import { useId } from "react";
import type { ReactNode } from "react";
import type { Point } from "./activity.ts";

export interface ChartProps {
  readonly title: string;
  readonly points: readonly Point[];
  /** Behind each number. */
  readonly unit: string;
  /** What is promised: a line, which the bars are beside. */
  readonly bound?: number;
  /** What is shown, and what is not. */
  readonly children: ReactNode;
}

const WIDTH = 300;
const HEIGHT = 90;
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** Bars over time. The same numbers are in a table below it, for whoever does not look, or wants to read them. */
export function Chart({ title, points, unit, bound, children }: ChartProps) {
  const id = useId();
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const most = Math.max(0, ...values);
  // Some room above what is promised, to be missed in.
  const top = bound === undefined ? most : Math.max(most, bound * 1.25);
  const share = (value: number) => (top === 0 ? 0 : value / top);
  const wide = WIDTH / points.length;
  const [first, last] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 0];
  const told = points.filter(({ value }) => value !== null && value > 0);
  return (
    <figure className="chart card">
      <h3>{title}</h3>
      <div className="plot">
        {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- an img cannot be drawn from numbers under this policy */}
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT + 2}`} role="img" aria-labelledby={`${id}-title ${id}-about`}>
          <title id={`${id}-title`}>{title} of the last hour, by minute</title>
          <desc id={`${id}-about`}>{summary(points, most, unit)}</desc>
          <line className="ground" x1="0" x2={WIDTH} y1={HEIGHT + 1} y2={HEIGHT + 1} />
          {points.map(({ value }, index) => {
            if (value === null) return null;
            // One that is there is to be seen, however small beside the most.
            const high = most === 0 ? 0 : Math.max(value === 0 && unit === "" ? 0 : 2, share(value) * HEIGHT);
            // oxlint-disable-next-line react/no-array-index-key -- a bar is its place
            return <rect key={index} x={index * wide + 0.5} y={HEIGHT - high} width={wide - 1} height={high} />;
          })}
          {bound !== undefined && (
            <line
              className="bound"
              x1="0"
              x2={WIDTH}
              y1={HEIGHT * (1 - share(bound))}
              y2={HEIGHT * (1 - share(bound))}
            />
          )}
        </svg>
        {/* The greatest is told below as well, in a sentence. */}
        {most > 0 && (
          <Mark side="start" share={share(most)}>
            {numberText(most)}
            {unit}
          </Mark>
        )}
        {bound !== undefined && (
          <Mark side="end" share={share(bound)}>
            promised: {numberText(bound)}
            {unit}
          </Mark>
        )}
      </div>
      <p className="times" aria-hidden="true">
        <span>{first > 0 && TIME.format(first * 1000)}</span>
        <span>{last > 0 && TIME.format(last * 1000)}</span>
      </p>
      <figcaption>
        <p>{summary(points, most, unit)}</p>
        <p className="hint">{children}</p>
      </figcaption>
      <details>
        <summary>{title} as a table</summary>
        {told.length === 0 ? (
          <p>Nothing in the last hour.</p>
        ) : (
          <table>
            <thead>
              <tr>
                <th scope="col">Minute</th>
                <th scope="col">{title}</th>
              </tr>
            </thead>
            <tbody>
              {told.map(({ at, value }) => (
                <tr key={at}>
                  <td>{TIME.format(at * 1000)}</td>
                  <td>{numberText(value ?? 0) + unit}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </details>
    </figure>
  );
}

interface MarkProps {
  readonly side: "start" | "end";
  /** Of the chart's height. */
  readonly share: number;
  readonly children: ReactNode;
}

/** A label at a height of the chart. */
function Mark({ side, share, children }: MarkProps) {
  return (
    <span className={`mark ${side}`} style={{ bottom: `${share * 100}%` }} aria-hidden={side === "start"}>
      {children}
    </span>
  );
}

function summary(points: readonly Point[], most: number, unit: string): string {
  if (points.every(({ value }) => value === null)) return "Nothing was measured.";
  const highest = `${numberText(most)}${unit} at most`;
  if (unit !== "") return `${highest}.`;
  const sum = points.reduce((before, { value }) => before + (value ?? 0), 0);
  return `${highest}, ${numberText(sum)} in all.`;
}

function numberText(value: number): string {
  return value.toLocaleString(undefined, { maximumFractionDigits: 1 });
}
