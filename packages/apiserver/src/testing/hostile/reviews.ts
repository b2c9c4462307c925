import type { RawRequest } from "../test-server.ts";
import { configMap } from "./config-map.ts";
import { FILLING_BYTES, short, type Filling, type Json } from "./filling.ts";
import { shape, text, type HostileShape } from "./hostile-shape.ts";
import { pods } from "./pod.ts";

const post = (url: string, body: Json): RawRequest => ({ method: "POST", url, ...text(body) });
const access = (spec: Json): RawRequest =>
  post("/apis/authorization.k8s.io/v1/subjectaccessreviews", {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: { user: "a", resourceAttributes: { verb: "get", resource: "pods" }, ...spec },
  });
const selecting = (attributes: Json): RawRequest =>
  access({ resourceAttributes: { verb: "list", resource: "pods", ...attributes } });
const requirements = (filling: Filling): unknown[] => filling.items((i) => ({ key: short(i), operator: "Exists" }));

export function* hostileReviews(): Generator<HostileShape> {
  yield shape("access review of groups", (filling) => access({ groups: filling.items(short) }));
  yield shape("access review of extra keys", (filling) => access({ extra: filling.map(short, ["a"]) }));
  yield shape("access review of a wide extra key", (filling) => access({ extra: { a: filling.items(short) } }));
  yield shape("access review of a label selector", (filling) =>
    selecting({ labelSelector: { requirements: requirements(filling) } }),
  );
  yield shape("access review of a field selector", (filling) =>
    selecting({ fieldSelector: { requirements: requirements(filling) } }),
  );
  yield shape("access review of a wide requirement", (filling) =>
    selecting({ labelSelector: { requirements: [{ key: "a", operator: "In", values: filling.items(short) }] } }),
  );
  yield shape("access review of a raw selector", () =>
    selecting({ labelSelector: { rawSelector: `${"a,".repeat(FILLING_BYTES / 2)}a` } }),
  );
  yield shape("access review of a long raw selector", () =>
    selecting({ labelSelector: { rawSelector: `a in (${"b,".repeat(FILLING_BYTES / 2)}b)` } }),
  );
  yield shape("access review of a raw field selector", () =>
    selecting({ fieldSelector: { rawSelector: `${"a=b,".repeat(FILLING_BYTES / 4)}a=b` } }),
  );
  yield shape("access review of a long name", () => access({ user: "a".repeat(FILLING_BYTES) }));
  yield shape("rules review of a long namespace", () =>
    post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", { spec: { namespace: "a".repeat(FILLING_BYTES) } }),
  );
  yield shape("token review of a long token", () =>
    post("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "a.".repeat(FILLING_BYTES / 2) } }),
  );
  yield shape("token review of a token of text", () =>
    post("/apis/authentication.k8s.io/v1/tokenreviews", {
      spec: { token: `${Buffer.from(`{"a":"${"b".repeat(2_000_000)}"}`).toString("base64url")}.e30.AA` },
    }),
  );
  yield shape("token review of audiences", (filling) =>
    post("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "a", audiences: filling.items(short) } }),
  );
  yield* hostileActions();
}

function* hostileActions(): Generator<HostileShape> {
  const token = "/api/v1/namespaces/default/serviceaccounts/target/token";
  yield shape("token request of audiences", (filling) => post(token, { spec: { audiences: filling.items(short) } }));
  yield shape("token request of one long audience", () =>
    post(token, { spec: { audiences: ["a".repeat(FILLING_BYTES)] } }),
  );
  yield shape("eviction with many dry runs", (filling) =>
    post(`${pods}/target/eviction`, { deleteOptions: { dryRun: filling.items(() => "All") } }),
  );
  yield shape("eviction with labels", (filling) =>
    post(`${pods}/target/eviction`, { metadata: { labels: filling.map(short, "a") } }),
  );
  yield shape("binding with annotations", (filling) =>
    post(`${pods}/target/binding`, { metadata: { annotations: filling.map(short, "a") }, target: { name: "a" } }),
  );
  yield shape("deletion with many dry runs", (filling) => ({
    method: "DELETE",
    url: `${configMap.url}/target`,
    ...text({ dryRun: filling.items(() => "All") }),
  }));
  yield shape("deletion with unknown fields", (filling) => ({
    method: "DELETE",
    url: configMap.url,
    ...text(filling.map(short, 0)),
  }));
  yield shape("deletion of a collection with a long selector", () => ({
    method: "DELETE",
    url: `${configMap.url}?labelSelector=a in (${Array.from({ length: 60_000 }, (_, i) => short(i)).join()})`,
  }));
}
