// A registry that serves one OCI archive, unpacked below the folder named first, on file descriptor 3.
import { createReadStream, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const folder = process.argv[2];
const { manifests } = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));

function blob(response, digest, head) {
  const path = join(folder, "blobs", digest.replace(":", "/"));
  const entry = manifests.find((manifest) => manifest.digest === digest);
  response.writeHead(200, {
    "content-length": statSync(path).size,
    "content-type": entry ? entry.mediaType : "application/octet-stream",
    "docker-content-digest": digest,
  });
  if (head) response.end();
  else createReadStream(path).pipe(response);
}

createServer((request, response) => {
  const path = new URL(request.url, "http://x").pathname;
  const head = request.method === "HEAD";
  if (path === "/v2/") return response.end("{}");
  const [, , digest] = /^\/v2\/(.+)\/blobs\/(sha256:[0-9a-f]{64})$/.exec(path) ?? [];
  if (digest) return blob(response, digest, head);
  const [, name, reference] = /^\/v2\/(.+)\/manifests\/([^/]+)$/.exec(path) ?? [];
  const found = manifests.find(
    ({ digest, annotations }) =>
      digest === reference || annotations["io.containerd.image.name"] === `localhost/${name}:${reference}`,
  );
  if (found) return blob(response, found.digest, head);
  response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
}).listen({ fd: 3 });
