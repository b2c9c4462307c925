import type { Revision } from "@dingi/store";
import { Stored } from "./stored.ts";

/** A change of one object, as the cache saw it. */
export class CacheEvent {
  readonly revision: Revision;
  /** The new state; absent when the object was deleted. */
  readonly current: Stored | undefined;
  /** The state before; absent when the object was created. */
  readonly previous: Stored | undefined;
  #gone: Stored | undefined;

  constructor(revision: Revision, current: Stored | undefined, previous: Stored | undefined) {
    this.revision = revision;
    this.current = current;
    this.previous = previous;
  }

  /** The last state under the revision of this event: what a watcher is told that no longer sees the object. */
  get gone(): Stored {
    return (this.#gone ??= atRevision(this.previous!, this.revision));
  }
}

function atRevision(stored: Stored, revision: Revision): Stored {
  const metadata = { ...stored.object.metadata, resourceVersion: String(revision) };
  const { kind, key, apiVersion } = stored;
  const body = stored.body(apiVersion);
  return new Stored(kind, key, { object: { ...stored.object, metadata }, revision, body, apiVersion });
}
