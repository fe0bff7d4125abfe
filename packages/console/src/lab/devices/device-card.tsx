import type { ReactNode } from "react";
import { FACTS } from "../../facts.ts";
import type { ConnectionState } from "./connection.ts";
import type { Device, DeviceName, Said } from "./device.ts";
import { shortKid } from "./device.ts";

/** By its port, as people know it. */
const API_LABEL = FACTS.apiUrl === null ? "API" : `API on ${new URL(FACTS.apiUrl).port}`;

export interface DeviceCardProps {
  readonly name: DeviceName;
  readonly device: Device | null;
  /** On the page's clock. */
  readonly now: number;
}

/** A device: its session, its access token, and what the server, the API and its connection say of it. */
export function DeviceCard({ name, device, now }: DeviceCardProps) {
  return (
    <section className="card device" aria-label={`Device ${name}`} data-device={name}>
      <h2>
        Device {name} {device?.over === true && <span className="badge bad">signed out</span>}
      </h2>
      <dl>
        <Row label="Session">{device === null ? <Nothing text="not signed in" /> : <code>{device.sid}</code>}</Row>
        <Row label="User">
          {device === null ? <Nothing text="nobody" /> : `arjun (${device.roles.join(", ") || "no role"})`}
        </Row>
        <Row label="Access token">
          {device === null ? (
            <Nothing text="none" />
          ) : (
            `${lifeOf(device.expiresAt - now)} left · key ${shortKid(device.kid)}`
          )}
        </Row>
        <Row label="Server">
          <SaidView said={device?.server ?? null} />
        </Row>
        <Row label={API_LABEL}>
          <SaidView said={device?.api ?? null} />
        </Row>
        <Row label={device?.connection.kind ?? "WebSocket"}>
          <ConnectionView connection={device?.connection ?? null} />
        </Row>
      </dl>
    </section>
  );
}

function Row({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Nothing({ text }: { readonly text: string }) {
  return <span className="quiet">{text}</span>;
}

function SaidView({ said }: { readonly said: Said | null }) {
  if (said === null) return <Nothing text="not asked yet" />;
  const { status, code, afterMs } = said;
  if (status === 200) return <span className="badge good">200 lets it in</span>;
  return (
    <>
      <span className="badge bad">{status === 0 ? "no answer" : `${status} ${code ?? ""}`}</span> <After ms={afterMs} />
    </>
  );
}

function ConnectionView({ connection }: { readonly connection: ConnectionState | null }) {
  switch (connection?.state) {
    case undefined:
    case "none":
      return <Nothing text="not open" />;
    case "opening":
      return <Nothing text="opening …" />;
    case "open":
      return <span className="badge good">open</span>;
    case "closed":
      return (
        <>
          <span className="badge bad">closed{connection.reason === null ? "" : `: ${connection.reason}`}</span>{" "}
          <After ms={connection.afterMs} />
        </>
      );
  }
}

function After({ ms }: { readonly ms: number | null }) {
  return ms === null ? null : <span className="quiet after">after {ms} ms</span>;
}

function lifeOf(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
