import assert from "node:assert/strict";
import { test } from "node:test";
import { pullReference } from "./pull-reference.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const NAMES: readonly (readonly [name: string, image: string, repository: string])[] = [
  ["nginx", "nginx:latest", "docker.io/library/nginx"],
  ["nginx:1", "nginx:1", "docker.io/library/nginx"],
  ["me/app", "me/app:latest", "docker.io/me/app"],
  ["localhost:5000/app", "localhost:5000/app:latest", "localhost:5000/app"],
  ["registry.test/app:latest", "registry.test/app:latest", "registry.test/app"],
  [`registry.test/app@${DIGEST}`, `registry.test/app@${DIGEST}`, "registry.test/app"],
  [`registry.test/app:1@${DIGEST}`, `registry.test/app:1@${DIGEST}`, "registry.test/app"],
];
for (const [name, image, repository] of NAMES)
  test(`"${name}" is pulled as "${image}"`, () => assert.deepEqual(pullReference(name), { image, repository }));

const WRONG: readonly (readonly [name: string, complaint: string])[] = [
  ["b".repeat(64), `invalid repository name (${"b".repeat(64)}), cannot specify 64-byte hexadecimal strings`],
  ["App", "invalid reference format: repository name (library/App) must be lowercase"],
  ["App:1", "invalid reference format: repository name (library/App) must be lowercase"],
  ["me/App:1", "invalid reference format: repository name (me/App) must be lowercase"],
  ["registry.test/App:1", "invalid reference format: repository name (App) must be lowercase"],
  ["registry:5000/App", "invalid reference format: repository name (App) must be lowercase"],
  ["localhost/App", "invalid reference format: repository name (App) must be lowercase"],
  ["Host/App", "invalid reference format: repository name (App) must be lowercase"],
  ["app::1", "invalid reference format"],
  ["registry.test/app:", "invalid reference format"],
];
for (const [name, complaint] of WRONG)
  test(`"${name.slice(0, 20)}" is no image's name, and it is said why`, () =>
    assert.throws(() => pullReference(name), {
      message: `couldn't parse image name ${JSON.stringify(name)}: ${complaint}`,
    }));
