import type { HttpCase, HttpStep } from "./case.ts";
import type { KindExample } from "./kind-example.ts";

const TABLE = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
const METADATA = { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" };
const METADATA_LIST = { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io" };
const JSON_PATCH = { "content-type": "application/json-patch+json" };
const STRATEGIC = { "content-type": "application/strategic-merge-patch+json" };
const APPLY = { "content-type": "application/apply-patch+yaml" };

/** Every verb on each of the kinds, with a smallest and a full object. */
export function verbCases(kinds: readonly KindExample[]): HttpCase[] {
  return kinds.flatMap((kind) => {
    const title = `${kind.root.replace(/^\/apis?\//, "")}/${kind.resource}`;
    return [
      { name: `${title}: written`, steps: writing(kind) },
      { name: `${title}: read`, steps: reading(kind) },
      { name: `${title}: refused`, steps: refusing(kind) },
    ];
  });
}

function collectionOf({ root, resource, namespaced }: KindExample): string {
  return namespaced ? `${root}/namespaces/{ns}/${resource}` : `${root}/${resource}`;
}

/** Names of cluster-wide objects must not meet those of other cases. */
const NAME = "{ns}-x";

const named = (body: object, metadata: object = {}): object => ({ ...body, metadata: { name: NAME, ...metadata } });

function writing(kind: KindExample): HttpStep[] {
  const collection = collectionOf(kind);
  const item = `${collection}/${NAME}`;
  const labels = (value: string) => ({ metadata: { labels: { parity: value } } });
  return [
    { do: `POST ${collection}`, body: named(kind.minimal) },
    {
      do: `POST ${collection}?dryRun=All&fieldManager=dry`,
      body: { ...kind.full, metadata: { name: `${NAME}-full` } },
    },
    { do: `POST ${collection}`, body: { ...kind.full, metadata: { name: `${NAME}-full`, labels: { a: "b" } } } },
    { do: `GET ${item}` },
    { do: `PATCH ${item}`, body: labels("merge") },
    { do: `PATCH ${item}`, headers: STRATEGIC, body: labels("strategic") },
    {
      do: `PATCH ${item}`,
      headers: JSON_PATCH,
      body: [{ op: "replace", path: "/metadata/labels/parity", value: "json" }],
    },
    { do: `PATCH ${item}?fieldManager=applier&force=true`, headers: APPLY, body: applied(kind) },
    ...(kind.change ? [{ do: `PATCH ${item}?fieldManager=changer`, body: kind.change }] : []),
    ...(kind.status
      ? [{ do: `PATCH ${item}/status?fieldManager=reporter`, body: kind.status }, { do: `GET ${item}/status` }]
      : []),
    { do: `DELETE ${item}?dryRun=All` },
    { do: `DELETE ${item}`, body: { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Background" } },
  ];
}

function applied({ root, kind }: KindExample): object {
  const apiVersion = root.replace(/^\/apis?\//, "");
  return { apiVersion, kind, metadata: { name: NAME, annotations: { applied: "yes" } } };
}

function reading(kind: KindExample): HttpStep[] {
  const collection = collectionOf(kind);
  const own = "labelSelector=case%3D{ns}";
  const make = (name: string, labels: object) => ({
    do: `POST ${collection}`,
    body: { ...kind.minimal, metadata: { name: `{ns}-${name}`, labels: { case: "{ns}", ...labels } } },
    silent: true as const,
  });
  return [
    { do: `GET ${collection}?${own}`, silent: true, keep: { rv: "metadata.resourceVersion" } },
    make("one", { tier: "front" }),
    make("two", { tier: "back" }),
    { do: `GET ${collection}?${own}` },
    { do: `GET ${collection}?${own},tier%20in%20(back)` },
    { do: `GET ${collection}?${own}&fieldSelector=metadata.name%3D{ns}-one` },
    { do: `GET ${collection}?${own}&limit=1`, keep: { next: "metadata.continue" } },
    { do: `GET ${collection}?${own}&limit=1&continue={next}` },
    { do: `GET ${collection}/{ns}-one`, headers: TABLE },
    { do: `GET ${collection}?${own}`, headers: TABLE },
    { do: `GET ${collection}?${own}&includeObject=None`, headers: TABLE },
    { do: `GET ${collection}/{ns}-one`, headers: METADATA },
    { do: `GET ${collection}?${own}`, headers: METADATA_LIST },
    { do: `PATCH ${collection}/{ns}-two`, body: { metadata: { labels: { tier: "left" } } }, silent: true },
    { do: `DELETE ${collection}/{ns}-two?gracePeriodSeconds=0`, silent: true },
    { do: `GET ${collection}?watch=1&${own},tier%21%3Dleft&resourceVersion={rv}`, lines: 3 },
    {
      do: `GET ${collection}?watch=1&${own}&resourceVersion={rv}&fieldSelector=metadata.name%3D{ns}-two`,
      lines: 2,
      headers: TABLE,
    },
    { do: `DELETE ${collection}?${own}&gracePeriodSeconds=0` },
  ];
}

function refusing(kind: KindExample): HttpStep[] {
  const collection = collectionOf(kind);
  const item = `${collection}/${NAME}`;
  return [
    { do: `GET ${item}` },
    { do: `DELETE ${item}` },
    { do: `PATCH ${item}`, body: { metadata: { labels: { a: "b" } } } },
    { do: `POST ${collection}`, body: {} },
    { do: `POST ${collection}`, body: { ...kind.minimal, metadata: { name: "Not A Name" } } },
    { do: `POST ${collection}`, body: { ...kind.minimal, metadata: { name: NAME }, kind: "Thing", apiVersion: "v1" } },
    { do: `POST ${collection}`, body: named(kind.minimal), silent: true, keep: { rv: "metadata.resourceVersion" } },
    { do: `POST ${collection}`, body: named(kind.minimal) },
    { do: `POST ${item}`, body: named(kind.minimal) },
    { do: `PUT ${collection}`, body: named(kind.minimal) },
    { do: `PUT ${item}`, body: { ...kind.minimal, metadata: { name: "other" } } },
    { do: `PATCH ${item}`, body: { metadata: { resourceVersion: "1", labels: { a: "b" } } } },
    { do: `PATCH ${item}`, body: { metadata: { uid: "other" } } },
    { do: `PATCH ${item}`, body: kind.wrong },
    { do: `PATCH ${item}`, headers: APPLY, body: applied(kind) },
    { do: `PATCH ${item}`, headers: JSON_PATCH, body: [{ op: "test", path: "/metadata/name", value: "no" }] },
    { do: `PATCH ${item}`, headers: JSON_PATCH, body: [{ op: "remove", path: "/metadata/none" }] },
    { do: `PATCH ${item}`, text: "{" },
    { do: `GET ${collection}?fieldSelector=no.such%3Dx` },
    { do: `GET ${collection}?labelSelector=a%20b` },
    { do: `GET ${collection}?limit=x` },
    { do: `GET ${collection}?limit=1&continue=nonsense` },
    { do: `GET ${item}/nothing` },
    { do: `GET ${collection}`, as: "ada" },
    { do: `DELETE ${item}`, body: { preconditions: { uid: "other" } } },
    { do: `DELETE ${item}?propagationPolicy=Sideways` },
    { do: `DELETE ${item}?gracePeriodSeconds=0`, silent: true },
  ];
}
