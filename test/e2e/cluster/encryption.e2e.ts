import assert from "node:assert/strict";
import { readdir, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Dingi } from "./dingi.ts";

const NAME = "encrypted";
const PASSWORD = "correct horse battery staple";

let dingi: Dingi;
let home: string;

before(async () => {
  dingi = await Dingi.create(NAME);
  home = join(dingi.home, "clusters", NAME);
  await dingi.up("--runtime", "simulated", "--nodes", "0");
});
after(async () => await dingi[Symbol.asyncDispose]());

const keyFile = () => join(home, "pki", "encryption.yml");

async function passwordOf(name: string): Promise<string | undefined> {
  const { data } = await dingi.core.readNamespacedSecret({ namespace: "default", name });
  return data && Buffer.from(data["password"] ?? "", "base64").toString();
}

async function create(name: string): Promise<void> {
  const body = { metadata: { name }, stringData: { password: PASSWORD } };
  await dingi.core.createNamespacedSecret({ namespace: "default", body });
}

/** Of all files of the store, the log of writes included. */
async function stored(): Promise<string> {
  const directory = join(home, "store");
  const files = (await readdir(directory)).map((name) => readFile(join(directory, name), "latin1"));
  return (await Promise.all(files)).join("");
}

test("what is secret is not on the disk as it is", async () => {
  await create("one");
  const text = await stored();
  assert.match(text, /k8s:enc:aesgcm:v1:key-1:/);
  for (const part of [PASSWORD, Buffer.from(PASSWORD).toString("base64")]) assert.equal(text.includes(part), false);
  assert.equal((await stat(keyFile())).mode & 0o777, 0o600);
});

test("with a new key everything is sealed anew, and the old one forgotten", async () => {
  const before = await readFile(keyFile(), "utf8");
  await dingi.run("encryption", "rotate", "--name", NAME);
  const now = await readFile(keyFile(), "utf8");
  assert.match(now, /name: key-2,/);
  assert.doesNotMatch(now, /name: key-1,/);
  assert.notEqual(now, before);
  await create("two");
  for (const name of ["one", "two"]) assert.equal(await passwordOf(name), PASSWORD);
});

test("without its key a cluster says what it misses, and with it everything is there again", async () => {
  await dingi.run("stop", "--name", NAME);
  await rename(keyFile(), `${keyFile()}.away`);
  const { code, stderr } = await dingi.fail("up", "--name", NAME);
  assert.equal(code, 1);
  assert.match(stderr, /is encrypted by aesgcm v1 with key "key-2", which the encryption configuration does not have/);
  await dingi.run("stop", "--name", NAME);
  await rename(`${keyFile()}.away`, keyFile());
  await dingi.up();
  assert.equal(await passwordOf("one"), PASSWORD);
});
