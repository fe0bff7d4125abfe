import { useState } from "react";
import type { FormEvent } from "react";
import { ask } from "../../api/api.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { textOf } from "../../ui/form.ts";
import { AskedState } from "../asked/asked-state.tsx";
import { useAsked } from "../asked/use-asked.ts";
import { Pager, usePages } from "../page/pager.tsx";
import { linkTo, sectionAt } from "../page/place.ts";
import { findSubject } from "../users/user.ts";
import { EVENT_TYPES } from "./event-types.ts";
import { EventRecord } from "./event-record.tsx";
import { filterQuery } from "./event.ts";
import type { EventPage } from "./event.ts";
import { Explanation } from "./explanation.tsx";
import type { FollowState } from "./follow.ts";
import { useFollow } from "./use-follow.ts";

/** The event log: searched, followed as it grows, and told as the story of one session or request. */
export function EventsSection() {
  const explained = sectionAt(location.hash).given.get("explain");
  return explained === null ? <EventLog /> : <Explanation id={explained} />;
}

function EventLog() {
  const { given } = sectionAt(location.hash);
  const filter = { type: given.get("type") ?? "", about: given.get("about") ?? "" };
  const [error, setError] = useState<string | undefined>();
  const [following, setFollowing] = useState<string | null>(null);
  const pages = usePages();

  const query = new URLSearchParams({ ...filterQuery(filter), limit: "50" });
  if (pages.cursor !== null) query.set("before", pages.cursor);
  const asked = useAsked<EventPage>(`admin/events?${query}`);
  const followed = useFollow(following);
  const listed = asked.value?.events ?? [];
  const next = asked.value?.next_before ?? null;
  // What came while following may be in the list as well, where that was asked for again.
  const known = new Set(listed.map(({ id }) => id));
  const events = pages.cursor === null ? [...followed.events.filter(({ id }) => !known.has(id)), ...listed] : listed;

  async function find(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const type = textOf(form, "type");
    const text = textOf(form, "about").trim();
    let about = text;
    if (text !== "" && !/^(?:ses|req)_/.test(text)) {
      const found = await findSubject(text);
      if (!found.ok) {
        setError(found.error);
        return;
      }
      about = found.sub;
    }
    setError(undefined);
    const link = linkTo("events", { ...(type !== "" && { type }), ...(about !== "" && { about }) });
    if (location.hash === link) asked.again();
    else location.hash = link;
  }
  function start() {
    pages.first();
    const newest = events[0]?.id;
    setFollowing(
      new URLSearchParams({
        ...filterQuery(filter),
        ...(newest !== undefined && pages.cursor === null && { after: String(newest) }),
      }).toString(),
    );
  }
  async function startAgain() {
    setFollowing(null);
    if ((await ask("GET", "admin/events?limit=1")).ok) start();
  }
  return (
    <section aria-labelledby="section">
      <h2 id="section">Events</h2>
      <form className="filter" onSubmit={(event) => void find(event)}>
        <div className="field">
          <label htmlFor="type">Type</label>
          <select id="type" name="type" defaultValue={filter.type}>
            <option value="">all</option>
            {EVENT_TYPES.map((type) => (
              <option key={type}>{type}</option>
            ))}
          </select>
        </div>
        <Field
          label="About"
          name="about"
          type="search"
          defaultValue={filter.about}
          autoCapitalize="none"
          maxLength={255}
          placeholder="user, ses_… or req_…"
          error={error}
        />
        <Button type="submit">Search</Button>
        {following === null ? (
          <Button look="main" onClick={start}>
            Follow live
          </Button>
        ) : (
          <Button look="main" onClick={() => setFollowing(null)}>
            Pause
          </Button>
        )}
      </form>
      <div className="follow-state">
        <output className="hint">{following === null ? "Not following." : followText(followed.state)}</output>{" "}
        {following !== null && followed.state.status === "needs_password" && (
          <Button onClick={() => void startAgain()}>Give your password</Button>
        )}
      </div>
      <Pager pages={pages} next={next === null ? null : String(next)} />
      <div className="notices">
        <AskedState {...asked} />
      </div>
      {asked.value !== null && events.length === 0 && (
        <p>
          {next === null ? "There is none." : "None among those that were looked at; there may be on the next page."}
        </p>
      )}
      <ul className="records">
        {events.map((event) => (
          <EventRecord key={event.id} event={event} />
        ))}
      </ul>
    </section>
  );
}

function followText(state: FollowState): string {
  switch (state.status) {
    case "connecting":
      return "Connecting …";
    case "following":
      return "Following: what happens is shown as it is written.";
    case "cut":
      return "Cut off: it is tried again, and goes on where it was.";
    case "needs_password":
      return "Following needs your password again.";
    case "refused":
      return state.error;
  }
}
