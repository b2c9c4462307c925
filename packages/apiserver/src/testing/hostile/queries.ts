import type { RawRequest } from "../test-server.ts";
import { short } from "./filling.ts";
import { shape, type HostileShape } from "./hostile-shape.ts";
import { pods } from "./pod.ts";

const json = (source: string, url: string = pods): RawRequest => ({ method: "POST", url, text: source });
/** What stands in the path, the query and the headers. */
export function* hostileQueries(): Generator<HostileShape> {
  const many = 60_000;
  yield shape("a long label selector", () => ({ url: `${pods}?labelSelector=${"a,".repeat(many)}a` }));
  yield shape("a label selector of parentheses", () => ({ url: `${pods}?labelSelector=${"(".repeat(many)}` }));
  yield shape("a label selector with many values", () => ({
    url: `${pods}?labelSelector=a in (${Array.from({ length: many }, (_, i) => short(i)).join()})`,
  }));
  yield shape("a label selector of spaces", () => ({ url: `${pods}?labelSelector=a${" ".repeat(many)}!` }));
  yield shape("a long field selector", () => ({
    url: `${pods}?fieldSelector=${"metadata.name=a,".repeat(many / 8)}metadata.name=b`,
  }));
  yield shape("a field selector of escapes", () => ({
    url: `${pods}?fieldSelector=metadata.name=${"\\\\".repeat(many)}`,
  }));
  yield shape("parameters that nobody knows", () => ({
    url: `${pods}?${Array.from({ length: many }, (_, i) => `${short(i)}=`).join("&")}`,
  }));
  yield shape("one parameter again and again", () => ({ ...json("{}"), url: `${pods}?${"dryRun=All&".repeat(many)}` }));
  yield shape("one wrong parameter again and again", () => ({
    ...json("{}"),
    url: `${pods}?${"dryRun=a&".repeat(many)}`,
  }));
  yield shape("a long field manager", () => ({ ...json("{}"), url: `${pods}?fieldManager=${"\u200b".repeat(many)}` }));
  yield shape("a long continue token", () => ({ url: `${pods}?limit=1&continue=${"A".repeat(many)}` }));
  yield shape("a long path", () => ({ url: `/api/v1/${"a/".repeat(many)}` }));
  yield shape("a path of escapes", () => ({ url: `/api/v1/namespaces/${"%2f".repeat(many)}` }));
  yield shape("a long user agent", () => ({ ...json("{}"), headers: { "user-agent": "\u200b".repeat(16_000) } }));
  yield shape("a long Accept header", () => ({ url: pods, headers: { accept: "a/b;c=d,".repeat(2000) } }));
  yield shape("an Accept header of parameters", () => ({
    url: pods,
    headers: { accept: `a/b${";c=d".repeat(4000)}` },
  }));
  yield shape("a long content type", () => ({ ...json("{}"), headers: { "content-type": "a;".repeat(8000) } }));
  yield shape("a long token", () => ({
    url: pods,
    user: null,
    headers: { authorization: `Bearer ${"a.".repeat(8000)}` },
  }));
}
