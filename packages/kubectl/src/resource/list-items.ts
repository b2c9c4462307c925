import { StatusError } from "@dingi/apimachinery";
import type { Resource } from "../discovery/discovery.ts";
import { textAt, type AnyObject, type Json } from "../json.ts";
import type { Call, Session } from "../session.ts";

/** How many objects a request asks for, where nobody said. Upstream: kubectl/pkg/cmd/util/helpers.go#DefaultChunkSize */
export const CHUNK_SIZE = "500";

/** A list in pieces of `limit` objects; "0" and undefined for all at once. */
export async function listPages(
  session: Session,
  resource: Resource,
  {
    namespace,
    limit,
    ...call
  }: Call & { readonly namespace?: string | undefined; readonly limit?: string | undefined },
): Promise<Json[]> {
  const pages: Json[] = [];
  let next: string | undefined;
  do {
    const query = { ...call.query, limit: limit === "0" ? undefined : limit, continue: next };
    const page = await session
      .on<Json>(resource, { namespace }, { ...call, query })
      .catch((error: unknown) => Promise.reject(aboutList(error, resource, query)));
    pages.push(page);
    next = textAt(page, "metadata", "continue");
  } while (next);
  return pages;
}

/** Which list could not be read. Upstream: cli-runtime/pkg/resource/helper.go#EnhanceListError */
function aboutList(error: unknown, { group, version, plural }: Resource, query: Call["query"]): unknown {
  if (!(error instanceof StatusError) || (error.reason !== "BadRequest" && error.reason !== "NotFound")) return error;
  const [labels, fields] = [query?.["labelSelector"] ?? "", query?.["fieldSelector"] ?? ""].map(quoted);
  const what = quoted(`${group}/${version}, Resource=${plural}`);
  const about = [labels, fields].every((selector) => selector === '""')
    ? `Unable to list ${what}`
    : `Unable to find ${what} that match label selector ${labels}, field selector ${fields}`;
  return new StatusError({ ...error.status, message: `${about}: ${error.message}` }, { cause: error });
}

const quoted = (value: unknown): string => JSON.stringify(value);

/** Items of a list do not name their own type on the wire. */
export function withKinds(list: Json): AnyObject[] {
  const kind = textAt(list, "kind").replace(/List$/, "");
  const items = Array.isArray(list["items"]) ? (list["items"] as AnyObject[]) : [];
  return items.map((item) => ({
    ...item,
    apiVersion: item.apiVersion ?? textAt(list, "apiVersion"),
    kind: item.kind ?? kind,
  }));
}
