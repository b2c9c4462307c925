import { fn, member, overload } from "../../check/declaration.ts";
import { BOOL, listOf, mapOf, STRING, structOf } from "../../check/type.ts";
import { CelError, NO_SUCH_OVERLOAD } from "../../value/error.ts";
import { stringList } from "../../value/list.ts";
import { EntryMap } from "../../value/map.ts";
import type { Value } from "../../value/value.ts";
import { Opaque } from "../../value/value.ts";
import type { Library } from "../library.ts";
import type { UrlParts } from "./url.ts";
import { escapedPathOf, hostnameOf, parseRequestUri, portOf, queryOf } from "./url.ts";

const URL_TYPE = structOf("kubernetes.URL");

class UrlValue extends Opaque {
  readonly type = URL_TYPE;
  readonly parts: UrlParts;

  constructor(parts: UrlParts) {
    super();
    this.parts = parts;
  }

  equals(other: Opaque): boolean | CelError {
    return other instanceof UrlValue ? this.parts.text === other.parts.text : NO_SUCH_OVERLOAD;
  }
}

function toUrl(text: string): Value {
  const hash = text.indexOf("#");
  const parts = parseRequestUri(text);
  if (parts instanceof CelError) return new CelError(`URL parse error during conversion from string: ${parts.message}`);
  // Only the second reading takes a fragment for one.
  return new UrlValue(hash < 0 ? parts : { ...(parseRequestUri(text.slice(0, hash)) as UrlParts), text });
}

function getter(name: string, id: string, read: (parts: UrlParts) => string): ReturnType<typeof fn> {
  return fn(
    name,
    member(id, [URL_TYPE], STRING, ({ parts }: UrlValue) => read(parts)),
  );
}

/** Upstream: k8s.io/apiserver/pkg/cel/library/urls.go */
export const URLS: Library = {
  name: "kubernetes.urls",
  functions: [
    fn("url", overload("string_to_url", [STRING], URL_TYPE, toUrl)),
    fn(
      "isURL",
      overload("is_url_string", [STRING], BOOL, (text: string) => !(parseRequestUri(text) instanceof CelError)),
    ),
    getter("getScheme", "url_get_scheme", ({ scheme }) => scheme),
    getter("getHost", "url_get_host", ({ host }) => host),
    getter("getHostname", "url_get_hostname", ({ host }) => hostnameOf(host)),
    getter("getPort", "url_get_port", ({ host }) => portOf(host)),
    getter("getEscapedPath", "url_get_escaped_path", ({ path }) => escapedPathOf(path)),
    fn(
      "getQuery",
      member("url_get_query", [URL_TYPE], mapOf(STRING, listOf(STRING)), ({ parts }: UrlValue) => {
        const entries = [...queryOf(parts.query)].map(([key, values]): [Value, Value] => [key, stringList(values)]);
        return new EntryMap(entries);
      }),
    ),
  ],
};
