import assert from "node:assert/strict";
import { test } from "node:test";
import { NonResourceRouter } from "./non-resource-router.ts";

const handlerOf = (text: string) => ({ handle: () => ({ status: 200, headers: {}, body: Buffer.from(text) }) });

const router = new NonResourceRouter()
  .add("/", handlerOf("root"))
  .add("/a", handlerOf("a"))
  .addUnlisted("/secret", handlerOf("secret"))
  .addPrefix("/a/", handlerOf("below a"))
  .addPrefix("/a/b/", handlerOf("below b"));

for (const [path, wanted] of [
  ["/", "200 root"],
  ["/a", "200 a"],
  ["/a/", "200 a"],
  ["/a/x", "200 below a"],
  ["/a/b/c", "200 below a"],
  ["/secret", "200 secret"],
  ["/ab", "404 404 page not found\n"],
  ["/none", "404 404 page not found\n"],
] as const)
  test(`${path} is answered by ${wanted.trim()}`, async () => {
    const { status, body } = await router.route(
      undefined as never,
      { isResource: false, path, verb: "get" },
      undefined as never,
    );
    assert.equal(`${status} ${Buffer.from(body as Uint8Array).toString()}`, wanted);
  });

test("the paths are listed in order, without those that are not to be", () => {
  assert.deepEqual(router.paths, ["/", "/a", "/a", "/a/b"]);
});
