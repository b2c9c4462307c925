/**
 * A read-only registry that speaks the distribution API over an OCI layout: `node registry.ts LAYOUT HOST PORT`. Whatever
 * registry a client believes to ask, "registry.k8s.io" or "docker.io", it is answered by the rest of the image's name.
 */
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const PATH = /^\/v2\/(?<name>.+)\/(?<what>manifests|blobs)\/(?<reference>[^/]+)$/;

/** Resolves when it listens. */
export async function startRegistry(layout: string, host: string, port: number): Promise<Server> {
  const { manifests } = JSON.parse(await readFile(join(layout, "index.json"), "utf8")) as { manifests: Descriptor[] };
  const server = createServer((request, response) => {
    answer({ layout, manifests }, request, response).catch((error: unknown) => {
      console.error(error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ host, port }, resolve);
  await promise;
  return server;
}

interface Layout {
  readonly layout: string;
  readonly manifests: readonly Descriptor[];
}

async function answer(
  { layout, manifests }: Layout,
  { url = "", method }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = decodeURIComponent(new URL(url, "http://registry").pathname);
  if (path === "/v2/") return void response.writeHead(200, { "content-type": "application/json" }).end("{}");
  const { name = "", what, reference = "" } = PATH.exec(path)?.groups ?? {};
  const manifest =
    what === "manifests"
      ? manifests.find((m) => m.digest === reference || withoutRegistry(m) === `${name}:${reference}`)
      : undefined;
  const digest = what === "blobs" ? reference : manifest?.digest;
  if (digest === undefined || !DIGEST.test(digest)) return notFound(response, what);
  const file = join(layout, "blobs", digest.replace(":", "/"));
  const size = await stat(file).then(
    (stats) => stats.size,
    () => undefined,
  );
  if (size === undefined) return notFound(response, what);
  response.writeHead(200, {
    "content-type": manifest?.mediaType ?? "application/octet-stream",
    "content-length": size,
    "docker-content-digest": digest,
  });
  if (method === "HEAD") response.end();
  else createReadStream(file).pipe(response);
}

function notFound(response: ServerResponse, what: string | undefined): void {
  const code = what === "blobs" ? "BLOB_UNKNOWN" : "MANIFEST_UNKNOWN";
  response.writeHead(404, { "content-type": "application/json" });
  response.end(JSON.stringify({ errors: [{ code, message: "not among the stand-ins" }] }));
}

/** "registry.k8s.io/e2e-test-images/agnhost:2.66.1" → "e2e-test-images/agnhost:2.66.1" */
function withoutRegistry({ annotations }: Descriptor): string {
  const name = annotations?.["org.opencontainers.image.ref.name"] ?? "";
  return name.slice(name.indexOf("/") + 1);
}

if (import.meta.main) {
  const [layout = "", host = "127.0.0.1", port = "5000"] = process.argv.slice(2);
  await startRegistry(layout, host, Number(port));
  console.log(`Serving ${layout} at http://${host}:${port}`);
}
