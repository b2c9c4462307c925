import type { Change, CommitResult } from "../store.ts";
import type { KeySpace } from "./key-space.ts";
import type { KeyValueValue, TxnResponseValue } from "./messages.ts";
import { entryOf } from "./watch-stream.ts";

/** The request of one conditional write; the failed condition reads what the key holds. Upstream: apiserver/pkg/storage/etcd3/store.go */
export function transactionOf(key: string, { expected, value }: Change, lease: number): object {
  const write = value ? { put: { key, value, lease, prevKv: true } } : { deleteRange: { key, prevKv: true } };
  const compare = expected === "any" ? [] : [{ result: "EQUAL", target: "MOD", key, modRevision: expected }];
  return { compare, success: [write], failure: [{ range: { key } }] };
}

export function resultOf(response: TxnResponseValue, change: Change, keys: KeySpace): CommitResult {
  const found = foundBy(response.responses[0]!);
  const entry = found && entryOf(found, keys);
  // A deletion that found nothing made no revision.
  const done = response.succeeded && (change.value !== undefined || entry !== undefined);
  return done ? { revision: response.header!.revision, previous: entry } : { conflict: entry };
}

/** What the key held before. */
function foundBy({ put, deleteRange, range }: TxnResponseValue["responses"][number]): KeyValueValue | undefined {
  if (put) return put.prevKv;
  return (deleteRange?.prevKvs ?? range?.kvs)?.[0];
}
