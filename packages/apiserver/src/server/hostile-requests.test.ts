import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type ClientHttp2Session } from "node:http2";
import { after, before, test } from "node:test";
import { seededRandom, silentLogger, type Random } from "@dingi/base";
import { createCertificateAuthority } from "@dingi/component-base";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import { HttpServer } from "./http-server.ts";

const LIFE = { notBefore: Date.parse("2020-01-01T00:00:00Z"), notAfter: Date.parse("2120-01-01T00:00:00Z") };
const REQUESTS = 3000;
const AT_ONCE = 50;

const words = (...lines: readonly string[]): readonly string[] => lines.flatMap((line) => line.split(" "));

/** What is in every object, what is in none, and what means something here. */
const INHERITED = ["constructor", "__proto__", "toString", "valueOf", "hasOwnProperty", "__defineGetter__"];
const ODD = [
  "",
  "%",
  "%00",
  "%ff",
  "%2e%2e",
  "..",
  "~",
  "*",
  ":",
  "a:b:c:d",
  "ä",
  "0",
  "-1",
  "1e400",
  "null",
  "true",
  "{}",
  "[]",
];
const WORDS = words(
  "api apis v1 v2 apps events.k8s.io namespaces default pods nodes services deployments configmaps",
  "events serviceaccounts bindings subjectaccessreviews watch proxy status scale exec log token",
  "eviction binding ephemeralcontainers resize finalize openapi v3 version healthz metrics web",
  "kube-system authorization.k8s.io certificates.k8s.io",
);
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", ...INHERITED];
const PARAMETERS = words(
  "watch limit continue resourceVersion resourceVersionMatch labelSelector fieldSelector",
  "timeoutSeconds sendInitialEvents allowWatchBookmarks dryRun fieldManager fieldValidation force",
  "propagationPolicy gracePeriodSeconds orphanDependents pretty includeObject container command",
);
const HEADERS = words(
  "accept accept-encoding content-type authorization user-agent impersonate-user impersonate-group",
  "impersonate-uid if-none-match x-stream-protocol-version sec-websocket-protocol",
  "impersonate-extra-a",
);
const VALUES = [
  "application/json",
  "application/yaml",
  "application/vnd.kubernetes.protobuf",
  "application/merge-patch+json",
  "application/json;as=Table;v=v1;g=meta.k8s.io",
  "application/apply-patch+yaml",
  "application/json-patch+json",
  "application/strategic-merge-patch+json",
  "Bearer a.b.c",
  "gzip",
  "*/*",
  ";;;",
  "a=b,c in (d",
  "a=b",
  "metadata.name=x",
];
const BODIES = [
  "",
  "null",
  "{}",
  "[]",
  "0",
  "{",
  '{"kind":"constructor"}',
  '{"metadata":{"name":[]}}',
  "k8s\0\x01",
  "- a\n- b: c",
];

let api: TestServer;
let server: HttpServer;
let open: () => Promise<ClientHttp2Session>;

before(async () => {
  api = await startTestServer();
  const ca = await createCertificateAuthority({ commonName: "ours", random: seededRandom(1), ...LIFE });
  const names = { dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] };
  const served = ca.issue({ subject: { commonName: "localhost" }, usages: ["server auth"], ...names, ...LIFE });
  const subject = { commonName: "admin", organizations: ["system:masters"] };
  const shown = ca.issue({ subject, usages: ["client auth"], ...LIFE });
  const { certificatePem: cert, keyPem: key } = served;
  const clientCa = ca.certificatePem;
  server = new HttpServer({ handler: api.server.handler, cert, key, clientCa, logger: silentLogger });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  open = async () => {
    const own = { ca: clientCa, cert: shown.certificatePem, key: shown.keyPem };
    const opened = connect(`https://127.0.0.1:${port}`, own);
    await once(opened, "connect");
    return opened;
  };
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

interface Hostile {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function hostileRequest(random: Random): Hostile {
  const one = <T>(of: readonly T[]): T => of[random.int(of.length)]!;
  const word = () => one(random.int(4) === 0 ? [...INHERITED, ...ODD] : WORDS);
  const some = <T>(most: number, make: () => T): T[] => Array.from({ length: random.int(most + 1) }, make);
  const roots = [
    "/api/v1",
    "/apis/apps/v1",
    "/apis",
    "/api/v1/namespaces/default",
    "/apis/authorization.k8s.io/v1",
    "",
  ];
  const segments = some(4, () => `/${encodeURI(word())}`).join("");
  const value = () => encodeURIComponent(random.int(2) === 0 ? word() : one(VALUES));
  const query = some(3, () => `${encodeURIComponent(one([...PARAMETERS, ...INHERITED]))}=${value()}`).join("&");
  const headers = some(2, () => [one(HEADERS), one([...VALUES, ...INHERITED, "x"])] as const);
  return {
    method: one(METHODS),
    path: `${`${one(roots)}${segments}` || "/"}${query === "" ? "" : `?${query}`}`,
    headers: Object.fromEntries(headers),
    body: one(BODIES),
  };
}

/** The answer's status, and its text when it is short: a watch does not end by itself. */
async function send(
  session: ClientHttp2Session,
  { method, path, headers, body }: Hostile,
): Promise<{ status: number; text: string }> {
  const endStream = ["GET", "HEAD"].includes(method);
  const stream = session.request({ ...headers, ":method": method, ":path": path }, { endStream });
  stream.on("error", () => {});
  if (!endStream) stream.end(body);
  // What is no HTTP is refused below us.
  const refused = (): [{ ":status"?: number }] => [{}];
  const [answered] = (await once(stream, "response").catch(refused)) as [{ ":status"?: number }];
  const status = answered[":status"] ?? 0;
  let text = "";
  if (status >= 500) for await (const chunk of stream) text += String(chunk);
  stream.close();
  return { status, text };
}

test("No method, path, query, header or body leads to an error of the program", async () => {
  const random = seededRandom(20);
  const seen = new Map<number, number>();
  for (let sent = 0; sent < REQUESTS; sent += AT_ONCE) {
    const requests = Array.from({ length: AT_ONCE }, () => hostileRequest(random));
    // Many streams that are cut off end their connection.
    const session = await open();
    const answers = await Promise.all(requests.map((request) => send(session, request)));
    session.destroy();
    for (const { status } of answers) seen.set(status, (seen.get(status) ?? 0) + 1);
    for (const [i, { status, text }] of answers.entries())
      assert.doesNotMatch(
        text,
        /is not a function|Cannot read|is not iterable|undefined|Error:/,
        `${status} ${JSON.stringify(requests[i])}`,
      );
  }
  assert.ok(
    (seen.get(200) ?? 0) > REQUESTS / 20 && (seen.get(0) ?? 0) === 0,
    `Too few got through: ${[...seen].join(" ")}`,
  );
});

for (const name of INHERITED) {
  test(`"${name}" is no method, no subresource and no resource`, async () => {
    const session = await open();
    const statusOf = async (method: string, path: string) =>
      (await send(session, { method, path, headers: {}, body: "" })).status;
    assert.equal(await statusOf(name, "/api/v1/namespaces/default/pods"), 405);
    assert.equal(await statusOf("GET", `/api/v1/namespaces/default/pods/web/${name}`), 404);
    assert.equal(await statusOf("GET", `/api/v1/namespaces/default/${name}`), 404);
    session.destroy();
  });
}
