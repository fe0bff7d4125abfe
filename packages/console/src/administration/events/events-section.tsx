import { useEffect, useRef, useState } from "react";
import type { FormEvent } from "react";
import { ask } from "../../api/api.ts";
import { Button } from "../../ui/button.tsx";
import { Field } from "../../ui/field.tsx";
import { textOf } from "../../ui/form.ts";
import { AskedState } from "../asked/asked-state.tsx";
import { useAsked } from "../asked/use-asked.ts";
import { Pager, usePages } from "../page/pager.tsx";
import { linkTo, sectionAt } from "../page/place.ts";
import { goTo, usePlace } from "../../page/use-place.ts";
import { findSubject } from "../users/user.ts";
import { SectionTitle } from "../page/section-title.tsx";
import { EVENT_TYPES } from "./event-types.ts";
import { EventRecord } from "./event-record.tsx";
import { filterQuery } from "./event.ts";
import type { EventPage } from "./event.ts";
import { Explanation } from "./explanation.tsx";
import type { FollowState } from "./follow.ts";
import { useFollow } from "./use-follow.ts";

/** Of a session, a request or a user: no name begins so. */
const IS_ID = /^(?:ses|req|usr)_/;

/** The event log: searched, followed as it grows, and told as the story of one session or request. */
export function EventsSection() {
  const explained = sectionAt(usePlace()).given.get("explain");
  return explained === null ? <EventLog /> : <Explanation key={explained} id={explained} />;
}

function EventLog() {
  const place = usePlace();
  const { given } = sectionAt(place);
  const [type, about] = [given.get("type") ?? "", given.get("about") ?? ""];
  const filter = filterQuery({ type, about });
  const [error, setError] = useState<{ readonly at: string; readonly text: string } | null>(null);
  /** From where on; it goes on from there when something else is searched for. */
  const [following, setFollowing] = useState<Readonly<Record<string, string>> | null>(null);
  const list = new URLSearchParams(filter).toString();
  const pages = usePages(list);
  const typeRef = useRef<HTMLSelectElement>(null);
  const aboutRef = useRef<HTMLInputElement>(null);

  // The fields stay, and the focus in them, when the address is another: by a link, or by their own search.
  useEffect(() => {
    typeRef.current!.value = type;
    aboutRef.current!.value = about;
  }, [type, about, typeRef, aboutRef]);

  const query = new URLSearchParams({ ...filter, limit: "50" });
  if (pages.cursor !== null) query.set("before", pages.cursor);
  const asked = useAsked<EventPage>(`admin/events?${query}`);
  const followed = useFollow(
    list,
    following === null ? null : new URLSearchParams({ ...filter, ...following }).toString(),
  );
  const listed = asked.value?.events ?? [];
  const next = asked.value?.next_before ?? null;
  // What came while following may be in the list as well, where that was asked for again.
  const known = new Set(listed.map(({ id }) => id));
  const events = pages.cursor === null ? [...followed.events.filter(({ id }) => !known.has(id)), ...listed] : listed;

  async function find(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = textOf(form, "about").trim();
    const found = await subjectOf(text);
    if (!found.ok) {
      setError({ at: place, text: found.error });
      return;
    }
    setError(null);
    const wished = { type: textOf(form, "type"), about: found.sub };
    const link = linkTo("events", Object.fromEntries(Object.entries(wished).filter(([, value]) => value !== "")));
    if (place === link) asked.again();
    else goTo(link);
  }
  /** The log keeps what it has of users who were deleted: their subjects are found nowhere else. */
  async function subjectOf(text: string): ReturnType<typeof findSubject> {
    if (text === "" || IS_ID.test(text)) return { ok: true, sub: text };
    const found = await findSubject(text);
    return !found.ok && text === about ? { ok: true, sub: text } : found;
  }
  function start() {
    pages.first();
    const newest = events[0]?.id;
    setFollowing(newest === undefined || pages.cursor !== null ? {} : { after: String(newest) });
  }
  async function startAgain() {
    setFollowing(null);
    if ((await ask("GET", "admin/events?limit=1")).ok) start();
  }
  return (
    <section aria-labelledby="section">
      <SectionTitle>Events</SectionTitle>
      <form className="filter" onSubmit={(event) => void find(event)}>
        <div className="field">
          <label htmlFor="type">Type</label>
          <select id="type" name="type" defaultValue={type} ref={typeRef}>
            <option value="">all</option>
            {EVENT_TYPES.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </div>
        <Field
          label="About"
          name="about"
          type="search"
          defaultValue={about}
          autoCapitalize="none"
          maxLength={255}
          placeholder="user, ses_… or req_…"
          error={error?.at === place ? error.text : undefined}
          ref={aboutRef}
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
      <Pager pages={pages} next={next === null ? null : String(next)} settled={asked.settled} />
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
