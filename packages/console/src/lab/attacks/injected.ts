/** A session, refresh or access token, as it would look wherever it were kept. */
const TOKEN = /cf[sr]_[\w-]{16,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/;

/** A place that a script of the page can read. */
export interface Place {
  readonly name: string;
  /** How many entries are there; `null` where it could not be read. */
  readonly entries: number | null;
  /** The token in it; `null` where there is none. */
  readonly token: string | null;
}

/** Looks, as code that was injected into this page would, everywhere that a script can look. */
export async function lookEverywhere(): Promise<readonly Place[]> {
  const cookies = document.cookie === "" ? [] : document.cookie.split("; ");
  return [
    place("document.cookie", cookies),
    place("localStorage", entriesOf(localStorage)),
    place("sessionStorage", entriesOf(sessionStorage)),
    place("IndexedDB", await indexedDbEntries()),
  ];
}

function place(name: string, entries: readonly string[] | null): Place {
  return { name, entries: entries && entries.length, token: TOKEN.exec(entries?.join("\n") ?? "")?.[0] ?? null };
}

const entriesOf = (storage: Storage) => Object.entries(storage).map(([name, value]) => `${name}=${String(value)}`);

async function indexedDbEntries(): Promise<readonly string[] | null> {
  // Some browsers do not list them: a script then has to guess their names.
  const databases = (await indexedDB.databases?.()) ?? [];
  const found = await Promise.all(databases.map(({ name = "" }) => recordsOf(name)));
  return found.includes(null) ? null : found.flatMap((records) => records ?? []);
}

/** `null` where they could not be read: it may be deleted meanwhile, or made anew. */
function recordsOf(name: string): Promise<readonly string[] | null> {
  return new Promise((resolve) => {
    const opening = indexedDB.open(name);
    opening.addEventListener("error", () => resolve(null));
    opening.addEventListener("success", () => {
      const database = opening.result;
      const stores = [...database.objectStoreNames];
      if (stores.length === 0) {
        database.close();
        return resolve([]);
      }
      const reading = database.transaction(stores);
      const requests = stores.map((store) => reading.objectStore(store).getAll());
      reading.addEventListener("abort", () => {
        database.close();
        resolve(null);
      });
      reading.addEventListener("complete", () => {
        database.close();
        resolve(requests.flatMap(({ result }) => (result as unknown[]).map((each) => JSON.stringify(each))));
      });
    });
  });
}
