/** A request that cannot be served, and how that is said. */
export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** What a request is for. */
export interface RequestTarget {
  /** As it was sent. */
  readonly path: string;
  /** Between slashes, decoded: ["containerLogs", "default", "web", "app"]. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

/** Throws HttpError 400 when the text is none. Upstream's HTTP server answers such a request before anybody sees it. */
export function parseTarget(text: string): RequestTarget {
  const [path = "", query = ""] = splitOnce(text);
  try {
    return { path, parts: path.split("/").slice(1).map(decodeURIComponent), query: new URLSearchParams(query) };
  } catch (cause) {
    throw new HttpError(400, "400 Bad Request", { cause });
  }
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf("?");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
