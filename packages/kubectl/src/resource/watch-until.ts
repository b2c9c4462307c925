import { isNotFound, StatusError, type V1Status } from "@dingi/apimachinery";
import { CommandError } from "../command-error.ts";
import { textAt, type AnyObject, type Json } from "../json.ts";
import type { Session } from "../session.ts";
import { withKinds } from "./list-items.ts";
import type { Located } from "./select.ts";

/**
 * Looks at an object now and at each change (undefined: it does not exist), until `check` answers with a value. A watch
 * that the server ends begins anew.
 */
export async function watchUntil<T>(
  session: Session,
  { resource, name, namespace }: Located,
  {
    signal,
    check,
  }: { signal?: AbortSignal; check: (object: AnyObject | undefined) => T | undefined | Promise<T | undefined> },
): Promise<T> {
  const call = signal ? { signal } : {};
  const selection = { fieldSelector: `metadata.name=${name}` };
  for (;;) {
    const list = await session.on<Json>(resource, { namespace }, { query: selection, ...call });
    const first = await check(withKinds(list)[0]);
    if (first !== undefined) return first;
    const query = { ...selection, resourceVersion: textAt(list, "metadata", "resourceVersion") };
    for await (const events of session.watch(resource, { namespace }, { query, ...call })) {
      for (const { type, object } of events) {
        if (type === "BOOKMARK") continue;
        if (type === "ERROR") throw new StatusError(object as unknown as V1Status);
        const found = await check(type === "DELETED" ? undefined : (object as unknown as AnyObject));
        if (found !== undefined) return found;
      }
    }
  }
}

/** Runs with a time limit; no limit when 0. What ends by it is told in the words given. */
export async function withDeadline<T>(
  session: Session,
  { ms, message }: { ms: number; message: string },
  act: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  const signal = ms > 0 ? session.clock.deadline(Math.ceil(ms)) : undefined;
  try {
    return await act(signal);
  } catch (error) {
    if (signal?.aborted) throw new CommandError(message, { cause: error });
    throw error;
  }
}

/** Undefined for what does not exist. */
export async function getIfThere(session: Session, located: Located): Promise<AnyObject | undefined> {
  try {
    return await session.on(located.resource, located);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
