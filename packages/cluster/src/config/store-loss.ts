import { StoreUnavailableError } from "@dingi/store";

/** What the flag of `dingi up` is called that accepts a loss. */
export const ACCEPT_FLAG = "--accept-data-loss";

/** Says of an embedded store that refuses to open how the cluster can go on without what it has lost. */
export function withWayBack(error: unknown, cluster: string): unknown {
  if (!(error instanceof StoreUnavailableError)) return error;
  if (error.reason !== "Incomplete" && error.reason !== "Damaged") return error;
  const message = `${error.message}: dingi up --name ${cluster} ${ACCEPT_FLAG}`;
  return new StoreUnavailableError(error.reason, message, { cause: error.cause });
}
