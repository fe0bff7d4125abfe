import { useAuth } from "@counterfoil/client/react";
import { Question } from "../question.tsx";
import { SessionSection } from "./session-section.tsx";
import { TokenSection } from "./token-section.tsx";
import "./flows.css";

/** The session flow and the token flow, drawn from what really goes over the wire. */
export function FlowsPanel() {
  const { status } = useAuth();
  // Whose session it is decides what the flow says: shown at once, it would change under the reader’s eyes.
  if (status === "loading") return <p className="waiting">Loading …</p>;
  return (
    <div className="flows">
      <SessionSection />
      <Question question="What is wrong with sessions, if anything?">
        “Sessions are stateful and stored on the server, which makes scaling harder.” What one gets for it is that a
        logout is one write to one record, after which no copy of the cookie opens anything.
      </Question>
      <TokenSection />
      <Question question="Why are there two tokens, an access token and a refresh token?">
        “Short-lived access tokens reduce the impact of token leakage.” The refresh token renews them, goes to one
        server alone and is used once, so that a stolen one is noticed.
      </Question>
    </div>
  );
}
